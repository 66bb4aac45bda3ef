"""make_app: the only place where the parts are wired together."""

from __future__ import annotations

import asyncio
import gc
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from backend import routes
from backend.config import KIB, Config
from backend.ingest.cage import Cage
from backend.ingest.limits import Limits
from backend.realtime.bus import LocalBus
from backend.realtime.hub import Hub
from backend.services.access import Access
from backend.services.announcing import AnnouncingService
from backend.services.following import FollowingService
from backend.services.health import HealthService
from backend.services.inspecting import InspectionService
from backend.services.metadata import Metadata
from backend.services.pages import EncodedCache, PageService
from backend.services.presenting import PresentingService
from backend.services.provisional import ProvisionalService
from backend.services.querying import QueryService
from backend.services.reading import ReadingService
from backend.services.relaying import RelayService
from backend.services.resumable import ResumableService
from backend.services.revisions import RevisionService
from backend.services.row_views import RowViews
from backend.services.runner import Runner
from backend.services.shares import ShareService
from backend.services.sweeping import SweepingService
from backend.services.traffic import Traffic
from backend.services.uploads import UploadService
from backend.store import settings
from backend.store.blobs import BlobStore
from backend.store.database import Database, open_databases
from backend.store.migrate import upgrade
from backend.tables.byte_bounded import ByteBoundedCache
from backend.tables.files import FileCache
from backend.tables.pages import PageReader
from backend.views.application import WebApplication

log = structlog.get_logger("tablecast")

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "frontend" / "dist"
ENTRY_OVERHEAD = 600


@dataclass
class App:
    """A wired server: `start` it on an event loop, and `stop` it there."""

    config: Config
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
    reader: PageReader
    querying: QueryService
    relay: RelayService | None
    server: HTTPServer | None = None
    port: int = 0
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    async def start(self) -> None:
        """Listen, and begin to read what waits."""
        self.uploads.prepare()
        self.inspecting.prepare()
        self.reading.prepare()
        self.querying.prepare()
        await self.cage.start()
        sockets = bind_sockets(self.config.port, self.config.host, backlog=4096)
        self.port = sockets[0].getsockname()[1]
        self.server = HTTPServer(
            self.web,
            chunk_size=256 * KIB,
            # Views judge the size of bodies themselves, for this limit answers without a word.
            max_body_size=2**62,
            max_header_size=64 * KIB,
            idle_connection_timeout=3600,
        )
        self.server.add_sockets(sockets)
        workers = [self.reading.work() for _ in range(self.config.ingest_workers)]
        for work in (*workers, self.sweeping.work(), self.resumable.work(), self.hub.beat()):
            self.tasks.append(asyncio.create_task(work))
        if self.relay is not None:
            self.tasks.append(asyncio.create_task(self.relay.work()))
        self.tasks.append(asyncio.create_task(self.querying.start()))
        # What lives as long as the process need not be looked through at every collection.
        gc.collect()
        gc.freeze()
        log.info("serving", url=f"http://{self.config.host}:{self.port}")

    async def stop(self) -> None:
        """Take no more, say bye to those who watch, finish what is under way, then close."""
        if self.server is not None:
            self.server.stop()
        await self.hub.close()
        await self.resumable.close()
        if not await self.traffic.idle(self.config.shutdown_s):
            log.warning("requests were cut off at the end of the time to stop")
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.cage.close()
        await self.querying.close()
        if self.server is not None:
            await self.server.close_all_connections()
        for runner in self.runners:
            runner.close()
        self.reader.close()
        for database in self.databases:
            database.dispose()
        log.info("stopped")


