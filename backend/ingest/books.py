"""Workbook engines behind one shape: sheets by name, rows of plain Python values from row 1 on."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import openpyxl
import python_calamine
from openpyxl.styles.numbers import is_datetime

from backend.ingest.failure import ReadingError
from backend.ingest.xlsx_details import Details, find_details, sheet_parts

EMPTY = Details()
ENGINE_FAULTS = (
    python_calamine.CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A sheet as the workbook lists it. Only visible worksheets are published."""

    name: str
    visible: bool
    worksheet: bool = True


class Book(Protocol):
    """An opened workbook."""

    engine: str
    sheets: list[SheetInfo]

    def rows(self, name: str) -> Iterator[list[Any]]:
        """All rows from row 1 of the sheet on; empty cells are None or ''."""

    def uncalculated(self, name: str) -> list[int]:
        """Rows (1-based) with formulas whose value was never stored."""


class CalamineBook:
    """The fast engine; what it drops is put back from the sheet's XML."""

    engine = "calamine"

    def __init__(self, source: Path) -> None:
        self._source = source
        self._book = python_calamine.CalamineWorkbook.from_path(str(source))
        self._parts = sheet_parts(source)
        self._details: dict[str, Details] = {}
        visible = python_calamine.SheetVisibleEnum.Visible
        worksheet = python_calamine.SheetTypeEnum.WorkSheet
        self.sheets = [
            SheetInfo(sheet.name, sheet.visible == visible, sheet.typ == worksheet)
            for sheet in self._book.sheets_metadata
        ]

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows with their error cells; UnclearSheetError if this engine is not sure of them."""
        try:
            yield from self._rows(name)
        except ENGINE_FAULTS as error:
            raise UnclearSheetError(name) from error

    def _rows(self, name: str) -> Iterator[list[Any]]:
        details = self._find_details(name)
        if details.unplaced or name not in self._parts:
            raise UnclearSheetError(name)
        sheet = self._book.get_sheet_by_name(name)
        left = sheet.start[1] if sheet.start else 0
        by_row: dict[int, list[tuple[int, str]]] = {}
        for (row, column), text in details.errors.items():
            by_row.setdefault(row, []).append((column - left, text))
        for number, cells in enumerate(sheet.iter_rows()):
            if number in by_row:
                cells = list(cells)
                for column, text in by_row.pop(number):
                    cells[column] = text
            yield cells
        if by_row:  # error cells beyond what the engine takes for the sheet
            raise UnclearSheetError(name)

    def uncalculated(self, name: str) -> list[int]:
        """Rows with formulas without a value."""
        return self._find_details(name).uncalculated

    def _find_details(self, name: str) -> Details:
        if name not in self._details:
            part = self._parts.get(name)
            self._details[name] = find_details(self._source, part) if part else EMPTY
        return self._details[name]


class OpenpyxlBook:
    """The slow engine, for what the fast one cannot read."""

    engine = "openpyxl"

    def __init__(self, source: Path) -> None:
        with source.open("rb") as stream:  # by a path it would insist on a file name's suffix
            self._book = openpyxl.load_workbook(stream, data_only=True)
        worksheets = {sheet.title for sheet in self._book.worksheets}
        self.sheets = [
            SheetInfo(name, self._book[name].sheet_state == "visible", name in worksheets)
            for name in self._book.sheetnames
        ]

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows from row 1, cells from the first used column."""
        sheet = self._book[name]
        for row in sheet.iter_rows(min_row=1, min_col=sheet.min_column):
            yield [_plain(cell) for cell in row]

    def uncalculated(self, name: str) -> list[int]:  # noqa: ARG002 - the formulas are not loaded
        """Not known to this engine."""
        return []


class UnclearSheetError(Exception):
    """This engine cannot tell every cell of a sheet."""


def open_book(source: Path, *, careful: bool = False) -> Book:
    """The workbook, by the first engine that opens it; `careful` leaves out the fast one."""
    failures: list[Exception] = []
    engines = (OpenpyxlBook,) if careful else (CalamineBook, OpenpyxlBook)
    for engine in engines:
        try:
            return engine(source)
        except python_calamine.PasswordError as error:
            raise ReadingError(
                "password_protected", "The workbook is protected by a password."
            ) from error
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - engines raise whatever a damaged file provokes
            failures.append(error)
    raise ReadingError(
        "corrupt_file", f"The workbook is damaged: {failures[0]}"[:300]
    ) from failures[-1]


def _plain(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, datetime) and is_datetime(cell.number_format) == "date":
        return date(value.year, value.month, value.day)
    return value
