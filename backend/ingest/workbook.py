"""Workbooks: every visible sheet becomes a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.domain import ReadingOptions
from backend.ingest.books import Book, SheetInfo, UnclearSheetError
from backend.ingest.failure import ReadingError
from backend.ingest.limits import Limits
from backend.ingest.opening import FAST, engines_for, open_book
from backend.ingest.results import Reading, SheetFiles
from backend.ingest.sheets import SheetTask, read_sheet

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
        tried = len(engines_for(self.source, self.kind)) - 1 if careful else 0
        while True:
            book, tried = open_book(self.source, self.kind, skip=tried)
            try:
                return self._read(book, first=tried == 1 or book.engine == FAST)
            except UnclearSheetError:
                continue

    def _read(self, book: Book, *, first: bool) -> Reading:
        chosen = self._chosen(book)
        sheets: list[SheetFiles] = []
        reports: list[Report] = []
        self.done_rows = 0
        empty: list[str] = []
        for part, info in enumerate(chosen):
            task = SheetTask(
                book, info, len(sheets), self.options, self.output, self.limits,
                self._telling((part + 0.5) / len(chosen)),
            )  # fmt: skip
            found = read_sheet(task)
            if found is None:
                empty.append(info.name)
                continue
            sheets.append(found[0])
            reports.append(found[1])
            self.done_rows += found[0].sheet.rows
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
            "further_tables": [
                table | {"sheet": one["name"]} for one in reports for table in one["further_tables"]
            ],
            "footer": reports[0]["footer"],
            "warnings": [warning for one in reports for warning in one["warnings"]],
            "sheets": {"hidden": hidden, "empty": empty, "read": reports},
        }
        return Reading(tuple(sheets), report)

    def _telling(self, fraction: float) -> Callable[[int], None]:
        before = self.done_rows
        return lambda rows: self.progress(before + rows, fraction)

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
