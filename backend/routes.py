"""The only URL table: every address, its view, and which parts the view is handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.views import site
from backend.views.base import BaseView, NotFoundView
from backend.views.changes import ChangesView
from backend.views.charts import ChartView, PinnedChartView
from backend.views.errors import ErrorsView
from backend.views.exports import ExportView, PinnedExportView
from backend.views.inspect import InspectView, ProvisionalRowsView
from backend.views.originals import OriginalView
from backend.views.presenters import PresenterView
from backend.views.revisions import RevisionsView, RevisionView
from backend.views.rows import PinnedRowsView, RowsView
from backend.views.service import (
    ChannelDescriptionView,
    DescriptionView,
    HealthView,
    LimitsView,
    MetricsView,
    ReadyView,
)
from backend.views.shares import SharesView, ShareView
from backend.views.summaries import PinnedSummaryView, SummaryStyleView, SummaryView
from backend.views.tus import UploadsView, UploadView

API = "/api/v1"
PATTERNS = {
    "share_id": r"(?P<share_id>[A-Za-z0-9_-]{1,64})",
    "upload_id": r"(?P<upload_id>[A-Za-z0-9_-]{1,64})",
    "number": r"(?P<number>[1-9][0-9]{0,8})",
    "format": r"(?P<format>csv|tsv|jsonl|json|xlsx|parquet|arrow)",
}


@dataclass(frozen=True, slots=True)
class Route:
    """An address as OpenAPI writes it, its view, and the names of the parts the view needs."""

    path: str
    view: type[BaseView]
    parts: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """The address as a regular expression."""
        return self.path.replace(".", r"\.").format(**PATTERNS)


ROUTES = (
    Route(f"{API}/shares", SharesView, ("shares", "revisions", "uploads")),
    Route(f"{API}/shares/{{share_id}}", ShareView, ("shares",)),
    Route(f"{API}/shares/{{share_id}}/rows", RowsView, ("pages",)),
    Route(f"{API}/shares/{{share_id}}/revisions", RevisionsView, ("revisions", "uploads")),
    Route(f"{API}/shares/{{share_id}}/revisions/{{number}}", RevisionView, ("revisions",)),
    Route(f"{API}/shares/{{share_id}}/revisions/{{number}}/rows", PinnedRowsView, ("pages",)),
    Route(
        f"{API}/shares/{{share_id}}/revisions/{{number}}/original",
        OriginalView,
        ("revisions", "bulk"),
    ),
    Route(f"{API}/shares/{{share_id}}/presenter", PresenterView, ("presenting",)),
    Route("/s/{share_id}.{format}", ExportView, ("exports", "bulk")),
    Route("/s/{share_id}/r/{number}.{format}", PinnedExportView, ("exports", "bulk")),
    Route(f"{API}/shares/{{share_id}}/summary", SummaryView, ("pages", "summaries", "bulk")),
    Route(
        f"{API}/shares/{{share_id}}/revisions/{{number}}/summary",
        PinnedSummaryView,
        ("pages", "summaries", "bulk"),
    ),
    Route(f"{API}/shares/{{share_id}}/chart", ChartView, ("pages", "charts", "bulk")),
    Route(
        f"{API}/shares/{{share_id}}/revisions/{{number}}/chart",
        PinnedChartView,
        ("pages", "charts", "bulk"),
    ),
    Route(f"{API}/uploads", UploadsView, ("announcing", "resumable")),
    Route(f"{API}/uploads/{{upload_id}}", UploadView, ("resumable",)),
    Route(f"{API}/uploads/{{upload_id}}/rows", ProvisionalRowsView, ("provisional",)),
    Route(f"{API}/inspect", InspectView, ("inspecting",)),
    Route(f"{API}/changes", ChangesView, ("following",)),
    Route(f"{API}/limits", LimitsView),
    Route("/healthz", HealthView, ("siblings",)),
    Route("/readyz", ReadyView, ("health", "siblings")),
    Route("/metrics", MetricsView, ("siblings",)),
    Route("/openapi.yaml", DescriptionView, ("document",)),
    Route("/asyncapi.yaml", ChannelDescriptionView, ("channel_document",)),
    Route("/docs/errors", ErrorsView),
    Route("/docs/summary.css", SummaryStyleView),
)


def handlers(parts: dict[str, Any]) -> list[tuple[str, type[BaseView], dict[str, Any]]]:
    """The routes as the application takes them. `parts` holds every part by its name."""
    common = {name: parts[name] for name in ("config", "access", "traffic", "metadata")}
    table: list[tuple[str, type[BaseView], dict[str, Any]]] = [
        (route.pattern, route.view, {**common, **{name: parts[name] for name in route.parts}})
        for route in ROUTES
    ]
    files = {**common, "site": parts["site"], "runner": parts["runner"]}
    page = {**files, "policy": site.POLICY, "file": "index.html"}
    docs = {**files, "policy": site.DOCS_POLICY, "file": "docs.html"}
    return [
        *table,
        (r"/", site.PageView, page),
        (r"/s/[A-Za-z0-9_-]{1,64}", site.PageView, page),
        (r"/s/[A-Za-z0-9_-]{1,64}/embed", site.PageView, {**page, "policy": site.EMBED_POLICY}),
        (r"/docs", site.PageView, docs),
        (r"/assets/([A-Za-z0-9_.-]{1,200})", site.AssetView, files),
        (r"/(favicon\.svg|favicon\.ico)", site.RootFileView, files),
        (r".*", NotFoundView, common),
    ]
