"""Workbooks: every visible sheet becomes a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from backend.domain import Column, ReadingOptions, Sheet
from backend.ingest.books import Book, SheetInfo, UnclearSheetError
from backend.ingest.cells import GatheredColumn, cell_text
from backend.ingest.columns import column_keys
from backend.ingest.failure import ReadingError
from backend.ingest.layout import Layout, find_layout
from backend.ingest.limits import Limits
from backend.ingest.opening import ENGINES, open_book
from backend.ingest.report import Warnings
from backend.ingest.results import Reading, SheetFiles
from backend.ingest.writing import SheetWriter

BATCH_ROWS = 8_192
LOOK_AHEAD = 200
Progressed = Callable[[int, float | None], None]
Report = dict[str, Any]


class WorkbookReading:
    """The reading of one workbook."""

    def __init__(
        self,
        source: Path,
        kind: str,
        options: ReadingOptions,
        output: Path,
        limits: Limits,
        progress: Progressed,
    ) -> None:
        self.source = source
        self.kind = kind
        self.options = options
        self.output = output
        self.limits = limits
        self.progress = progress
        self.done_rows = 0

    def read(self, *, careful: bool = False) -> Reading:
        """Reads all chosen sheets; with the next engine if one is not sure of a sheet.

        `careful` begins with the last one.
        """
        tried = len(ENGINES[self.kind]) - 1 if careful else 0
        while True:
            book, tried = open_book(self.source, self.kind, skip=tried)
            try:
                return self._read(book, first=tried == 1)
            except UnclearSheetError:
                continue

    def _read(self, book: Book, *, first: bool) -> Reading:
        chosen = self._chosen(book)
        sheets: list[SheetFiles] = []
        reports: list[Report] = []
        self.done_rows = 0
        empty: list[str] = []
        for part, info in enumerate(chosen):
            reading = _SheetReading(self, book, info, len(sheets), (part + 0.5) / len(chosen))
            if not reading.width:
                empty.append(info.name)
                continue
            files, report = reading.read()
            sheets.append(files)
            reports.append(report)
        if not sheets:
            raise ReadingError("empty_file", "The workbook has no cell with a value.")
        hidden = [sheet.name for sheet in book.sheets if not sheet.visible]
        report = {
            "format": self.kind,
            "engine": book.engine,
            "path": "fast" if first else "tolerant",
            "encoding": None,
            "delimiter": None,
            "quote": None,
            "line_end": None,
            "header": reports[0]["header"],
            "preamble": reports[0]["preamble"],
            "warnings": [warning for one in reports for warning in one["warnings"]],
            "sheets": {"hidden": hidden, "empty": empty, "read": reports},
        }
        return Reading(tuple(sheets), report)

    def _chosen(self, book: Book) -> list[SheetInfo]:
        tables = [sheet for sheet in book.sheets if sheet.worksheet]
        if self.options.sheet is not None:
            chosen = [sheet for sheet in tables if sheet.name == self.options.sheet]
            if not chosen:
                raise ReadingError(
                    "sheet_not_found", f"The workbook has no sheet called {self.options.sheet!r}."
                )
            return chosen
        chosen = [sheet for sheet in tables if sheet.visible]
        if not chosen:
            raise ReadingError("not_a_table", "The workbook has no visible sheet.")
        if len(chosen) > self.limits.max_sheets:
            raise ReadingError(
                "too_many_sheets",
                f"The workbook has {len(chosen)} sheets; "
                f"at most {self.limits.max_sheets} are read.",
            )
        return chosen


class _SheetReading:
    """The reading of one sheet."""

    def __init__(
        self, whole: WorkbookReading, book: Book, info: SheetInfo, index: int, fraction: float
    ) -> None:
        self.whole = whole
        self.book = book
        self.info = info
        self.index = index
        self.fraction = fraction
        self.warnings = Warnings()
        self.rows = 0
        self.numbered = enumerate(book.rows(info.name), start=1)
        self.first = list(islice(self.numbered, LOOK_AHEAD))
        self.width = max((len(row) for _, row in self.first), default=0)

    def read(self) -> tuple[SheetFiles, Report]:
        first, width = self.first, self.width
        if width > self.whole.limits.max_columns:
            raise ReadingError(
                "too_many_columns",
                f"The sheet {self.info.name!r} has {width} columns; at most "
                f"{self.whole.limits.max_columns} are read.",
            )
        filled = [(number, row) for number, row in first if not _is_blank(row)]
        layout, names, header = self._layout(filled, width)
        start = filled[layout.first][0] if layout.first < len(filled) else len(first) + 1
        if header is not None:
            start = header + 1
        above = [number for number, _ in filled if number < (header or start)]
        self.warnings.add("preamble_skipped", above)
        rest = ((n, row) for n, row in chain(first, self.numbered) if n >= start)
        columns = self._gather(rest, width)
        self.warnings.add("uncalculated_formulas", self.book.uncalculated(self.info.name))
        for code in self.book.warnings():
            self.warnings.add(code, [], count=1)
        files = self._write(columns, names)
        report = {
            "name": self.info.name,
            "header": {
                "rows": [header] if header else [],
                "generated": header is None,
                "confidence": layout.confidence,
            },
            "preamble": {"lines": len(above)},
            "warnings": [w | {"sheet": self.info.name} for w in self.warnings.as_json()],
        }
        return files, report

    def _layout(
        self, filled: Sequence[tuple[int, list[Any]]], width: int
    ) -> tuple[Layout, list[str], int | None]:
        """The layout, the header's names, and the header's row number."""
        asked = self.whole.options.header_row
        if asked == 0:
            layout = Layout(None, 0, 1.0)
        elif asked is not None:
            places = [place for place, (number, _) in enumerate(filled) if number == asked]
            if not places:
                raise ReadingError(
                    "header_row_not_found",
                    f"Row {asked} of the sheet {self.info.name!r}, given as the header, is empty.",
                )
            layout = Layout(places[0], places[0] + 1, 1.0)
        else:
            layout = find_layout([_texts(row) for _, row in filled], width)
        if layout.header is None:
            return layout, [], None
        number, row = filled[layout.header]
        return layout, _texts(row), number

    def _gather(self, rows: Iterator[tuple[int, list[Any]]], width: int) -> list[GatheredColumn]:
        columns = [GatheredColumn() for _ in range(width)]
        blanks: list[int] = []
        while batch := list(islice(rows, BATCH_ROWS)):
            kept = []
            for number, row in batch:
                if width > 1 and _is_blank(row):
                    blanks.append(number)
                else:
                    kept.append(row)
            for column, cells in zip(columns, zip(*kept, strict=True), strict=False):
                column.add(cells)
            self.rows += len(kept)
            self.whole.progress(self.whole.done_rows + self.rows, self.fraction)
        self.warnings.add("blank_rows_skipped", blanks)
        self.whole.done_rows += self.rows
        return columns

    def _write(self, gathered: list[GatheredColumn], names: list[str]) -> SheetFiles:
        named = [
            (name, False) if name else (f"column_{number}", True)
            for number, name in enumerate(names or [""] * len(gathered), start=1)
        ]
        keys = column_keys([name for name, _ in named])
        columns: list[Column] = []
        values: list[Any] = []
        for key, (name, generated), column in zip(keys, named, gathered, strict=True):
            kind, array = column.finish()
            columns.append(Column(key, name, kind, array.null_count, generated))
            values.append(array)
            if column.mixed:
                self.warnings.add("mixed_types", [], count=1, column=key)
        schema = pa.schema([(key, array.type) for key, array in zip(keys, values, strict=True)])
        with SheetWriter(self.whole.output, self.index, schema) as writer:
            if values:
                writer.add(values)
        sheet = Sheet(self.index, self.info.name, self.rows, tuple(columns), "", None)
        return SheetFiles(sheet, writer.data, None)


def _is_blank(row: Sequence[Any]) -> bool:
    return all(cell is None or cell == "" for cell in row)


def _texts(row: Sequence[Any]) -> list[str]:
    return [cell_text(cell) or "" for cell in row]
