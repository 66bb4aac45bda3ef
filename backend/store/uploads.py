"""Resumable uploads: what was said of each, until when it may be continued, what became of it.

How far one has come is told by its blob, which may be in another file: nothing here can differ
from that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from backend.domain import ReadingOptions, ResumableUpload
from backend.errors import ConflictError
from backend.store import clock, documents, models
from backend.store.database import Reader
from backend.store.inserting import insert_if_absent

table = models.uploads
_SHARE = models.shares
_COLUMNS = [column for column in table.c if column.name not in ("scope", "key")]


def create(
    session: Session,
    *,
    id: str,
    share_id: str,
    blob_id: str,
    size: int,
    filename: str,
    options: ReadingOptions,
    described: str,
    token_id: str | None,
    session_id: str | None,
    expected_version: int | None,
    fingerprint: str,
    expiry_s: float,
    scope: str | None = None,
    key: str | None = None,
) -> ResumableUpload:
    """Begin an upload. Raises ConflictError if one of this key was quicker: roll back, find it."""
    now = clock.now()
    values = {
        "id": id,
        "share_id": share_id,
        "blob_id": blob_id,
        "size": size,
        "filename": filename,
        "options": options.given(),
        "described": described,
        "token_id": token_id,
        "session_id": session_id,
        "expected_version": expected_version,
        "fingerprint": fingerprint,
        "created_at": now,
        "expires_at": now + timedelta(seconds=expiry_s),
    }
    if not insert_if_absent(session, table, {**values, "scope": scope, "key": key}):
        raise ConflictError("Another request with this Idempotency-Key was quicker.")
    return ResumableUpload(**{**values, "options": options})  # type: ignore[arg-type]


def get(reader: Reader, id: str) -> ResumableUpload | None:
    """The upload, or None."""
    row = reader.execute(select(*_COLUMNS).where(table.c.id == id)).first()
    return None if row is None else _to_upload(row)


def hold(session: Session, id: str) -> ResumableUpload | None:
    """The upload, or None; nobody else changes it until the transaction is over."""
    # Its share first: the order in which a deletion takes its locks, too.
    share = select(_SHARE.c.id).join(table, table.c.share_id == _SHARE.c.id)
    session.execute(share.where(table.c.id == id).with_for_update(of=_SHARE)).first()
    row = session.execute(select(*_COLUMNS).where(table.c.id == id).with_for_update()).first()
    return None if row is None else _to_upload(row)


def find(reader: Reader, scope: str, key: str) -> ResumableUpload | None:
    """The upload that the credential `scope` began under an Idempotency-Key, or None."""
    chosen = select(*_COLUMNS).where(table.c.scope == scope, table.c.key == key)
    row = reader.execute(chosen).first()
    return None if row is None else _to_upload(row)


def extend(session: Session, id: str, expiry_s: float) -> datetime | None:
    """Somebody goes on with it: let it live for so long from now. None: it is over."""
    expires_at = clock.now() + timedelta(seconds=expiry_s)
    statement = update(table).where(table.c.id == id, table.c.blob_id.is_not(None))
    found = session.execute(statement.values(expires_at=expires_at).returning(table.c.id))
    return None if found.first() is None else expires_at


def finish(session: Session, id: str, revision: int, expiry_s: float) -> None:
    """It became a revision, which has its blob now. It can be asked for `expiry_s` longer."""
    expires_at = clock.now() + timedelta(seconds=expiry_s)
    values = {"revision": revision, "blob_id": None, "expires_at": expires_at}
    session.execute(update(table).where(table.c.id == id).values(values))


def end(session: Session, id: str) -> None:
    """It will never be finished; its Idempotency-Key is free again."""
    values = {"blob_id": None, "scope": None, "key": None}
    session.execute(update(table).where(table.c.id == id).values(values))


def unfinished(reader: Reader) -> list[ResumableUpload]:
    """Those that can still be finished, and those that have expired since."""
    found = reader.execute(select(*_COLUMNS).where(table.c.blob_id.is_not(None)))
    return [_to_upload(row) for row in found]


def purge(session: Session, older_than_s: float) -> int:
    """Forget those that were over so long ago; how many they were."""
    limit = clock.now() - timedelta(seconds=older_than_s)
    old = delete(table).where(table.c.blob_id.is_(None), table.c.expires_at <= limit)
    return len(session.execute(old.returning(table.c.id)).all())


def _to_upload(row: Row[Any]) -> ResumableUpload:
    values = dict(row._mapping)
    return ResumableUpload(**{**values, "options": documents.to_options(values["options"])})
