"""The fast engine for workbooks of every kind; what it drops is put back."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import python_calamine

from backend.ingest.binary_details import find_xls_errors
from backend.ingest.books import SheetInfo, UnclearSheetError, check_area, check_last_row
from backend.ingest.xlsx_details import Details, find_details, sheet_parts

BLOCK_BYTES = 1024 * 1024
UNCLEAR = re.compile(
    rb"office:value-type=\"(?!(?:float|percentage|currency|date|time|boolean|string|void)\")[^\"]*\""
    rb"|calcext:value-type=\"error\"|<text:(?:tab|line-break)\b"
)
"""What the engine drops: cells of a kind that the format does not know, the errors of LibreOffice
(an empty string to others), and tabs and line breaks within a paragraph."""
LONGEST_UNCLEAR = 64
ENGINE_FAULTS = (
    python_calamine.CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OverflowError,
)
"""The last one for numbers that are no day or duration of Python's."""
DURATION = re.compile(r"-?PT?[\dHMSD.,]+")
PANIC = "PanicException"
"""What Rust raises where it gives up: no Exception, and with no public name."""
Find = Callable[[str], Details]


def sheet_infos(book: Any) -> list[SheetInfo]:
    """The sheets that the engine found."""
    visible = python_calamine.SheetVisibleEnum.Visible
    worksheet = python_calamine.SheetTypeEnum.WorkSheet
    return [
        SheetInfo(sheet.name, sheet.visible == visible, sheet.typ == worksheet)
        for sheet in book.sheets_metadata
    ]


@contextmanager
def unclear_where_it_fails(name: str) -> Iterator[None]:
    """What the engine, or unpacking for it, cannot do is for the next engine."""
    try:
        yield
    except ENGINE_FAULTS as error:
        raise UnclearSheetError(name) from error
    except BaseException as error:
        if type(error).__name__ == PANIC:
            raise UnclearSheetError(name) from error
        raise


class CalamineBook:
    """A workbook; `find` tells what the engine drops of a sheet: error cells above all."""

    engine = "calamine"

    def __init__(self, source: Path, find: Find) -> None:
        self._book = python_calamine.CalamineWorkbook.from_path(str(source))
        self._find = find
        self._details: dict[str, Details] = {}
        self.sheets = sheet_infos(self._book)

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows with their error cells; UnclearSheetError if this engine is not sure of them."""
        with unclear_where_it_fails(name):
            yield from self._rows(name)

    def _rows(self, name: str) -> Iterator[list[Any]]:
        details = self._find_details(name)
        if details.unplaced:
            raise UnclearSheetError(name)
        check_area(name, details.rows, details.columns, details.cells)
        sheet = self._book.get_sheet_by_name(name)
        left = sheet.start[1] if sheet.start else 0
        check_last_row(name, sheet.end[0] if sheet.end else 0)
        by_row: dict[int, list[tuple[int, str]]] = {}
        for (row, column), text in details.errors.items():
            by_row.setdefault(row, []).append((column - left, text))
        for number, cells in enumerate(sheet.iter_rows()):
            if number in by_row:
                cells = list(cells)
                for column, text in by_row.pop(number):
                    if not 0 <= column < len(cells):
                        raise UnclearSheetError(name)
                    cells[column] = text
            yield cells
        if by_row:  # error cells beyond what the engine takes for the sheet
            raise UnclearSheetError(name)

    def uncalculated(self, name: str) -> list[int]:
        """Rows with formulas without a value."""
        return self._find_details(name).uncalculated

    def warnings(self) -> list[str]:
        """Nothing is left out."""
        return []

    def _find_details(self, name: str) -> Details:
        if name not in self._details:
            self._details[name] = self._find(name)
        return self._details[name]


def open_xlsx(source: Path) -> CalamineBook:
    """XLSX and XLSM."""
    parts = sheet_parts(source)

    def find(name: str) -> Details:
        try:
            return find_details(source, parts[name])
        except KeyError:  # not in the list of sheets, or not in the archive
            return Details(unplaced=True)

    return CalamineBook(source, find)


def open_xls(source: Path) -> CalamineBook:
    """XLS."""
    return CalamineBook(source, lambda name: find_xls_errors(source, name))


class OpenDocumentBook(CalamineBook):
    """ODS: the engine keeps error cells, but gives times and durations as their ISO text."""

    def _rows(self, name: str) -> Iterator[list[Any]]:
        for cells in super()._rows(name):
            if any(isinstance(cell, str) and DURATION.fullmatch(cell) for cell in cells):
                raise UnclearSheetError(name)
            yield cells


def open_ods(source: Path) -> CalamineBook:
    """ODS."""
    unclear = _is_unclear(source)
    return OpenDocumentBook(source, lambda _: Details(unplaced=unclear))


def _is_unclear(source: Path) -> bool:
    """Whether some cell holds what the engine drops."""
    rest = b""
    with zipfile.ZipFile(source) as archive, archive.open("content.xml") as stream:
        while block := stream.read(BLOCK_BYTES):
            if UNCLEAR.search(rest + block):
                return True
            rest = block[-LONGEST_UNCLEAR:]
    return False
