"""Presenters: what is shown of a share to those who follow, for as long as a lease lasts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.orm import Session

from backend.domain import Share, What
from backend.store import models, shares
from backend.store.clock import DatabaseMilliseconds
from backend.store.database import Reader

table = models.presenters


@dataclass(frozen=True, slots=True)
class Position:
    """What a presenter shows: the first row in sight, of which sheet, in which view."""

    offset: int = 0
    sheet_index: int = 0
    revision: int | None = None
    """None: the head, whatever it becomes."""
    view: str = ""
    """The query string of the page: sort, filters and search."""


@dataclass(frozen=True, slots=True)
class Presenter:
    """What is shown, and until when."""

    number: int
    """The seq of the share's change that was this move."""
    position: Position
    expires_at: datetime
    """By the database's clock."""


def get(reader: Reader, share_id: str) -> Presenter | None:
    """What is presented of the share; None when nothing is, or the lease has ended."""
    alive = and_(table.c.share_id == share_id, table.c.expires_at > DatabaseMilliseconds())
    row = reader.execute(select(table).where(alive)).first()
    if row is None:
        return None
    expires_at = datetime.fromtimestamp(row.expires_at / 1000, UTC)
    return Presenter(row.number, Position(**row.position), expires_at)


def present(session: Session, share_id: str, position: Position, lease_s: float) -> Share | None:
    """Show a position for as long as the lease lasts; whoever comes last wins.

    None: that is what is shown already, so there is no change to tell. Raises NotFoundError.
    """
    expires_at = DatabaseMilliseconds() + round(lease_s * 1000)
    shown = get(session, share_id)
    if shown is not None and shown.position == position:
        renewed = update(table).where(table.c.share_id == share_id, table.c.number == shown.number)
        session.execute(renewed.values(expires_at=expires_at))
        return None
    share = shares.move(session, share_id, What.PRESENTER)
    # The update of the share holds its row: nobody comes between these two.
    session.execute(delete(table).where(table.c.share_id == share_id))
    values = {"number": share.seq, "position": asdict(position), "expires_at": expires_at}
    session.execute(insert(table).values(share_id=share_id, **values))
    return share


def end(session: Session, share_id: str) -> Share:
    """Present no longer. Raises NotFoundError."""
    share = shares.move(session, share_id, What.PRESENTER)
    session.execute(delete(table).where(table.c.share_id == share_id))
    return share
