"""Pages: a revision never changes, so what was encoded once is right for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import orjson

from backend.domain import Column, PageQuery, Revision, RevisionState, Sheet
from backend.errors import NoRevisionYetError, NotReadyError, UnknownSheetError
from backend.services.compressing import worth_gzip
from backend.services.metadata import Metadata
from backend.services.runner import Runner
from backend.tables.byte_bounded import ByteBoundedCache
from backend.tables.pages import PageReader


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsQuery:
    """What a caller asks of the rows of a revision."""

    sheet: str | None
    sheet_index: int | None
    page: PageQuery


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


EncodedCache = ByteBoundedCache[tuple[str, str, str], EncodedPage]
"""By what the rows are, the raw query, and the coding that was asked for."""


class PageService:
    """Pages of the head or of a pinned revision, encoded once and kept."""

    def __init__(
        self,
        metadata: Metadata,
        reader: PageReader,
        encoded: EncodedCache,
        runner: Runner,
    ) -> None:
        self._metadata = metadata
        self._reader = reader
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
        return self._encoded.get((_identity(revision), raw_query, coding))

    async def page(
        self, revision: Revision, raw_query: str, query: RowsQuery, coding: str
    ) -> EncodedPage:
        """Read, encode and keep a page."""
        page = self.encoded(revision, raw_query, "") if coding else None
        if page is None:
            page = await self._runner.run(self._encode, revision, raw_query, query)
        if coding:
            page = await self._runner.run(_compressed, page)
        self._encoded.put((_identity(revision), raw_query, coding), page)
        return page

    def _encode(self, revision: Revision, raw_query: str, query: RowsQuery) -> EncodedPage:
        sheet = _sheet(revision, query)
        delimited = (revision.report or {}).get("format") == "delimited"
        page = self._reader.read(sheet, query.page, null_text="" if delimited else None)
        following = _next(revision, sheet, query.page)
        document = {
            "share": revision.share_id,
            "revision": revision.number,
            "sheet_index": sheet.index,
            "offset": query.page.offset,
            "total": sheet.rows,
            "columns": [_column(column) for column in page.columns],
            "rows": page.rows,
            "next": following,
        }
        return EncodedPage(
            body=orjson.dumps(document),
            etag=_etag(revision, raw_query),
            link=f'<{following}>; rel="next"' if following else None,
        )


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


def _sheet(revision: Revision, query: RowsQuery) -> Sheet:
    wanted: int | str = 0
    if query.sheet is not None:
        wanted = query.sheet
        found = [sheet for sheet in revision.sheets if sheet.name == query.sheet]
    else:
        wanted = query.sheet_index or 0
        found = [sheet for sheet in revision.sheets if sheet.index == wanted]
    if not found:
        names = ", ".join(repr(sheet.name) for sheet in revision.sheets[:20])
        raise UnknownSheetError(
            f"Revision {revision.number} has no sheet {wanted!r}; its sheets are: {names}."
        )
    return found[0]


def _column(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {"key": column.key, "name": column.name, "type": column.type}
    if not column.exact:
        told["integers_as_strings"] = True
    return told


def _next(revision: Revision, sheet: Sheet, page: PageQuery) -> str | None:
    offset = page.offset + page.limit
    if offset >= sheet.rows:
        return None
    query: dict[str, Any] = {"offset": offset, "limit": page.limit}
    if sheet.index:
        query["sheet_index"] = sheet.index
    if page.columns is not None:
        query["columns"] = ",".join(page.columns)
    if page.shape != "objects":
        query["shape"] = page.shape
    if page.values != "typed":
        query["values"] = page.values
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
