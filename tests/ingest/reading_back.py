"""Reads bytes through the ingest and gives the cells back as a page would, by value and by text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain import Column, ReadingOptions, Sheet
from backend.ingest.limits import Limits
from backend.ingest.reading import Reading, ReadingError, SheetFiles, read_file
from backend.tables.canonical import canonical_value

Table = list[list[str]]


@dataclass(frozen=True)
class Back:
    """One sheet, read back from its files; its cells become Python's when they are looked at."""

    sheet: Sheet
    data: pa.Table
    written: pa.Table | None
    report: dict[str, Any]

    @cached_property
    def values(self) -> list[list[Any]]:
        """The rows, by value."""
        columns = [self.data[column.key].to_pylist() for column in self.sheet.columns]
        return [list(row) for row in zip(*columns, strict=True)]

    @cached_property
    def texts(self) -> Table:
        """The rows as they were written; "" where there is nothing."""
        columns = [self._texts(column) for column in self.sheet.columns]
        return [list(row) for row in zip(*columns, strict=True)]

    def _texts(self, column: Column) -> list[str]:
        if column.written:
            assert self.written is not None
            return [text or "" for text in self.written[column.key].to_pylist()]
        cells = self.data[column.key].to_pylist()
        return [canonical_value(cell) or "" for cell in cells]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.sheet.columns]

    @property
    def types(self) -> list[str]:
        return [str(column.type) for column in self.sheet.columns]

    @property
    def warnings(self) -> dict[str, dict[str, Any]]:
        return {warning["code"]: warning for warning in self.report["warnings"]}


def read_all(content: bytes, limits: Limits | None = None, **options: Any) -> list[Back]:
    """Every sheet of a file with these bytes."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.write_bytes(content)
        reading = read_file(
            source,
            "table.csv",
            ReadingOptions(**options),
            Path(folder),
            limits or Limits(),
            lambda _rows, _fraction: None,
        )
        return [_back(files, reading.report) for files in reading.sheets]


def back_from(reading: Reading) -> Back:
    """The only sheet of a reading whose files are still there."""
    (files,) = reading.sheets
    return _back(files, reading.report)


def read(content: bytes, limits: Limits | None = None, **options: Any) -> Back:
    """The only sheet of a file with these bytes."""
    (back,) = read_all(content, limits, **options)
    return back


def failure_code(content: bytes, limits: Limits | None = None, **options: Any) -> str:
    """The code a file with these bytes fails with."""
    try:
        read_all(content, limits, **options)
    except ReadingError as error:
        return error.failure.code
    return "none"


def written_by_csv(
    table: Sequence[Sequence[str]],
    *,
    delimiter: str = ",",
    quote: str = '"',
    quoting: Any = csv.QUOTE_MINIMAL,
    line_end: str = "\r\n",
    encoding: str = "utf-8",
) -> bytes:
    """A table as Python's csv writes it.

    Rows are written with CRLF and then ended as asked: so a cell with any line break is quoted,
    which Python before 3.13 leaves out where the break is not the one that ends rows.
    """
    rows = []
    for row in table:
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=delimiter, quotechar=quote, quoting=quoting)
        writer.writerow(row)
        rows.append(buffer.getvalue().removesuffix("\r\n") + line_end)
    return "".join(rows).encode(encoding)


def _back(files: SheetFiles, report: dict[str, Any]) -> Back:
    data = pq.read_table(files.data)
    written = pq.read_table(files.written) if files.written else None
    assert data.num_rows == files.sheet.rows
    assert [column.key for column in files.sheet.columns] == data.column_names
    assert [column.nulls for column in files.sheet.columns] == [
        cells.null_count for cells in data.columns
    ]
    return Back(files.sheet, data, written, report)
