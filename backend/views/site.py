"""The pages for people: the built SPA, its assets, and the API's documentation."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path

from tornado.web import StaticFileHandler

from backend.errors import NotFoundError
from backend.views.base import BaseView

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
)
# The reader of the OpenAPI document styles itself as it goes and writes markup of its own.
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class PageView(BaseView):
    """One HTML file of the built SPA, the same for every address it serves."""

    site: Path
    file: str
    policy: str

    async def get(self, **_: str) -> None:
        page = self.site / self.file
        if not page.is_file():
            raise NotFoundError("The pages are not built. Run `make run`, or use the API.")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Content-Security-Policy", self.policy)
        self.clear_header("Access-Control-Allow-Origin")
        self.finish(page.read_bytes())


class AssetView(BaseView, StaticFileHandler):
    """Files whose names hold a hash of what is in them: they can be kept for ever."""

    def initialize(self, path: str, **parts: object) -> None:  # type: ignore[override]
        BaseView.initialize(self, **parts)  # type: ignore[arg-type]
        StaticFileHandler.initialize(self, path)

    def prepare(self) -> Awaitable[None] | None:
        # They are small: parts of them are of no use to anyone.
        self.request.headers.pop("Range", None)
        return super().prepare()

    async def head(self, path: str) -> None:  # type: ignore[override]
        await StaticFileHandler.get(self, path, include_body=False)

    def compute_etag(self) -> str | None:
        return StaticFileHandler.compute_etag(self)

    def set_extra_headers(self, _path: str) -> None:
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.clear_header("Accept-Ranges")
