"""Bytes → columnar files: the one entrance. The content decides the format, not the file name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from backend.domain import ReadingOptions
from backend.ingest.delimited import DelimitedReading
from backend.ingest.failure import ReadingError
from backend.ingest.formats import XLSX, find_format
from backend.ingest.limits import Limits
from backend.ingest.results import Reading, SheetFiles
from backend.ingest.workbook import WorkbookReading

__all__ = ["Reading", "ReadingError", "SheetFiles", "read_file"]


def read_file(
    source: Path,
    filename: str,
    options: ReadingOptions,
    output: Path,
    limits: Limits,
    progress: Callable[[int, float | None], None],
) -> Reading:
    """Reads `source` into columnar files in the directory `output`; raises ReadingError.

    `filename` only names the sheet. `progress` gets the rows so far and the part of the file done.
    """
    size = source.stat().st_size
    if size == 0:
        raise ReadingError("empty_file", "The file is empty.")
    if find_format(source, text=options.encoding is not None) == XLSX:
        return WorkbookReading(source, options, output, limits, progress).read()
    with source.open("rb") as stream:
        name = Path(filename).stem or "table"
        reading = DelimitedReading(stream, size, name, options, output, limits, progress)
        return reading.read()
