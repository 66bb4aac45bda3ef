"""Viewers: how many look at which share, of each process of each node that lives."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from backend.store import models
from backend.store.clock import DatabaseMilliseconds
from backend.store.database import Reader
from backend.store.inserting import insert_if_absent

nodes = models.viewing_nodes
table = models.viewers
_ROWS_AT_ONCE = 500
_BURIED_AFTER_MS = 600_000


def enter(session: Session, node_id: str, lease_s: float) -> None:
    """Count a process among those that live; the rows of those long dead go."""
    session.execute(delete(nodes).where(nodes.c.expires_at < _in_ms(-_BURIED_AFTER_MS)))
    insert_if_absent(session, nodes, {"id": node_id, "expires_at": 0})
    renew(session, node_id, lease_s)


def renew(session: Session, node_id: str, lease_s: float) -> bool:
    """Let its numbers count for so long; false where it is no longer known, nor are they."""
    renewed = update(nodes).where(nodes.c.id == node_id)
    renewed = renewed.values(expires_at=_in_ms(round(lease_s * 1000)))
    return session.execute(renewed.returning(nodes.c.id)).first() is not None


def count(session: Session, node_id: str, numbers: Mapping[str, int]) -> None:
    """Keep the numbers of some shares, instead of those that were kept of them before."""
    shares = list(numbers)
    for start in range(0, len(shares), _ROWS_AT_ONCE):
        some = shares[start : start + _ROWS_AT_ONCE]
        session.execute(delete(table).where(table.c.node_id == node_id, table.c.share_id.in_(some)))
        rows = [
            {"node_id": node_id, "share_id": share_id, "viewers": numbers[share_id]}
            for share_id in some
            if numbers[share_id]
        ]
        if rows:
            session.execute(insert(table), rows)


def elsewhere(reader: Reader, node_id: str) -> dict[str, int]:
    """How many look at other processes that live, at each share that is looked at here too."""
    here = select(table.c.share_id).where(table.c.node_id == node_id)
    found = (
        select(table.c.share_id, func.sum(table.c.viewers))
        .join(nodes, nodes.c.id == table.c.node_id)
        .where(table.c.node_id != node_id, nodes.c.expires_at > DatabaseMilliseconds())
        .where(table.c.share_id.in_(here))
        .group_by(table.c.share_id)
    )
    return {share_id: int(number) for share_id, number in reader.execute(found)}


def leave(session: Session, node_id: str) -> None:
    """A process ends: nobody looks there any longer."""
    session.execute(delete(table).where(table.c.node_id == node_id))
    session.execute(delete(nodes).where(nodes.c.id == node_id))


def _in_ms(milliseconds: int) -> DatabaseMilliseconds:
    return DatabaseMilliseconds() + milliseconds  # type: ignore[return-value]
