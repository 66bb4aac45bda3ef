"""Exports over HTTP: a table under a link that ends like a file."""

from __future__ import annotations

from backend.errors import (
    NoRevisionYetError,
    NotReadyError,
    RangeNotSatisfiableError,
    WorkbookTooSmallError,
)
from backend.operations import operation
from backend.schemas.exports import ExportQuerySchema
from backend.services.exports import MEDIA_TYPES, Export, ExportService
from backend.views.downloading import DownloadView
from backend.views.rows import HEAD, PINNED, QUERY_ERRORS

EXPORT_ERRORS = (*QUERY_ERRORS, RangeNotSatisfiableError, WorkbookTooSmallError)
TOLD = {"Content-Disposition": "The name under which to keep it (RFC 8187)."}


class ExportView(DownloadView):
    """The head of a share as a file."""

    exports: ExportService

    @operation(
        summary="Export the newest ready revision",
        description="`xlsx` and `parquet` are files, of which parts can be asked for; the others "
        "are made while they are sent.",
        tag="exports",
        query=ExportQuerySchema,
        produces=MEDIA_TYPES[0],
        also_produces=MEDIA_TYPES[1:],
        errors=(*EXPORT_ERRORS, NoRevisionYetError),
        not_modified=True,
        partial=True,
        told=TOLD,
    )
    async def get(self, share_id: str, format: str) -> None:
        await self.send_export(share_id, None, format)

    async def send_export(self, share_id: str, number: int | None, format: str) -> None:
        """Send it, unless the client has it already."""
        export = await self.exports.find(share_id, number, format, self.load_query())
        self.describe_file(export.filename, export.media_type)
        self.set_header("Cache-Control", HEAD if number is None else PINNED)
        etag, *others = export.etags(coding := export.coding(self.accepted_coding()))
        if self.is_fresh(etag, *others):
            return
        self.set_header("ETag", etag)
        if export.is_file:
            download = await self.unless_left(self.exports.download(export))
            await self.send_download(download, etag)
        else:
            await self.send_streamed(export, coding)

    async def send_streamed(self, export: Export, coding: str) -> None:
        """Send it while it is made. How long it will be is not known before its end."""
        if coding:
            self.set_header("Content-Encoding", coding)
        if self.request.method == "HEAD":
            await self.flush()
            return
        await self.send_pieces(await self.unless_left(self.exports.stream(export, coding)))


class PinnedExportView(ExportView):
    """One revision as a file, which never changes."""

    @operation(
        summary="Export one revision",
        description="Parts of `parquet` can be read in place, as DuckDB and pandas do.",
        tag="exports",
        query=ExportQuerySchema,
        produces=MEDIA_TYPES[0],
        also_produces=MEDIA_TYPES[1:],
        errors=(*EXPORT_ERRORS, NotReadyError),
        not_modified=True,
        partial=True,
        told=TOLD,
    )
    async def get(self, share_id: str, number: str, format: str) -> None:
        await self.send_export(share_id, int(number), format)
