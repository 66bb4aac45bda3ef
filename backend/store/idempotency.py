"""What was answered under an Idempotency-Key, so that a retry gets the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.errors import ConflictError
from backend.store import clock, models
from backend.store.database import Reader
from backend.store.inserting import insert_if_absent

table = models.idempotency_keys


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a request made: a share, perhaps a revision of it, perhaps its first token."""

    fingerprint: str
    share_id: str
    revision: int | None = None
    token_id: str | None = None


def find(reader: Reader, scope: str, key: str) -> Remembered | None:
    """What the credential `scope` was answered under `key`, or None."""
    columns = (table.c.fingerprint, table.c.share_id, table.c.revision, table.c.token_id)
    row = reader.execute(select(*columns).where(table.c.scope == scope, table.c.key == key)).first()
    return None if row is None else Remembered(*row)


def put(
    session: Session,
    *,
    scope: str,
    key: str,
    fingerprint: str,
    share_id: str,
    revision: int | None = None,
    token_id: str | None = None,
) -> None:
    """Keep the answer. Raises ConflictError if another request was quicker: roll back, read it."""
    values = {
        "scope": scope,
        "key": key,
        "fingerprint": fingerprint,
        "share_id": share_id,
        "revision": revision,
        "token_id": token_id,
        "created_at": clock.now(),
    }
    if not insert_if_absent(session, table, values):
        raise ConflictError("Another request with this Idempotency-Key was quicker.")


def purge(session: Session, older_than_s: float) -> int:
    """Forget answers of this age; how many they were."""
    limit = clock.now() - timedelta(seconds=older_than_s)
    statement = delete(table).where(table.c.created_at <= limit).returning(table.c.key)
    return len(session.execute(statement).all())
