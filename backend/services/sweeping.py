"""Sweepers: of blobs that nothing refers to, and of spooled bytes that nobody here will read."""

from __future__ import annotations

import asyncio

import structlog

from backend.config import Config
from backend.errors import ServiceError
from backend.services.runner import Runner
from backend.services.uploads import UploadService
from backend.store import idempotency, references
from backend.store.blobs import BlobStore
from backend.store.database import Database

CANDIDATES_AT_ONCE = 1_000
LOOK_AT_SPOOL_EVERY_S = 30.0
PART_KEPT_S = 3_600.0
"""Spooled parts only save that their bytes are fetched back."""

log = structlog.get_logger("tablecast.sweeping")


class SweepingService:
    """Blobs and rows are not one transaction on SQLite: what a crash left over goes here."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        uploads: UploadService,
        runner: Runner,
        config: Config,
    ) -> None:
        self._uploads = uploads
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

    async def work_on_spool(self) -> None:
        """Look after the spool of this process until cancelled."""
        while True:
            await asyncio.sleep(LOOK_AT_SPOOL_EVERY_S)
            try:
                await self._runner.run(self.sweep_spool)
            except ServiceError:
                log.exception("the spool was not swept, will be tried again")

    def sweep_spool(self) -> None:
        """Remove originals that others have read, and parts that went on elsewhere. Blocking."""
        for name in self._uploads.parts(PART_KEPT_S):
            self._uploads.spool(name).unlink(missing_ok=True)
        # Their revisions are committed by now, or will never be.
        spooled = self._uploads.spooled(LOOK_AT_SPOOL_EVERY_S)
        if not spooled:
            return
        with self._database.reading() as reader:
            unread = references.unread(reader, spooled)
        for blob_id in spooled:
            if blob_id not in unread:
                self._uploads.release(blob_id)

    def sweep(self) -> int:
        """Delete old blobs without a reference, and stale idempotency keys. Blocking."""
        swept, after = 0, ""
        while candidates := self._blobs.candidates(
            self._config.orphan_age_s, after=after, limit=CANDIDATES_AT_ONCE
        ):
            after = candidates[-1]
            with self._database.reading() as reader:
                kept = references.referenced(reader, candidates)
            for blob_id in candidates:
                if blob_id not in kept:
                    self._blobs.delete(blob_id)
                    swept += 1
        with self._database.transaction() as session:
            idempotency.purge(session, self._config.idempotency_s)
        return swept
