"""The pages for people: the built SPA, its assets, and the API's documentation."""

from __future__ import annotations

from backend.errors import NotFoundError, ServiceError
from backend.services.runner import Runner
from backend.services.site import Site
from backend.views.base import BaseView

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
)
# A table in a page of somebody else's: there nothing can be changed.
EMBED_POLICY = POLICY.replace("frame-ancestors 'self'", "frame-ancestors *")
# The reader of the OpenAPI document styles itself as it goes and writes markup of its own.
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class AssetView(BaseView):
    """Files whose names hold a hash of what is in them: they can be kept for ever."""

    site: Site
    runner: Runner
    folder = "assets/"
    caching = "public, max-age=31536000, immutable"

    async def get(self, name: str) -> None:
        await self.send_file(self.folder + name)

    async def send_file(self, name: str) -> None:
        """Send a file of the site, compressed where the client takes that."""
        file = await self.runner.run(self.site.get, name)
        if file is None:
            raise NotFoundError("There is no such file.")
        self.set_header("Cache-Control", self.caching)
        self.send_kept(file)


class RootFileView(AssetView):
    """Files that programs look for at the root of a site."""

    folder = ""
    caching = "public, max-age=86400"


class PageView(AssetView):
    """One HTML file of the built SPA, the same for every address it serves."""

    file: str
    policy: str
    caching = "no-cache"

    async def get(self, **_: str) -> None:  # type: ignore[override]
        self.set_header("Content-Security-Policy", self.policy)
        self.clear_header("Access-Control-Allow-Origin")
        await self.send_file(self.file)

    def as_service_error(self, status: int, error: BaseException | None) -> ServiceError:
        if isinstance(error, NotFoundError):
            error = NotFoundError("The pages are not built. Run `make run`, or use the API.")
        return super().as_service_error(status, error)
