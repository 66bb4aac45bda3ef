"""Inserting what may be there already: the one place where the two dialects are spelt apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session


def insert_if_absent(session: Session, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless its key is taken; False where it was.

    A racing transaction that inserts the same key is waited for.
    """
    dialect = session.get_bind().dialect.name
    statement = _insert(dialect)(table).values(values).on_conflict_do_nothing()
    # what it returns and not how many rows it counts: PostgreSQL's driver leaves that open here
    return session.execute(statement.returning(*table.primary_key)).first() is not None


def _insert(dialect: str) -> Any:
    # each where it is asked for: importing the other one takes a while
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        return insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert
