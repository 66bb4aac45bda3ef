"""Pages: a revision never changes, so what was encoded once is right for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import orjson

from backend.domain import Page, PageQuery, Revision, RevisionState, Sheet
from backend.errors import NoRevisionYetError, NotReadyError
from backend.services.choosing import chosen_columns, chosen_sheet, column_header
from backend.services.compressing import worth_gzip
from backend.services.metadata import Metadata
from backend.services.row_queries import WantedRows, row_query
from backend.services.row_views import RowViews
from backend.services.runner import Runner
from backend.tables.byte_bounded import ByteBoundedCache
from backend.tables.pages import PageReader, is_small, read_found


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsQuery:
    """What a caller asks of the rows of a revision."""

    sheet: str | None
    sheet_index: int | None
    page: PageQuery
    wanted: WantedRows = field(default_factory=WantedRows)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPage:
    """A page as it goes over the wire, in one representation."""

    body: bytes
    etag: str
    link: str | None
    """The Link header; None on the last page."""
    coding: str = ""
    """The Content-Encoding: `gzip`, or none."""

    def __len__(self) -> int:
        return len(self.body)

    @property
    def etags(self) -> list[str]:
        """Its own, and that of the page without a coding: whoever has that has these rows."""
        return [self.etag, self.etag.replace(f"-{self.coding}", "")] if self.coding else [self.etag]


LONG_QUERY = 300

EncodedCache = ByteBoundedCache[tuple[str, str, str], EncodedPage]
"""By what the rows are, the raw query, and the coding that was asked for."""


class PageService:
    """Pages of the head or of a pinned revision, encoded once and kept."""

    def __init__(
        self,
        metadata: Metadata,
        reader: PageReader,
        views: RowViews,
        encoded: EncodedCache,
        runner: Runner,
    ) -> None:
        self._metadata = metadata
        self._reader = reader
        self._views = views
        self._encoded = encoded
        self._runner = runner

    async def revision(self, share_id: str, number: int | None) -> Revision:
        """The pinned revision, or the head. 409 where it cannot be shown (yet)."""
        if number is None:
            share = await self._metadata.share(share_id)
            if share.head is None:
                raise NoRevisionYetError(
                    "No upload to this share has been read yet. Follow its changes, or ask again.",
                    latest=share.latest,
                )
            number = share.head
        revision = await self._metadata.revision(share_id, number)
        if revision.state is not RevisionState.READY:
            raise _not_ready(revision)
        return revision

    def etags(self, revision: Revision, raw_query: str, coding: str) -> list[str]:
        """Strong ETags that the answer may have, likeliest first; costs no look at the rows.

        With a coding there are two: a page that is not worth it goes out as it is.
        """
        plain = _etag(revision, raw_query)
        return [f'{plain[:-1]}-{coding}"', plain] if coding else [plain]

    def encoded(self, revision: Revision, raw_query: str, coding: str) -> EncodedPage | None:
        """The page's JSON if it was made before."""
        return self._encoded.get(_kept_under(revision, raw_query, coding))

    async def page(
        self, revision: Revision, raw_query: str, query: RowsQuery, coding: str
    ) -> EncodedPage:
        """Read, encode and keep a page."""
        page = self.encoded(revision, raw_query, "") if coding else None
        if page is None:
            page = await self._made(revision, raw_query, query)
        if coding:
            page = await self._runner.run(_compressed, page)
        self._encoded.put(_kept_under(revision, raw_query, coding), page)
        return page

    async def _made(self, revision: Revision, raw_query: str, query: RowsQuery) -> EncodedPage:
        sheet = chosen_sheet(revision, query.sheet, query.sheet_index)
        rows = row_query(query.wanted, sheet)
        made = _Asked(revision, sheet, raw_query, query)
        if rows.is_whole:
            kept = self._reader.read_kept(sheet, query.page, null_text=made.null_text)
            if kept is not None:
                return made.encode(kept, sheet.rows)
            return await self._runner.run(self._read, made)
        columns = chosen_columns(sheet, query.page.columns)
        found = await self._views.rows(sheet, rows, query.page, columns)
        if is_small(found, sheet, query.page):
            return self._convert(made, found)
        return await self._runner.run(self._convert, made, found)

    def _read(self, made: _Asked) -> EncodedPage:
        page = self._reader.read(made.sheet, made.query.page, null_text=made.null_text)
        return made.encode(page, made.sheet.rows)

    def _convert(self, made: _Asked, found: bytes) -> EncodedPage:
        table, total = read_found(found)
        page = self._reader.page_of(made.sheet, made.query.page, table, null_text=made.null_text)
        return made.encode(page, total)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page on its way: what was asked of which sheet."""

    revision: Revision
    sheet: Sheet
    raw_query: str
    query: RowsQuery

    @property
    def null_text(self) -> str | None:
        """What a null is as text: delimited files have no other way to write one."""
        return "" if (self.revision.report or {}).get("format") == "delimited" else None

    def encode(self, page: Page, total: int) -> EncodedPage:
        """The page as JSON."""
        following = _next(self.revision, self.sheet, self.query, total)
        document = {
            "share": self.revision.share_id,
            "revision": self.revision.number,
            "sheet_index": self.sheet.index,
            "offset": self.query.page.offset,
            "total": total,
            "columns": [column_header(column) for column in page.columns],
            "rows": page.rows,
            "next": following,
        }
        return EncodedPage(
            body=orjson.dumps(document),
            etag=_etag(self.revision, self.raw_query),
            link=f'<{following}>; rel="next"' if following else None,
        )


def _kept_under(revision: Revision, raw_query: str, coding: str) -> tuple[str, str, str]:
    # A cache weighs its values, not its keys; an address may have as many as 64 KiB.
    if len(raw_query) > LONG_QUERY:
        # no query has a hash sign
        raw_query = f"#{hashlib.blake2b(raw_query.encode(), digest_size=32).hexdigest()}"
    return (_identity(revision), raw_query, coding)


def _identity(revision: Revision) -> str:
    # Blob ids are never used again, unlike a share's numbers after a restored backup. A page
    # names its share and revision, so they belong to what it is made of.
    sheets = revision.sheets
    return f"{revision.share_id}/{revision.number}/{sheets[0].data if sheets else ''}"


def _etag(revision: Revision, raw_query: str) -> str:
    said = f"{_identity(revision)}\n{raw_query}"
    return f'"{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"'


def _compressed(page: EncodedPage) -> EncodedPage:
    """The page with gzip, or as it is where that would gain little."""
    body = worth_gzip(page.body)
    if body is None:
        return page
    return replace(page, body=body, coding="gzip", etag=f'{page.etag[:-1]}-gzip"')


def _next(revision: Revision, sheet: Sheet, asked: RowsQuery, total: int) -> str | None:
    page = asked.page
    offset = page.offset + page.limit
    if offset >= total:
        return None
    query: list[tuple[str, Any]] = [("offset", offset), ("limit", page.limit)]
    if sheet.index:
        query.append(("sheet_index", sheet.index))
    if page.columns is not None:
        query.append(("columns", ",".join(page.columns)))
    if page.shape != "objects":
        query.append(("shape", page.shape))
    if page.values != "typed":
        query.append(("values", page.values))
    query += asked.wanted.parameters()
    return f"/api/v1/shares/{revision.share_id}/revisions/{revision.number}/rows?{urlencode(query)}"


def _not_ready(revision: Revision) -> NotReadyError:
    if revision.state is RevisionState.PROCESSING:
        return NotReadyError(
            f"Revision {revision.number} is still being read.", state=revision.state
        )
    failure = revision.failure
    reason = f" {failure.detail}" if failure else ""
    return NotReadyError(
        f"Revision {revision.number} could not be read.{reason}",
        state=revision.state,
        failure={"code": failure.code, "detail": failure.detail} if failure else None,
    )
