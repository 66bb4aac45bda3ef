"""Shares: made, found, renamed, deleted, and given their next revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, case, false, insert, select, update
from sqlalchemy import Select as SelectStatement
from sqlalchemy import delete as delete_from
from sqlalchemy.orm import Session

from backend.domain import ReadingOptions, Revision, RevisionState, Share, What
from backend.errors import NotFoundError, PreconditionFailedError
from backend.store import changes, clock, models
from backend.store.database import Reader

table = models.shares
_IDS_PER_QUERY = 500
_GREATEST_VERSION = 2**63 - 1


def create(session: Session, *, id: str, title: str) -> Share:
    """Make a share without revisions."""
    now = clock.now()
    share = Share(
        id=id,
        title=title,
        version=1,
        seq=clock.epoch_milliseconds(),
        head=None,
        latest=0,
        created_at=now,
        updated_at=now,
    )
    session.execute(insert(table).values(asdict(share)))
    return share


def get(reader: Reader, id: str) -> Share | None:
    """The share, or None."""
    row = reader.execute(selection().where(table.c.id == id)).first()
    return None if row is None else from_row(row)


def get_many(reader: Reader, ids: Iterable[str]) -> dict[str, Share]:
    """The shares that exist, by id."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Share] = {}
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        chosen = table.c.id.in_(wanted[start : start + _IDS_PER_QUERY])
        found |= {row.id: from_row(row) for row in reader.execute(selection().where(chosen))}
    return found


def rename(session: Session, id: str, title: str, *, expected_version: int | None = None) -> Share:
    """Give the share another title. Raises NotFoundError, PreconditionFailedError."""
    return change(session, id, {"title": title}, expected_version, What.SHARE)


def delete(session: Session, id: str, *, expected_version: int | None = None) -> int:
    """Remove the share and all that hangs on it; its blobs become orphans for the sweeper.

    The seq of this last change of it.
    Raises NotFoundError, PreconditionFailedError.
    """
    statement = delete_from(table).where(*_matching(id, expected_version)).returning(table.c.seq)
    row = session.execute(statement).first()
    if row is None:
        raise _why_not(session, id)
    seq: int = row.seq + 1
    changes.tell(session, id, seq, What.DELETED)
    return seq


def accept_revision(
    session: Session,
    share_id: str,
    *,
    filename: str,
    size: int,
    sha256: str,
    original: str,
    options: ReadingOptions,
    expected_version: int | None = None,
) -> tuple[Share, Revision]:
    """Give the bytes of the complete blob `original` the next number, and the job to read them.

    Numbers have no gaps: the number is given in the transaction that keeps it. Of two racers
    with one `expected_version` one wins. Raises NotFoundError, PreconditionFailedError.
    """
    following = {"latest": table.c.latest + 1}
    share = change(session, share_id, following, expected_version, What.SHARE)
    revision = Revision(
        share_id=share_id,
        number=share.latest,
        state=RevisionState.PROCESSING,
        filename=filename,
        size=size,
        sha256=sha256,
        original=original,
        created_at=share.updated_at,
        options=options,
    )
    session.execute(
        insert(models.revisions).values(
            share_id=share_id,
            number=revision.number,
            state=revision.state,
            filename=filename,
            size=size,
            sha256=sha256,
            original=original,
            created_at=revision.created_at,
            options=options.given(),
        )
    )
    session.execute(
        insert(models.jobs).values(
            share_id=share_id, revision=revision.number, attempts=0, deaths=0, free_at=0
        )
    )
    return share, revision


def next_seq() -> ColumnElement[int]:
    """The next value of the channel's cursor: it grows even when the clock goes back."""
    milliseconds = clock.epoch_milliseconds()
    following = table.c.seq + 1
    return case((following > milliseconds, following), else_=milliseconds)


def selection() -> SelectStatement[Any]:
    """SELECT of what `from_row` needs."""
    return select(table)


def from_row(row: Row[*tuple[Any, ...]]) -> Share:
    """A row of the table as a value."""
    return Share(*row)


def change(
    session: Session,
    id: str,
    values: Mapping[str, object],
    expected_version: int | None,
    *what: What,
) -> Share:
    """Update a share that has the expected version; its version and seq grow in the same update.

    Raises NotFoundError, PreconditionFailedError.
    """
    statement = (
        update(table)
        .where(*_matching(id, expected_version))
        .values(version=table.c.version + 1, seq=next_seq(), updated_at=clock.now(), **values)
        .returning(*table.c)
    )
    row = session.execute(statement).first()
    if row is None:
        raise _why_not(session, id)
    changes.tell(session, id, row.seq, *what)
    return from_row(row)


def move(session: Session, id: str, what: What, **values: object) -> Share:
    """Let the seq of a share grow, and what else is given; its version is left to the caller.

    Raises NotFoundError.
    """
    statement = update(table).where(table.c.id == id).values(seq=next_seq(), **values)
    row = session.execute(statement.returning(*table.c)).first()
    if row is None:
        raise NotFoundError("There is no such share.")
    changes.tell(session, id, row.seq, what)
    return from_row(row)


def _matching(id: str, expected_version: int | None) -> list[ColumnElement[bool]]:
    if expected_version is None:
        return [table.c.id == id]
    if not 0 < expected_version <= _GREATEST_VERSION:
        return [false()]
    return [table.c.id == id, table.c.version == expected_version]


def _why_not(session: Session, id: str) -> NotFoundError | PreconditionFailedError:
    share = get(session, id)
    if share is None:
        return NotFoundError("There is no such share.")
    return PreconditionFailedError(
        "The share has changed since you read it: read it again and decide anew.",
        version=share.version,
    )
