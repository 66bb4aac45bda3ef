"""Removing a blob, a segment at a time."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from backend.errors import UnavailableError
from backend.store import models
from backend.store.database import BLOB_PAGE_BYTES, Database

_BLOBS = models.blobs
_SEGMENTS = models.segments


_TRIES = 20


def remove(database: Database, id: str) -> None:
    """Remove a blob, complete or not, a segment in each transaction.

    Whoever still writes to it gets an error. Raises UnavailableError where a writer is so quick
    that there is always one segment more.
    """
    with database.transaction() as session:
        # unreadable first: nobody may find a blob with a hole in it
        session.execute(update(_BLOBS).where(_BLOBS.c.id == id).values(size=None, digest=None))
    for _ in range(_TRIES):
        while (length := _remove_last_segment(database, id)) is not None:
            if database.is_sqlite:
                _give_pages_back(database, length // BLOB_PAGE_BYTES + 8)
        if _remove_empty(database, id):
            return
    raise UnavailableError("A file cannot be removed while it is written.")


def _remove_empty(database: Database, id: str) -> bool:
    try:
        with database.transaction() as session:
            session.execute(delete(_BLOBS).where(_BLOBS.c.id == id))
    except IntegrityError:
        # another process has added a segment since the last one was removed
        return False
    return True


def _remove_last_segment(database: Database, id: str) -> int | None:
    # the last first: its pages are likelier to be at the end of the file
    last = (
        select(_SEGMENTS.c.start)
        .where(_SEGMENTS.c.blob_id == id)
        .order_by(_SEGMENTS.c.start.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = delete(_SEGMENTS).where(_SEGMENTS.c.blob_id == id, _SEGMENTS.c.start == last)
    with database.transaction() as session:
        return session.execute(statement.returning(_SEGMENTS.c.length)).scalar()


def _give_pages_back(database: Database, pages: int) -> None:
    # a few at a time, so that writers get in between
    with database.transaction() as session:
        # it frees one page a step, and the driver takes one step of a statement without columns
        connection = session.connection()
        for _ in range(pages):
            connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")
