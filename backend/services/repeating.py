"""Requests that may come twice: what was made under a key before is the answer again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from backend.errors import ConflictError, InternalError
from backend.services.access import Principal
from backend.store.database import Database, Session

T = TypeVar("T")


def once(
    database: Database, find: Callable[[Session], T | None], make: Callable[[Session], T]
) -> T:
    """What `find` finds, or else what `make` makes, in one transaction.

    Where another request with the same key is quicker, `make` raises ConflictError and its
    answer is found.
    """
    try:
        with database.transaction() as session:
            return find(session) or make(session)
    except ConflictError as error:
        with database.transaction() as session:
            found = find(session)
        if found is None:
            raise InternalError from error
        return found


def scope_of(principal: Principal, share_id: str | None) -> str:
    """Whose idempotency keys these are, and for which resource. Secrets are hashed."""
    return hashlib.sha256(
        f"{principal.token}\n{principal.session}\n{share_id}".encode()
    ).hexdigest()


def fingerprint_of(*said: object) -> str:
    """What makes two requests the same one."""
    return hashlib.sha256(repr(said).encode()).hexdigest()
