"""Settings that every node must share, such as the signing secret: made once, kept for good."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store import clock, models
from backend.store.inserting import insert_if_absent

table = models.settings


def get_or_create(session: Session, name: str, make: Callable[[], str]) -> str:
    """The setting's value; whoever asks first decides it with `make`, everyone gets the same."""
    statement = select(table.c.value).where(table.c.name == name)
    found = session.execute(statement).scalar()
    if found is not None:
        return str(found)
    insert_if_absent(session, table, {"name": name, "value": make(), "created_at": clock.now()})
    return str(session.execute(statement).scalar_one())
