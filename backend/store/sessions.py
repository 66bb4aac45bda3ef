"""Browser sessions, and which shares each of them may change."""

from __future__ import annotations

from sqlalchemy import exists as exists_where
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.domain import Share
from backend.store import clock, models, shares
from backend.store.database import Reader
from backend.store.inserting import insert_if_absent

_SESSIONS = models.browser_sessions
_GRANTS = models.session_shares


def create(session: Session, id: str) -> None:
    """Remember a browser; nothing changes if it is known."""
    insert_if_absent(session, _SESSIONS, {"id": id, "created_at": clock.now()})


def exists(reader: Reader, id: str) -> bool:
    """Whether the browser is known."""
    return bool(reader.execute(select(exists_where().where(_SESSIONS.c.id == id))).scalar())


def grant(session: Session, session_id: str, share_id: str) -> None:
    """Let the browser change the share; granting twice changes nothing."""
    values = {"session_id": session_id, "share_id": share_id, "granted_at": clock.now()}
    insert_if_absent(session, _GRANTS, values)


def may_edit(reader: Reader, session_id: str, share_id: str) -> bool:
    """Whether the browser may change the share."""
    granted = exists_where().where(
        _GRANTS.c.session_id == session_id, _GRANTS.c.share_id == share_id
    )
    return bool(reader.execute(select(granted)).scalar())


def shares_of(reader: Reader, session_id: str, *, limit: int, offset: int = 0) -> list[Share]:
    """The shares the browser may change, the one that was updated last first."""
    statement = (
        shares.selection()
        .join(_GRANTS, _GRANTS.c.share_id == shares.table.c.id)
        .where(_GRANTS.c.session_id == session_id)
        .order_by(shares.table.c.updated_at.desc(), shares.table.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [shares.from_row(row) for row in reader.execute(statement)]
