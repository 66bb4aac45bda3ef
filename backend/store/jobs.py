"""Jobs: durable work, leased to one owner at a time by the database's clock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select, update
from sqlalchemy.orm import Session

from backend.domain import Job
from backend.store import models
from backend.store.clock import DatabaseMilliseconds
from backend.store.database import Reader

table = models.jobs
_RETURNED = (
    table.c.id,
    table.c.share_id,
    table.c.revision,
    table.c.attempts,
    table.c.deaths,
    table.c.owner,
)


def claim(session: Session, *, owner: str, lease_s: float) -> Job | None:
    """Lease the oldest free job to `owner`, or None: nothing is free.

    Free is a job that was never claimed, that was given back, or whose lease has run out. Each
    claim counts as an attempt; a job with too many attempts is given out all the same, for its
    revision must be failed by somebody.
    """
    oldest = (
        select(table.c.id)
        .where(table.c.free_at <= DatabaseMilliseconds())
        .order_by(table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    statement = (
        update(table)
        .where(table.c.id == oldest)
        .values(owner=owner, attempts=table.c.attempts + 1, free_at=_in(lease_s))
        .returning(*_RETURNED)
    )
    row = session.execute(statement).first()
    return None if row is None else _to_job(row)


def renew(session: Session, job: Job, lease_s: float) -> bool:
    """Let the lease begin anew. False: the job is gone or somebody else's."""
    return _change(session, job, free_at=_in(lease_s))


def release(
    session: Session, job: Job, *, died: bool, delay_s: float = 0, counted: bool = True
) -> bool:
    """Give the job back for another try after `delay_s`. False: it was no longer held.

    `died`: the parser itself died on it. `counted=False`: the node stops in good order, which is
    no attempt, or a few restarts would fail a good file.
    """
    uncounted = 0 if counted else case((table.c.attempts > 0, 1), else_=0)
    return _change(
        session,
        job,
        owner=None,
        free_at=_in(delay_s),
        deaths=table.c.deaths + int(died),
        attempts=table.c.attempts - uncounted,
    )


def pending(reader: Reader) -> int:
    """How many jobs are waiting or being worked on."""
    return reader.execute(select(func.count()).select_from(table)).scalar_one()


def hold(session: Session, job: Job) -> bool:
    """Whether the lease is still this one's, and keep it so until the transaction ends.

    A lease that has run out but was given to nobody else is still held.
    """
    statement = select(table.c.id).where(*_leased_as(job)).with_for_update()
    return session.execute(statement).first() is not None


def _change(session: Session, job: Job, **values: Any) -> bool:
    statement = update(table).where(*_leased_as(job)).values(**values).returning(table.c.id)
    return session.execute(statement).first() is not None


def _leased_as(job: Job) -> list[ColumnElement[bool]]:
    # attempts: an owner that lost its lease and then claimed the job again holds another lease
    return [
        table.c.id == job.id,
        table.c.owner == job.owner,
        table.c.attempts == job.attempts,
    ]


def _in(seconds: float) -> ColumnElement[int]:
    return DatabaseMilliseconds() + round(seconds * 1000)


def _to_job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        share_id=row.share_id,
        revision=row.revision,
        attempts=row.attempts,
        deaths=row.deaths,
        owner=row.owner,
    )
