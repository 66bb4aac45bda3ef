"""Pages over HTTP: the path that has to be quick."""

from __future__ import annotations

from typing import Any

from backend.errors import (
    InvalidParameterError,
    NoRevisionYetError,
    NotFoundError,
    NotReadyError,
    PageTooLargeError,
    QueryEngineUnavailableError,
    QueryTimeoutError,
    QueryTooLargeError,
    UnknownColumnError,
    UnknownSheetError,
)
from backend.operations import operation
from backend.schemas.pages import PageSchema, RowsQuerySchema
from backend.services.pages import EncodedPage, PageService
from backend.views.leaving import LeavingView

QUERY_ERRORS = (
    InvalidParameterError,
    UnknownColumnError,
    UnknownSheetError,
    NotFoundError,
    QueryTimeoutError,
    QueryTooLargeError,
    QueryEngineUnavailableError,
)
"""Of whatever is asked of the rows of a sheet."""
PAGE_ERRORS = (*QUERY_ERRORS, PageTooLargeError)
PINNED = "public, max-age=31536000, immutable, s-maxage=60"
HEAD = "no-cache"


class RowsView(LeavingView):
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
        asked, coding = self.request.query, self.accepted_coding()
        revision = await self.pages.revision(share_id, number)
        page = self.pages.encoded(revision, asked, coding)
        # A query under which a page was encoded before needs no second look.
        query: Any = None if page else self.load_query()
        self._headers["Cache-Control"] = HEAD if number is None else PINNED
        if self.is_fresh(*(page.etags if page else self.pages.etags(revision, asked, coding))):
            return
        if page is None:
            page = await self.unless_left(self.pages.page(revision, asked, query, coding))
        self.send_page_as_it_is(page)

    def send_page_as_it_is(self, page: EncodedPage) -> None:
        """Send what is encoded already."""
        self._headers["ETag"] = page.etag
        if page.link is not None:
            self._headers["Link"] = page.link
        if page.coding:
            self._headers["Content-Encoding"] = page.coding
        self.send_encoded(page.body)


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
