"""Changes told by the database itself, to every process that listens, once they are committed.

PostgreSQL sends them (`NOTIFY`). On SQLite they are kept for a while in a table, and whoever wants
to know looks whether somebody has committed, which costs microseconds.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from backend.domain import What
from backend.errors import UnavailableError
from backend.store import models
from backend.store.database import Database

CHANNEL = "tablecast_changes"
KEPT = 1_000
"""How many changes are kept; who has missed more reads everything again."""

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
_CHANGES = models.changes


def tell(session: Session, share_id: str, seq: int, *what: What) -> None:
    """Have the other processes told if this transaction commits, and only then."""
    payload = ":".join((share_id, str(seq), ",".join(what)))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_NOTIFY, {"channel": CHANNEL, "payload": payload})
        return
    kept = insert(_CHANGES).values(payload=payload).returning(_CHANGES.c.number)
    number = session.execute(kept).scalar_one()
    session.execute(delete(_CHANGES).where(_CHANGES.c.number <= number - KEPT))


class ChangeLog:
    """The changes of an SQLite file, as one process reads them, each once.

    It has a connection of its own: what SQLite says about other connections' commits, it says to
    each connection. Used by one thread at a time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = sqlite3.connect(
            database.url.database or "", timeout=0, isolation_level=None, check_same_thread=False
        )
        self._last = 0

    def version(self) -> int:
        """Another number after each commit of anybody else. Takes microseconds, blocks never."""
        try:
            found = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise UnavailableError("The database cannot be used just now.") from error
        return int(found[0])

    def skip(self) -> None:
        """Everything up to now is known already. Blocking."""
        with self._database.reading() as reader:
            self._last = reader.execute(select(func.max(_CHANGES.c.number))).scalar() or 0

    def take(self) -> list[str] | None:
        """What was told since the last time, in order; None: some of it is gone. Blocking."""
        newer = select(_CHANGES).where(_CHANGES.c.number > self._last).order_by(_CHANGES.c.number)
        with self._database.reading() as reader:
            rows = reader.execute(newer).all()
        if not rows:
            return []
        missed = rows[0].number != self._last + 1
        self._last = rows[-1].number
        return None if missed else [row.payload for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
