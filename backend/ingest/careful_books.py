"""The slower engines, each for one kind of workbook, where the fast one fails or is not sure."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyxlsb
import xlrd
from openpyxl.styles.numbers import is_datetime

from backend.ingest.binary_details import ERRORS
from backend.ingest.books import SheetInfo, check_area
from backend.ingest.openpyxl_cells import load_cells


class OpenpyxlBook:
    """XLSX and XLSM."""

    engine = "openpyxl"

    def __init__(self, source: Path) -> None:
        self._book, self.sheets = load_cells(source)

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows from row 1, cells from the first used column."""
        sheet = self._book[name]
        columns = sheet.max_column - sheet.min_column + 1
        check_area(name, sheet.max_row, columns, len(sheet._cells))
        for row in sheet.iter_rows(min_row=1, min_col=sheet.min_column):
            yield [_plain(cell) for cell in row]

    def uncalculated(self, name: str) -> list[int]:  # noqa: ARG002 - the formulas are not loaded
        """Not known to this engine."""
        return []

    def warnings(self) -> list[str]:
        """Nothing is left out."""
        return []


def _plain(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, datetime) and is_datetime(cell.number_format) == "date":
        return date(value.year, value.month, value.day)
    return value


class XlrdBook:
    """XLS."""

    engine = "xlrd"

    def __init__(self, source: Path) -> None:
        self._book = xlrd.open_workbook(
            str(source),
            on_demand=True,
            ragged_rows=True,
            formatting_info=True,
            logfile=io.StringIO(),
        )
        self.sheets = [
            SheetInfo(name, not visibility)
            for name, visibility in zip(
                self._book.sheet_names(), self._book._sheet_visibility, strict=False
            )
        ]

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows from row 1, all as wide as the widest."""
        sheet = self._book.sheet_by_name(name)
        for number in range(sheet.nrows):
            cells = [self._value(cell) for cell in sheet.row(number)]
            yield cells + [None] * (sheet.ncols - len(cells))

    def uncalculated(self, name: str) -> list[int]:  # noqa: ARG002 - XLS always stores a result
        """None: a formula always has a stored result."""
        return []

    def warnings(self) -> list[str]:
        """Nothing is left out."""
        return []

    def _value(self, cell: Any) -> Any:
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return ERRORS.get(cell.value, "#N/A")
        if cell.ctype == xlrd.XL_CELL_DATE:
            return self._moment(cell)
        return cell.value if cell.ctype in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER) else None

    def _moment(self, cell: Any) -> Any:
        form = self._book.format_map[self._book.xf_list[cell.xf_index].format_key].format_str
        if "[h" in form.lower():
            return timedelta(days=cell.value)
        try:
            moment: datetime = xlrd.xldate_as_datetime(cell.value, self._book.datemode)
        except (xlrd.XLDateError, OverflowError):
            return cell.value
        if 0 <= cell.value < 1:
            return time(moment.hour, moment.minute, moment.second, moment.microsecond)
        return date(moment.year, moment.month, moment.day) if cell.value % 1 == 0 else moment


class PyxlsbBook:
    """XLSB; this engine does not know the formats that make a number a date."""

    engine = "pyxlsb"

    def __init__(self, source: Path) -> None:
        self._book = pyxlsb.open_workbook(str(source))
        self.sheets = [SheetInfo(name, visible=True) for name in self._book.sheets]

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows from row 1."""
        with self._book.get_sheet(name) as sheet:
            for cells in sheet.rows():
                yield [_readable(cell.v) for cell in cells]

    def uncalculated(self, name: str) -> list[int]:  # noqa: ARG002 - XLSB always stores a result
        """None: a formula always has a stored result."""
        return []

    def warnings(self) -> list[str]:
        """Dates come as numbers; which sheets are hidden is not known."""
        return ["dates_as_numbers"]


def _readable(value: Any) -> Any:
    """Errors come as their code in hexadecimal."""
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return ERRORS.get(int(value, 16), value)
        except ValueError:
            return value
    return value
