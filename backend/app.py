"""make_app: the only place where the parts are wired together."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path

from backend import routes
from backend.config import KIB, Config
from backend.ingest.cage import Cage
from backend.ingest.limits import Limits
from backend.processes import Place
from backend.realtime.bus import LocalBus
from backend.realtime.hub import Hub
from backend.running import App
from backend.services.access import Access
from backend.services.announcing import AnnouncingService
from backend.services.charts import ChartService
from backend.services.early import EarlyReadings
from backend.services.exports import ExportService
from backend.services.figures import publish_figures
from backend.services.following import FollowingService
from backend.services.health import HealthService
from backend.services.inspecting import InspectionService
from backend.services.metadata import Metadata
from backend.services.own_folder import OwnFolder
from backend.services.pages import EncodedCache, PageService
from backend.services.presenting import PresentingService
from backend.services.provisional import ProvisionalService
from backend.services.querying import QueryService
from backend.services.reading import ReadingService
from backend.services.relaying import RelayService, commits_told
from backend.services.resumable import ResumableService
from backend.services.revisions import RevisionService
from backend.services.row_views import RowViews
from backend.services.runner import Runner
from backend.services.shares import ShareService
from backend.services.siblings import Siblings
from backend.services.site import Site, kept
from backend.services.storing import FollowedReading
from backend.services.summaries import SummaryService
from backend.services.sweeping import SweepingService
from backend.services.traffic import Traffic
from backend.services.uploads import UploadService
from backend.services.viewing import ViewingService
from backend.store import settings
from backend.store.blobs import BlobStore
from backend.store.database import Database, open_databases
from backend.store.migrate import upgrade
from backend.tables.byte_bounded import ByteBoundedCache
from backend.tables.confinement import leave_pandas_out
from backend.tables.files import FileCache
from backend.tables.pages import PageReader
from backend.tables.ranges import Ranges
from backend.views.application import WebApplication
from backend.views.proxies import TrustedProxies

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "frontend" / "dist"
ENTRY_OVERHEAD = 600
YAML = "application/yaml; charset=utf-8"


def make_app(config: Config, place: Place | None = None) -> App:
    """Migrate the databases and wire a server. Blocking; nothing listens yet."""
    leave_pandas_out()
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
    files = FileCache(config.data_dir / "cache", config.file_cache_bytes)
    limits = Limits.from_config(config)
    cage = Cage(limits)
    own = OwnFolder(config.data_dir / "processes")
    work = own.folder("work")
    follow = partial(FollowedReading, cage=cage, blobs=blobs, files=files, bulk=bulk, work=work)
    early = EarlyReadings(follow, limits, config)
    uploads = UploadService(blobs, bulk, early, own, config)
    shares = ShareService(metadata_database, runner, access, metadata, bus)
    reading = ReadingService(
        database=metadata_database,
        runner=runner,
        bulk=bulk,
        follow=follow,
        early=early,
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
        early=early,
        config=config,
    )
    querying = QueryService(files=files, fetch=blobs.fetch, bulk=bulk, config=config)
    reader = PageReader(
        files,
        blobs.fetch,
        row_group_cache_bytes=config.row_group_cache_bytes,
        max_page_bytes=config.max_page_bytes,
        ranges=Ranges(blobs.size, blobs.segment),
    )
    encoded: EncodedCache = ByteBoundedCache(
        config.page_cache_bytes, lambda page: len(page) + ENTRY_OVERHEAD
    )
    pages = PageService(metadata, reader, RowViews(querying), encoded, runner)
    exports = ExportService(
        pages=pages,
        metadata=metadata,
        blobs=blobs,
        files=files,
        querying=querying,
        bulk=bulk,
        config=config,
    )
    hub = Hub(metadata.standings, config)
    # Invalidate first, then tell: whoever refetches because of a change must see it.
    for listener in (metadata.on_change, revisions.on_change, hub.on_change):
        bus.listen(listener)
    relay = viewing = None
    if config.processes > 1 or not metadata_database.is_sqlite:
        relay = RelayService(
            source=commits_told(metadata_database, runner),
            database=metadata_database,
            runner=runner,
            metadata=metadata,
            hub=hub,
            bus=bus,
            reading=reading,
        )
        viewing = ViewingService(database=metadata_database, runner=runner, hub=hub, config=config)
    publish_figures(traffic, hub, encoded, reader)
    siblings = Siblings(
        traffic.exposition,
        family=place.parent if place else 0,
        number=place.number if place else 1,
        count=config.processes if place else 1,
    )
    health = HealthService((metadata_database, blob_database), Runner(1, "health"))
    inspecting = InspectionService(cage, bulk, own, config)
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
        "metadata": metadata,
        "shares": shares,
        "revisions": revisions,
        "uploads": uploads,
        "inspecting": inspecting,
        "provisional": provisional,
        "announcing": announcing,
        "resumable": resumable,
        "pages": pages,
        "querying": querying,
        "summaries": SummaryService(querying, bulk, config),
        "charts": ChartService(querying, config),
        "exports": exports,
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
        "siblings": siblings,
        "bulk": bulk,
        "runner": runner,
        "document": kept((ROOT / "openapi.yaml").read_bytes(), YAML),
        "channel_document": kept((ROOT / "docs" / "asyncapi.yaml").read_bytes(), YAML),
        "site": Site(SITE),
    }
    return App(
        config=config,
        own=own,
        web=WebApplication(
            routes.handlers(parts),
            proxies=TrustedProxies(config.proxy_networks()),
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
        sweeping=SweepingService(metadata_database, blobs, uploads, bulk, config),
        hub=hub,
        traffic=traffic,
        cage=cage,
        early=early,
        reader=reader,
        querying=querying,
        exports=exports,
        relay=relay,
        viewing=viewing,
        siblings=siblings,
    )


def _secret(config: Config, database: Database) -> str:
    if config.secret:
        return config.secret
    with database.transaction() as session:
        return settings.get_or_create(session, "secret", lambda: secrets.token_urlsafe(48))