def make_app(config: Config) -> App:
    """Migrate the databases and wire a server. Blocking; nothing listens yet."""
    upgrade(config)
    metadata_database, blob_database = open_databases(config)
    blobs = BlobStore(
        blob_database,
        segment_bytes=config.segment_bytes,
        first_segment_bytes=config.first_segment_bytes,
    )
    runner = Runner(config.database_threads, "quick")
    bulk = Runner(config.bulk_threads, "bulk")
    traffic = Traffic()
    bus = LocalBus()
    access = Access(metadata_database, runner, _secret(config, metadata_database))
    metadata = Metadata(metadata_database, runner, config)
    uploads = UploadService(blobs, bulk, config)
    files = FileCache(config.data_dir / "cache", config.file_cache_bytes)
    cage = Cage(Limits.from_config(config))
    shares = ShareService(metadata_database, runner, access, metadata, bus)
    reading = ReadingService(
        database=metadata_database,
        blobs=blobs,
        runner=runner,
        bulk=bulk,
        cage=cage,
        files=files,
        uploads=uploads,
        metadata=metadata,
        bus=bus,
        config=config,
    )
    revisions = RevisionService(
        database=metadata_database,
        blobs=blobs,
        runner=runner,
        access=access,
        metadata=metadata,
        shares=shares,
        uploads=uploads,
        reading=reading,
        bus=bus,
    )
    announcing = AnnouncingService(
        database=metadata_database,
        runner=runner,
        access=access,
        shares=shares,
        revisions=revisions,
        config=config,
    )
    resumable = ResumableService(
        database=metadata_database,
        blobs=blobs,
        runner=runner,
        bulk=bulk,
        access=access,
        revisions=revisions,
        uploads=uploads,
        config=config,
    )
    querying = QueryService(files=files, fetch=blobs.fetch, bulk=bulk, config=config)
    reader = PageReader(
        files,
        blobs.fetch,
        row_group_cache_bytes=config.row_group_cache_bytes,
        max_page_bytes=config.max_page_bytes,
    )
    encoded: EncodedCache = ByteBoundedCache(
        config.page_cache_bytes, lambda page: len(page) + ENTRY_OVERHEAD
    )
    pages = PageService(metadata, reader, RowViews(querying), encoded, runner)
    hub = Hub(metadata.standings, config)
    # Invalidate first, then tell: whoever refetches because of a change must see it.
    for listener in (metadata.on_change, revisions.on_change, hub.on_change):
        bus.listen(listener)
    relay = None
    if not metadata_database.is_sqlite:
        relay = RelayService(
            database=metadata_database,
            runner=runner,
            metadata=metadata,
            hub=hub,
            bus=bus,
            reading=reading,
        )
    _publish_figures(traffic, hub, encoded, reader)
    health = HealthService((metadata_database, blob_database), Runner(1, "health"))
    inspecting = InspectionService(cage, bulk, config)
    provisional = ProvisionalService(
        resumable=resumable,
        inspecting=inspecting,
        metadata=metadata,
        blobs=blobs,
        bulk=bulk,
        inspect_bytes=config.inspect_bytes,
    )
    parts = {
        "config": config,
        "access": access,
        "traffic": traffic,
        "shares": shares,
        "revisions": revisions,
        "uploads": uploads,
        "inspecting": inspecting,
        "provisional": provisional,
        "announcing": announcing,
        "resumable": resumable,
        "pages": pages,
        "querying": querying,
        "following": FollowingService(hub, config),
        "presenting": PresentingService(
            database=metadata_database,
            runner=runner,
            access=access,
            metadata=metadata,
            bus=bus,
            config=config,
        ),
        "health": health,
        "bulk": bulk,
        "document": (ROOT / "openapi.yaml").read_text(encoding="utf-8"),
        "channel_document": (ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"),
        "site": SITE,
    }
    return App(
        config=config,
        web=WebApplication(
            routes.handlers(parts),
            log_function=lambda _: None,
            # nobody is to send anything on the channel
            websocket_max_message_size=4 * KIB,
        ),
        databases=(metadata_database, blob_database),
        runners=(runner, bulk, health.runner),
        reading=reading,
        uploads=uploads,
        inspecting=inspecting,
        resumable=resumable,
        sweeping=SweepingService(metadata_database, blobs, bulk, config),
        hub=hub,
        traffic=traffic,
        cage=cage,
        reader=reader,
        querying=querying,
        relay=relay,
    )


def _secret(config: Config, database: Database) -> str:
    if config.secret:
        return config.secret
    with database.transaction() as session:
        return settings.get_or_create(session, "secret", lambda: secrets.token_urlsafe(48))


def _publish_figures(
    traffic: Traffic,
    hub: Hub,
    encoded: EncodedCache,
    reader: PageReader,
) -> None:
    traffic.gauge("tablecast_subscribers", "Open channels", lambda: hub.subscribers)
    traffic.gauge("tablecast_page_cache_bytes", "Encoded pages kept", lambda: encoded.bytes)
    traffic.gauge("tablecast_page_cache_hits", "Pages found encoded", lambda: encoded.hits)
    traffic.gauge(
        "tablecast_row_group_cache_bytes", "Decoded row groups kept", lambda: reader.decoded.bytes
    )
