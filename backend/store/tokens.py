"""Edit tokens: several for a share, named and revocable. Secrets are derived and never stored."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from backend.domain import Token
from backend.store import clock, models
from backend.store.database import Reader

table = models.tokens


def add(session: Session, *, id: str, share_id: str, name: str, nonce: str) -> Token:
    """Give the share, which must exist, one more token."""
    token = Token(id=id, share_id=share_id, name=name, nonce=nonce, created_at=clock.now())
    session.execute(insert(table).values(asdict(token)))
    return token


def get(reader: Reader, id: str) -> Token | None:
    """The token, revoked or not, or None."""
    row = reader.execute(select(table).where(table.c.id == id)).first()
    return None if row is None else Token(*row)


def list_of(reader: Reader, share_id: str) -> list[Token]:
    """The tokens of a share, oldest first, the revoked ones too."""
    statement = select(table).where(table.c.share_id == share_id)
    return [
        Token(*row) for row in reader.execute(statement.order_by(table.c.created_at, table.c.id))
    ]


def revoke(session: Session, id: str) -> Token | None:
    """Make the token worthless from now on; the first revocation counts. None: no such token."""
    statement = update(table).where(table.c.id == id, table.c.revoked_at.is_(None))
    session.execute(statement.values(revoked_at=clock.now()))
    return get(session, id)
