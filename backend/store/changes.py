"""Changes told by the database itself, to every node that listens, when a transaction commits."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.domain import What

CHANNEL = "tablecast_changes"
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def tell(session: Session, share_id: str, seq: int, *what: What) -> None:
    """Have the nodes told if this transaction commits, and only then.

    SQLite has no such thing: there the process that commits is the only one to be told.
    """
    if session.get_bind().dialect.name == "postgresql":
        payload = ":".join((share_id, str(seq), ",".join(what)))
        session.execute(_NOTIFY, {"channel": CHANNEL, "payload": payload})
