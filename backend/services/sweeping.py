"""The sweeper: deletes blobs that nothing refers to, once they are old enough to be sure."""

from __future__ import annotations

import asyncio

import structlog

from backend.config import Config
from backend.errors import ServiceError
from backend.services.runner import Runner
from backend.store import idempotency
from backend.store.blobs import BlobStore
from backend.store.database import Database
from backend.store.references import referenced

CANDIDATES_AT_ONCE = 1_000

log = structlog.get_logger("tablecast.sweeping")


class SweepingService:
    """Blobs and rows are not one transaction on SQLite: what a crash left over goes here."""

    def __init__(
        self, database: Database, blobs: BlobStore, runner: Runner, config: Config
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._runner = runner
        self._config = config

    async def work(self) -> None:
        """Sweep now and then until cancelled."""
        while True:
            try:
                swept = await self._runner.run(self.sweep)
                if swept:
                    log.info("swept", blobs=swept)
            except ServiceError:
                log.exception("sweeping failed, will be tried again")
            await asyncio.sleep(self._config.sweep_every_s)

    def sweep(self) -> int:
        """Delete old blobs without a reference, and stale idempotency keys. Blocking."""
        swept, after = 0, ""
        while candidates := self._blobs.candidates(
            self._config.orphan_age_s, after=after, limit=CANDIDATES_AT_ONCE
        ):
            after = candidates[-1]
            with self._database.reading() as reader:
                kept = referenced(reader, candidates)
            for blob_id in candidates:
                if blob_id not in kept:
                    self._blobs.delete(blob_id)
                    swept += 1
        with self._database.transaction() as session:
            idempotency.purge(session, self._config.idempotency_s)
        return swept
