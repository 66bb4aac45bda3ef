"""Revisions: found, listed, and finished by whoever holds the lease on their job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, and_, case, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from backend.domain import Failure, Job, Progress, Revision, RevisionState, Share, Sheet, What
from backend.errors import NotFoundError, NothingToRestoreError
from backend.store import clock, documents, jobs, models, shares
from backend.store.database import Reader

table = models.revisions
_SHARE = models.shares
_SHEETS = models.sheets
_SHEETS_PER_INSERT = 100
_RESTORED = (
    "share_id",
    "number",
    "state",
    "filename",
    "size",
    "sha256",
    "original",
    "created_at",
    "finished_at",
    "report",
)
_GREATEST_NUMBER = 2**31 - 1


def get(reader: Reader, share_id: str, number: int) -> Revision | None:
    """The revision with its report and its sheets in full, or None."""
    if not 0 < number <= _GREATEST_NUMBER:
        return None
    chosen = and_(table.c.share_id == share_id, table.c.number == number)
    row = reader.execute(select(table).where(chosen)).first()
    if row is None:
        return None
    if row.state != RevisionState.READY:
        return _to_revision(row, row.report, ())
    of_revision = and_(_SHEETS.c.share_id == share_id, _SHEETS.c.revision == number)
    found = reader.execute(select(_SHEETS).where(of_revision).order_by(_SHEETS.c.index))
    sheets = tuple(_to_sheet(sheet, sheet.columns) for sheet in found)
    return _to_revision(row, row.report, sheets)


def list_newest(
    reader: Reader, share_id: str, *, before: int | None = None, limit: int
) -> list[Revision]:
    """At most `limit` revisions, newest first, from just below the number `before`.

    They come without their reports, and their sheets without columns: both can be large.
    """
    columns = [column for column in table.c if column is not table.c.report]
    statement = select(*columns).where(table.c.share_id == share_id)
    if before is not None:
        statement = statement.where(table.c.number < min(before, _GREATEST_NUMBER))
    rows = reader.execute(statement.order_by(table.c.number.desc()).limit(limit)).all()
    if not rows:
        return []
    # a revision that becomes ready between the two reads is still shown as it was: without sheets
    sheets: dict[int, list[Sheet]] = {
        row.number: [] for row in rows if row.state == RevisionState.READY
    }
    of_revisions = and_(
        _SHEETS.c.share_id == share_id,
        _SHEETS.c.revision >= rows[-1].number,
        _SHEETS.c.revision <= rows[0].number,
    )
    columns = [column for column in _SHEETS.c if column is not _SHEETS.c.columns]
    found = reader.execute(select(*columns).where(of_revisions).order_by(_SHEETS.c.index))
    for sheet in found:
        if sheet.revision in sheets:
            sheets[sheet.revision].append(_to_sheet(sheet, []))
    return [_to_revision(row, None, tuple(sheets.get(row.number, ()))) for row in rows]


def set_progress(session: Session, job: Job, progress: Progress) -> Share | None:
    """Tell how far the reading is; only seq grows. None: the lease is lost, nothing changed."""
    if not _holds(session, job):
        return None
    session.execute(
        update(table).where(*_processing(job)).values(progress=documents.from_progress(progress))
    )
    return shares.move(session, job.share_id, What.PROGRESS)


def finish_ready(
    session: Session, job: Job, sheets: Sequence[Sheet], report: dict[str, Any] | None
) -> Share | None:
    """Make the revision ready, with its sheets, and move the head if it is the greatest ready one.

    None: the lease is lost, nothing changed.
    """
    if not _close(session, job, state=RevisionState.READY, report=report):
        return None
    _insert_sheets(session, job.share_id, job.revision, sheets)
    moves = or_(_SHARE.c.head.is_(None), _SHARE.c.head < job.revision)
    return shares.move(
        session,
        job.share_id,
        What.REVISION,
        head=case((moves, job.revision), else_=_SHARE.c.head),
        version=case((moves, _SHARE.c.version + 1), else_=_SHARE.c.version),
        # in step with the version: the two are shown in one body with one ETag
        updated_at=case((moves, clock.now()), else_=_SHARE.c.updated_at),
    )


def restore(
    session: Session, share_id: str, number: int, *, expected_version: int | None = None
) -> tuple[Share, Revision]:
    """Make a new revision, ready at once and head, that holds what revision `number` holds.

    Raises NotFoundError, PreconditionFailedError, and NothingToRestoreError if it is not ready.
    """
    found = get(session, share_id, number)
    if found is None:
        raise NotFoundError(f"This share has no revision {number}.")
    if found.state is not RevisionState.READY:
        raise NothingToRestoreError(f"Revision {number} is {found.state}: it has no rows.")
    following = _SHARE.c.latest + 1
    moved = {"latest": following, "head": following}
    share = shares.change(session, share_id, moved, expected_version, What.SHARE, What.REVISION)
    at = share.updated_at
    restored = replace(found, number=share.latest, created_at=at, finished_at=at)
    values = {name: getattr(restored, name) for name in _RESTORED}
    session.execute(insert(table).values(options=restored.options.given(), **values))
    _insert_sheets(session, share_id, restored.number, restored.sheets)
    return share, restored


def finish_failed(
    session: Session, job: Job, failure: Failure, report: dict[str, Any] | None = None
) -> Share | None:
    """Record why the revision cannot be read; only seq grows. None: the lease is lost."""
    document = documents.from_failure(failure)
    if not _close(session, job, state=RevisionState.FAILED, report=report, failure=document):
        return None
    return shares.move(session, job.share_id, What.REVISION)


def _close(session: Session, job: Job, **values: Any) -> bool:
    if not _holds(session, job):
        return False
    session.execute(delete(models.jobs).where(models.jobs.c.id == job.id))
    closed = session.execute(
        update(table)
        .where(*_processing(job))
        .values(finished_at=clock.now(), progress=None, **values)
        .returning(table.c.number)
    )
    return closed.first() is not None


def _holds(session: Session, job: Job) -> bool:
    # Share first, job second: the order in which a deletion takes its locks, too.
    found = select(_SHARE.c.id).where(_SHARE.c.id == job.share_id).with_for_update()
    return session.execute(found).first() is not None and jobs.hold(session, job)


def _processing(job: Job) -> list[Any]:
    # ready and failed are final
    return [
        table.c.share_id == job.share_id,
        table.c.number == job.revision,
        table.c.state == RevisionState.PROCESSING,
    ]


def _insert_sheets(session: Session, share_id: str, revision: int, sheets: Sequence[Sheet]) -> None:
    rows = [_from_sheet(share_id, revision, sheet) for sheet in sheets]
    for start in range(0, len(rows), _SHEETS_PER_INSERT):
        session.execute(insert(_SHEETS), rows[start : start + _SHEETS_PER_INSERT])


def _from_sheet(share_id: str, revision: int, sheet: Sheet) -> dict[str, Any]:
    return {
        "share_id": share_id,
        "revision": revision,
        "index": sheet.index,
        "name": sheet.name,
        "rows": sheet.rows,
        "columns": [documents.from_column(column) for column in sheet.columns],
        "data": sheet.data,
        "written": sheet.written,
    }


def _to_sheet(row: Row[Any], columns: list[dict[str, Any]]) -> Sheet:
    return Sheet(
        index=row._mapping["index"],
        name=row.name,
        rows=row.rows,
        columns=tuple(documents.to_column(column) for column in columns),
        data=row.data,
        written=row.written,
    )


def _to_revision(
    row: Row[Any], report: dict[str, Any] | None, sheets: tuple[Sheet, ...]
) -> Revision:
    return Revision(
        share_id=row.share_id,
        number=row.number,
        state=RevisionState(row.state),
        filename=row.filename,
        size=row.size,
        sha256=row.sha256,
        original=row.original,
        created_at=row.created_at,
        finished_at=row.finished_at,
        options=documents.to_options(row.options),
        progress=documents.to_progress(row.progress),
        failure=documents.to_failure(row.failure),
        report=report,
        sheets=sheets,
    )
