"""Exports: a sheet, or a view of one, in the format of another program: streamed, or a file."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakSet

from backend.config import Config
from backend.domain import Revision, RowQuery, Sheet
from backend.errors import UnavailableError, WorkbookTooSmallError
from backend.services.choosing import chosen_columns, chosen_sheet
from backend.services.compressing import gzipped
from backend.services.downloads import Download, blob_download, file_download
from backend.services.metadata import Metadata
from backend.services.pages import PageService
from backend.services.querying import QueryService
from backend.services.row_queries import WantedRows, row_query
from backend.services.runner import Runner
from backend.services.shared_work import SharedWork
from backend.store.blobs import BlobStore
from backend.tables.exports.formats import FORMATS, VERSION
from backend.tables.exports.making import ExportMaker, Wanted
from backend.tables.exports.workbook import MAX_ROWS
from backend.tables.files import FileCache

MEDIA_TYPES = tuple(
    dict.fromkeys(format.media_type.partition(";")[0] for format in FORMATS.values())
)
"""Of all formats, without their parameters."""

RUN_BY_PROGRAMS = {"csv", "tsv", "xlsx"}
"""Formats whose text a spreadsheet program may run."""

LONGEST_NAME = 120

NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]')
"""What file systems do not take, and what would show a name in another order than it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuery:
    """What a caller asks of an export."""

    sheet: str | None
    sheet_index: int | None
    columns: tuple[str, ...] | None
    raw: bool
    rows: WantedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that can be made, from rows that never change."""

    wanted: Wanted
    rows: RowQuery
    filename: str

    @property
    def media_type(self) -> str:
        """Its Content-Type."""
        return self.wanted.format.media_type

    @property
    def is_file(self) -> bool:
        """Whether parts of it can be asked for."""
        return self.wanted.format.is_file

    @property
    def is_stored_file(self) -> bool:
        """Whether it is the columnar file of the sheet, byte for byte."""
        wanted = self.wanted
        is_whole = wanted.view is None and wanted.columns == wanted.sheet.columns
        return is_whole and wanted.extension == "parquet"

    @property
    def id(self) -> str:
        """The same for the same bytes, for ever: blob ids are never used again."""
        wanted = self.wanted
        told = (wanted.sheet.data, wanted.sheet.name, wanted.extension, wanted.raw, wanted.view)
        return _digest(VERSION, *told, [column.key for column in wanted.columns])

    def etags(self, coding: str) -> tuple[str, ...]:
        """Strong ETags: that of the representation, and of another that is as good to have."""
        plain = f'"{self.id[:32]}"'
        return (f'"{self.id[:32]}-{coding}"', plain) if coding else (plain,)

    def coding(self, accepted: str) -> str:
        """The Content-Encoding: the accepted one, or none where that would not make it smaller."""
        return accepted if self.wanted.format.packs else ""


class ExportService:
    """Makes exports. What is written to a file is written once for all who ask."""

    def __init__(
        self,
        *,
        pages: PageService,
        metadata: Metadata,
        blobs: BlobStore,
        files: FileCache,
        querying: QueryService,
        bulk: Runner,
        config: Config,
    ) -> None:
        self._pages = pages
        self._metadata = metadata
        self._blobs = blobs
        folder = config.data_dir / "exports"
        self._maker = ExportMaker(
            files, blobs.fetch, folder, config.export_cache_bytes, config.export_threads
        )
        self._querying = querying
        self._bulk = bulk
        # Files take minutes: they must not stand in the way of pages and downloads.
        self._writers = Runner(config.export_threads, "export")
        self._allowed_s = config.export_timeout_s
        self._making: SharedWork[str, None] = SharedWork()
        self._streaming: WeakSet[Iterator[bytes]] = WeakSet()
        self._max_streams = config.max_streamed_exports
        # A view may take minutes: half of the places stay free for pages.
        self._selecting = asyncio.Semaphore(config.query_workers)

    async def find(
        self, share_id: str, number: int | None, extension: str, query: ExportQuery
    ) -> Export:
        """What would be exported; costs no look at the rows. Names what cannot be."""
        revision = await self._pages.revision(share_id, number)
        title = (await self._metadata.share(share_id)).title
        sheet = chosen_sheet(revision, query.sheet, query.sheet_index)
        columns = chosen_columns(sheet, query.columns)
        rows = row_query(query.rows, sheet)
        if extension == "xlsx" and rows.is_whole and sheet.rows > MAX_ROWS:
            raise WorkbookTooSmallError(
                f"This sheet has {sheet.rows:,} rows; a workbook has at most {MAX_ROWS:,}. Take "
                ".csv or .parquet, or filter."
            )
        wanted = Wanted(
            sheet=sheet,
            columns=columns,
            extension=extension,
            raw=query.raw and extension in RUN_BY_PROGRAMS,
            view=None,
        )
        if not rows.is_whole:
            view = _digest(VERSION, sheet.data, wanted.stored, rows)
            wanted = replace(wanted, view=view)
        return Export(
            wanted=wanted, rows=rows, filename=_filename(title, revision, sheet, extension)
        )

    async def stream(self, export: Export, coding: str) -> Iterator[bytes]:
        """The bytes of a streamed format. Blocking: take each piece in a thread.

        Each holds a few megabytes as long as its client takes. UnavailableError above the limit.
        """
        if len(self._streaming) >= self._max_streams:
            raise UnavailableError(
                f"This server sends {self._max_streams} exports at a time.",
                headers={"Retry-After": "10"},
            )
        await self._view(export)
        made = self._maker.stream(export.wanted)
        pieces = gzipped(made) if coding else made
        self._streaming.add(pieces)
        return pieces

    async def download(self, export: Export) -> Download:
        """The bytes of a format that is a file, whole or in parts."""
        if export.is_stored_file:
            return await self._bulk.run(blob_download, self._blobs, export.wanted.sheet.data)
        await self._once(export.id, lambda: self._write(export))
        return file_download(await self._bulk.run(self._maker.open, export.id))

    def close(self) -> None:
        """Wait for what is being written; whoever asked for it is gone by now."""
        self._writers.close()
        self._maker.close()

    async def _view(self, export: Export) -> None:
        view = export.wanted.view
        if view is not None:
            await self._once(view, lambda: self._select(export, view))

    async def _once(self, id: str, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Make the file of an id unless it is there; once for all who ask meanwhile."""
        if id in self._making or not await self._bulk.run(self._maker.is_made, id):
            await self._making.do(id, make)

    async def _write(self, export: Export) -> None:
        await self._view(export)
        given_up = threading.Event()
        try:
            await self._writers.run(
                self._maker.write, export.wanted, export.id, self._allowed_s, given_up
            )
        finally:
            given_up.set()

    async def _select(self, export: Export, view: str) -> None:
        """Have the query process write the rows of a view to a file."""
        wanted, path = export.wanted, self._maker.new_path().absolute()
        arguments = {"path": str(path), "columns": wanted.stored}
        try:
            async with self._selecting:
                await self._querying.ask(
                    "export_rows", wanted.sheet, export.rows, arguments, timeout_s=self._allowed_s
                )
            await self._bulk.run(self._maker.adopt, view, path)
        finally:
            await self._bulk.run(path.unlink, missing_ok=True)


def _digest(*told: object) -> str:
    said = repr(told).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=32).hexdigest()


def _filename(title: str, revision: Revision, sheet: Sheet, extension: str) -> str:
    """The title without the ending that its file had, the sheet where there are several."""
    stem = re.sub(r"\.[A-Za-z][A-Za-z0-9]{1,7}(\.(gz|zst|zip))?$", "", title).strip() or "table"
    if len(revision.sheets) > 1:
        stem = f"{stem} - {sheet.name}"
    return f"{NOT_IN_NAMES.sub('_', stem)[:LONGEST_NAME]}.{extension}"
