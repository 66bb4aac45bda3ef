"""Bytes → columnar files: the one entrance. The content decides the format, not the file name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from backend.domain import ReadingOptions
from backend.ingest.arrow_files import ArrowReading
from backend.ingest.delimited import DelimitedReading
from backend.ingest.failure import ReadingError
from backend.ingest.formats import (
    COMPRESSIONS,
    DELIMITED,
    HEAD_BYTES,
    STREAMED,
    WORKBOOKS,
    find_format,
    find_format_of_head,
)
from backend.ingest.growing import GrowingFile
from backend.ingest.json_rows import JsonReading
from backend.ingest.limits import Limits
from backend.ingest.results import Reading, SheetFiles
from backend.ingest.unpacking import Unpacked, open_unpacked
from backend.ingest.workbook import WorkbookReading

__all__ = ["Reading", "ReadingError", "SheetFiles", "read_file"]

GROWTH_IDLE_S = 60.0
Progressed = Callable[[int, float | None], None]


def read_file(
    source: Path,
    filename: str,
    options: ReadingOptions,
    output: Path,
    limits: Limits,
    progress: Progressed,
    *,
    careful: bool = False,
    growing: Path | None = None,
) -> Reading:
    """Reads `source` into columnar files in the directory `output`; raises ReadingError.

    `filename` only names the sheet. `progress` gets the rows so far and the part of the file done.
    `careful` leaves out engines that may die of a file. `growing`: the file is still being written,
    and this one will hold its size; only delimited text is read so, anything else is refused.
    """
    if growing is not None:
        return _read_growing(source, growing, _Task(options, output, limits, progress, careful))
    if source.stat().st_size == 0:
        raise ReadingError("empty_file", "The file is empty.")
    task = _Task(options, output, limits, progress, careful)
    kind = find_format(source, options)
    if kind not in COMPRESSIONS:
        return _noted(task.read(source, kind, filename), None)
    with open_unpacked(source, kind, filename) as unpacked:
        return _noted(task.read_unpacked(unpacked), kind)


def _read_growing(source: Path, end: Path, task: _Task) -> Reading:
    with GrowingFile(source, end, idle_s=GROWTH_IDLE_S) as stream:
        head = stream.read(HEAD_BYTES)
        if find_format_of_head(head, task.options) != DELIMITED:
            raise ReadingError("unsupported_format", "It can be read only when it is complete.")
        stream.seek(0)
        return _noted(task.read_stream(stream, DELIMITED, 0, "table"), None)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Task:
    options: ReadingOptions
    output: Path
    limits: Limits
    progress: Progressed
    careful: bool

    def read(self, source: Path, kind: str, filename: str) -> Reading:
        """A file on the disk."""
        name = Path(filename).stem or "table"
        if kind in WORKBOOKS:
            workbook = WorkbookReading(
                source, kind, self.options, self.output, self.limits, self.progress
            )
            return workbook.read(careful=self.careful)
        if kind in STREAMED:
            with source.open("rb") as stream:
                return self.read_stream(stream, kind, source.stat().st_size, name)
        return ArrowReading(source, kind, name, self.output, self.limits, self.progress).read()

    def read_unpacked(self, unpacked: Unpacked) -> Reading:
        """What a compressed file holds; only what must be read out of order goes to the disk."""
        head = unpacked.head()
        if not head:
            raise ReadingError("empty_file", "The compressed file holds nothing.")
        kind = find_format_of_head(head, self.options)
        name = Path(unpacked.name).stem or "table"
        if kind in STREAMED:
            return self.read_stream(unpacked, kind, unpacked.packed_size, name)  # type: ignore[arg-type]
        whole = self.output / "tmp" / "unpacked"
        whole.parent.mkdir(parents=True, exist_ok=True)
        with whole.open("wb") as stream:
            shutil.copyfileobj(unpacked, stream, 1024 * 1024)
        kind = find_format(whole, self.options)
        if kind in COMPRESSIONS:
            raise ReadingError(
                "unsupported_format", "The file is compressed twice: unpack it once and retry."
            )
        return self.read(whole, kind, unpacked.name)

    def read_stream(self, stream: BinaryIO, kind: str, size: int, name: str) -> Reading:
        """A text, from beginning to end."""
        if kind == DELIMITED:
            return DelimitedReading(
                stream, size, name, self.options, self.output, self.limits, self.progress
            ).read()
        return JsonReading(
            stream, size, name, kind, self.options, self.output, self.limits, self.progress
        ).read()


def _noted(reading: Reading, compression: str | None) -> Reading:
    report: dict[str, Any] = dict(reading.report)
    report["compression"] = {"value": compression} if compression else None
    return Reading(reading.sheets, report)
