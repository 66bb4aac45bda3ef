"""Pages over HTTP: the path that has to be quick."""

from __future__ import annotations

from typing import Any

from backend.errors import (
    InvalidParameterError,
    NoRevisionYetError,
    NotFoundError,
    NotReadyError,
    PageTooLargeError,
    UnknownColumnError,
    UnknownSheetError,
)
from backend.operations import operation
from backend.schemas.pages import PageSchema, RowsQuerySchema
from backend.services.pages import PageService
from backend.views.base import BaseView

PAGE_ERRORS = (
    InvalidParameterError,
    UnknownColumnError,
    UnknownSheetError,
    PageTooLargeError,
    NotFoundError,
)
PINNED = "public, max-age=31536000, immutable, s-maxage=60"
HEAD = "no-cache"


class RowsView(BaseView):
    """The rows of a share's head."""

    pages: PageService

    @operation(
        summary="Read a page of the newest ready revision",
        tag="rows",
        query=RowsQuerySchema,
        response=PageSchema,
        errors=(*PAGE_ERRORS, NoRevisionYetError),
        not_modified=True,
    )
    async def get(self, share_id: str) -> None:
        await self.send_page(share_id, None)

    async def send_page(self, share_id: str, number: int | None) -> None:
        """Answer from the encoded pages if we can; neither schema nor database is asked then."""
        asked = self.request.query
        revision = await self.pages.revision(share_id, number)
        body = self.pages.encoded(revision, asked)
        # A query under which a page was encoded before needs no second look.
        query: Any = None if body else self.load_query()
        self._headers["Cache-Control"] = HEAD if number is None else PINNED
        if self.is_fresh(self.pages.etag(revision, asked)):
            return
        self.send_encoded(body or await self.pages.page(revision, asked, query))


class PinnedRowsView(RowsView):
    """The rows of one revision, which never change."""

    @operation(
        summary="Read a page of one revision",
        tag="rows",
        query=RowsQuerySchema,
        response=PageSchema,
        errors=(*PAGE_ERRORS, NotReadyError),
        not_modified=True,
    )
    async def get(self, share_id: str, number: str) -> None:
        await self.send_page(share_id, int(number))
