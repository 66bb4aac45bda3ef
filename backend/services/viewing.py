"""Viewing: how many look at a share, wherever they are connected."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping

import structlog

from backend.config import Config
from backend.realtime.hub import Hub
from backend.services.runner import Runner
from backend.store import viewers
from backend.store.database import Database

log = structlog.get_logger("tablecast.viewing")

LEASE_S = 15.0
"""How long those count who look at a process that died."""
RENEW_S = LEASE_S / 3


class ViewingService:
    """Tells the other processes how many look here, and the hub how many look there.

    A process writes what has changed, and reads what it shares with others, once in
    `viewers_every_s`; one that nobody looks at leaves the database alone.
    """

    def __init__(self, *, database: Database, runner: Runner, hub: Hub, config: Config) -> None:
        self._database = database
        self._runner = runner
        self._hub = hub
        self._every_s = config.viewers_every_s
        self._id = secrets.token_urlsafe(12)
        self._told: dict[str, int] = {}
        self._renewed_at = 0.0

    async def work(self) -> None:
        """Tell and be told until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._exchange()
            except Exception as error:  # noqa: BLE001 - the next time will do as well
                log.warning("viewers could not be counted", reason=type(error).__name__)

    async def leave(self) -> None:
        """Nobody looks here any longer. Harmless where the database is away: the lease ends."""
        if self._told:
            try:
                await self._runner.run(self._leave)
            except Exception as error:  # noqa: BLE001 - a stop goes on
                log.warning("viewers could not be taken back", reason=type(error).__name__)

    async def _exchange(self) -> None:
        now = self._hub.viewers()
        if not (now or self._told):
            return
        changed = {share_id: now.get(share_id, 0) for share_id in now.keys() | self._told.keys()}
        changed = {key: number for key, number in changed.items() if number != self._told.get(key)}
        if changed or time.monotonic() - self._renewed_at >= RENEW_S:
            await self._runner.run(self._tell, changed, now)
            self._told, self._renewed_at = now, time.monotonic()
        if now:
            self._hub.viewers_elsewhere(await self._runner.run(self._read))

    def _tell(self, changed: Mapping[str, int], everything: Mapping[str, int]) -> None:
        with self._database.transaction() as session:
            if viewers.renew(session, self._id, LEASE_S):
                viewers.count(session, self._id, changed)
            else:
                viewers.enter(session, self._id, LEASE_S)
                viewers.count(session, self._id, everything)

    def _read(self) -> dict[str, int]:
        with self._database.reading() as reader:
            return viewers.elsewhere(reader, self._id)

    def _leave(self) -> None:
        with self._database.transaction() as session:
            viewers.leave(session, self._id)
