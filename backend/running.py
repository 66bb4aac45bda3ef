"""A wired server while it runs: how it starts, and how it stops in good order."""

from __future__ import annotations

import asyncio
import gc
import select
from dataclasses import dataclass, field
from socket import socket
from typing import Any

import structlog
from tornado.httpserver import HTTPServer

from backend.config import KIB, Config
from backend.ingest.cage import Cage
from backend.realtime.hub import Hub
from backend.services.early import EarlyReadings
from backend.services.exports import ExportService
from backend.services.inspecting import InspectionService
from backend.services.own_folder import OwnFolder
from backend.services.querying import QueryService
from backend.services.reading import ReadingService
from backend.services.relaying import RelayService
from backend.services.resumable import ResumableService
from backend.services.runner import Runner
from backend.services.siblings import Siblings
from backend.services.sweeping import SweepingService
from backend.services.traffic import Traffic
from backend.services.uploads import UploadService
from backend.services.viewing import ViewingService
from backend.store.database import Database
from backend.tables.pages import PageReader
from backend.views.application import WebApplication

log = structlog.get_logger("tablecast")

MOST_TURNS = 1_000
"""Turns of the event loop in which those who wait are let in; under a flood some stay outside."""


@dataclass
class App:
    """A wired server: `start` it on an event loop, and `stop` it there."""

    config: Config
    own: OwnFolder
    web: WebApplication
    databases: tuple[Database, ...]
    runners: tuple[Runner, ...]
    reading: ReadingService
    uploads: UploadService
    inspecting: InspectionService
    resumable: ResumableService
    sweeping: SweepingService
    hub: Hub
    traffic: Traffic
    cage: Cage
    early: EarlyReadings
    reader: PageReader
    querying: QueryService
    exports: ExportService
    relay: RelayService | None
    viewing: ViewingService | None
    siblings: Siblings
    server: HTTPServer | None = None
    listening: list[socket] = field(default_factory=list)
    port: int = 0
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    async def start(self, sockets: list[socket]) -> None:
        """Serve what comes over these listening sockets, and begin to read what waits."""
        self.querying.prepare()
        await self.cage.start()
        await self.siblings.start()
        self.port = sockets[0].getsockname()[1]
        self.server = HTTPServer(
            self.web,
            chunk_size=256 * KIB,
            # Views judge the size of bodies themselves, for this limit answers without a word.
            max_body_size=2**62,
            max_header_size=64 * KIB,
            idle_connection_timeout=3600,
        )
        self.listening = sockets
        self.server.add_sockets(sockets)
        workers = [self.reading.work() for _ in range(self.config.ingest_workers)]
        sweepers = (self.sweeping.work(), self.sweeping.work_on_spool(), self.resumable.work())
        for work in (*workers, *sweepers, self.hub.beat()):
            self.tasks.append(asyncio.create_task(work))
        for service in (self.relay, self.viewing):
            if service is not None:
                self.tasks.append(asyncio.create_task(service.work()))
        self.tasks.append(asyncio.create_task(self.querying.start()))
        # What lives as long as the process need not be looked through at every collection.
        gc.collect()
        gc.freeze()
        log.info("serving", url=f"http://{self.config.host}:{self.port}")

    async def stop(self) -> None:
        """Take no more, say bye to those who watch, finish what is under way, then close."""
        await self.take_no_more()
        await self.hub.close()
        await self.resumable.close()
        if not await self.traffic.quiet(self.config.shutdown_s):
            log.warning("requests were cut off at the end of the time to stop")
        if self.server is not None:
            await self.server.close_all_connections()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.viewing is not None:
            await self.viewing.leave()
        await self.early.close()
        await self.cage.close()
        await self.querying.close()
        self.exports.close()
        for runner in self.runners:
            runner.close()
        self.reader.close()
        for database in self.databases:
            database.dispose()
        self.siblings.close()
        self.own.leave()
        log.info("stopped")

    async def take_no_more(self) -> None:
        """Accept nobody, and have every connection closed after its next answer.

        Whoever is connected already and waits to be accepted would be cut off, so they are let in
        first. A proxy that keeps a connection is told with its next answer to keep it no longer.
        """
        if self.server is None:
            return
        self.server.conn_params.no_keep_alive = True
        waiting = select.poll()
        for listening in self.listening:
            waiting.register(listening, select.POLLIN)
        for _ in range(MOST_TURNS):
            if not waiting.poll(0):
                break
            await asyncio.sleep(0)
        self.server.stop()
