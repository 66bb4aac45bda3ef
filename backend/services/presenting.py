"""Presenting: one leads, and whoever follows the share sees the same rows."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import astuple, dataclass

from backend.config import Config
from backend.domain import Change, Share, What
from backend.realtime.bus import Bus
from backend.services.access import Access, Principal
from backend.services.metadata import LatestUsed, Metadata
from backend.services.runner import Runner
from backend.store import presenters
from backend.store.database import Database
from backend.store.presenters import Position as Position
from backend.store.presenters import Presenter as Presenter

WRITTEN_KEPT = 4_096


@dataclass
class Moving:
    """A move on its way to the database, and all that came to the same share meanwhile."""

    position: Position
    written: asyncio.Task[None]


class PresentingService:
    """What can be done with presenters. Moves that come quickly reach the database as few."""

    def __init__(
        self,
        *,
        database: Database,
        runner: Runner,
        access: Access,
        metadata: Metadata,
        bus: Bus,
        config: Config,
    ) -> None:
        self._database = database
        self._runner = runner
        self._access = access
        self._metadata = metadata
        self._bus = bus
        self._config = config
        self._moving: dict[str, Moving] = {}
        self._written_at: LatestUsed[float] = LatestUsed(WRITTEN_KEPT)

    async def see(self, share_id: str) -> Presenter | None:
        """What is presented of a share; None where nothing is. NotFoundError."""
        await self._metadata.share(share_id)
        return await self._runner.run(self._read, share_id)

    async def present(
        self, share_id: str, position: Position, principal: Principal
    ) -> Presenter | None:
        """Show a position to all who follow; done when it, or one that came after it, is kept."""
        await self._metadata.share(share_id)
        await self._access.require_edit(principal, share_id)
        moving = self._moving.get(share_id)
        if moving is None:
            write = asyncio.create_task(self._write(share_id))
            moving = self._moving[share_id] = Moving(position, write)
        moving.position = position
        # Whoever waits may go away; the move stays, for others wait for it too.
        await asyncio.shield(moving.written)
        return await self._runner.run(self._read, share_id)

    async def end(self, share_id: str, principal: Principal) -> None:
        """Present no longer."""
        await self._metadata.share(share_id)
        await self._access.require_edit(principal, share_id)
        self._tell(await self._runner.run(self._end, share_id))

    @staticmethod
    def etag(presenter: Presenter | None) -> str:
        """A strong ETag of what is presented, which is not that of the share."""
        said = "" if presenter is None else repr(astuple(presenter))
        return f'"{hashlib.blake2b(said.encode(), digest_size=12).hexdigest()}"'

    async def _write(self, share_id: str) -> None:
        loop = asyncio.get_running_loop()
        free_at = (self._written_at.get(share_id) or 0.0) + self._config.change_interval_s
        try:
            await asyncio.sleep(max(0.0, free_at - loop.time()))
        finally:
            # What comes from here on is another move.
            moving = self._moving.pop(share_id)
        share = await self._runner.run(self._present, share_id, moving.position)
        self._written_at.put(share_id, loop.time())
        if share is not None:
            self._tell(share)

    def _tell(self, share: Share) -> None:
        what = frozenset({What.PRESENTER})
        self._bus.publish(Change(share.id, share.seq, share.head, what))

    def _read(self, share_id: str) -> Presenter | None:
        with self._database.reading() as reader:
            return presenters.get(reader, share_id)

    def _present(self, share_id: str, position: Position) -> Share | None:
        with self._database.transaction() as session:
            return presenters.present(session, share_id, position, self._config.presenter_lease_s)

    def _end(self, share_id: str) -> Share:
        with self._database.transaction() as session:
            return presenters.end(session, share_id)
