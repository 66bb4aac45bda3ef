"""OpenDocument spreadsheets (ODF 1.3, part 3, 9) from their XML, zipped (ODS) or flat (FODS).

The XML is streamed: rows are given as they end, and forgotten. Entities are refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from defusedxml.ElementTree import iterparse

from backend.ingest.books import MOST_ROWS, SheetInfo
from backend.ingest.failure import ReadingError

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
SHEET, ROW = TABLE + "table", TABLE + "table-row"
CELLS = (TABLE + "table-cell", TABLE + "covered-table-cell")
FORGOTTEN = (ROW, SHEET, STYLE + "style")
LENGTH = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?)?\Z")
MOST_COLUMNS = 16_384
MOST_REPEATED_CELLS = 20_000_000
"""What a few bytes may become: sixteen columns in all rows that there can be."""


class OpenDocumentXml:
    """An ODS or FODS file."""

    engine = "defusedxml"

    def __init__(self, source: Path) -> None:
        self._source = source
        self._widths: dict[str, int] = {}
        self.sheets = self._list()

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows from row 1 to the last one with a value, all equally wide."""
        width = self._widths[name]
        empty = repeated = 0
        for cells, times in self._runs(name):
            if not cells:
                empty += times
                continue
            for _ in range(empty):
                yield [None] * width
            empty = 0
            repeated += (times - 1) * len(cells)
            if repeated > MOST_REPEATED_CELLS:
                raise ReadingError(
                    "too_many_cells",
                    f"The sheet {name!r} repeats rows until they are more than "
                    f"{MOST_REPEATED_CELLS:,} cells: delete what stands below the table and retry.",
                )
            for _ in range(times):
                yield cells + [None] * (width - len(cells))

    def uncalculated(self, name: str) -> list[int]:  # noqa: ARG002 - ODF stores every result
        """None: a formula always has a stored result."""
        return []

    def warnings(self) -> list[str]:
        """Nothing is left out."""
        return []

    def _list(self) -> list[SheetInfo]:
        """The sheets with their widths; hidden ones have a style that says so."""
        hidden_styles: set[str | None] = set()
        sheets: list[SheetInfo] = []
        with self._open() as stream:
            for sheet, element in _tables(stream, hidden_styles):
                if element is None:
                    sheets.append(sheet)
                    continue
                cells, times = _run(element)
                if cells and times:
                    self._widths[sheet.name] = max(self._widths.get(sheet.name, 0), len(cells))
        for sheet in sheets:
            self._widths.setdefault(sheet.name, 0)
        return sheets

    def _runs(self, name: str) -> Iterator[tuple[list[Any], int]]:
        with self._open() as stream:
            for sheet, element in _tables(stream, set()):
                if sheet.name == name and element is not None:
                    yield _run(element)

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        if not zipfile.is_zipfile(self._source):
            with self._source.open("rb") as stream:
                yield stream
            return
        with zipfile.ZipFile(self._source) as archive, archive.open("content.xml") as member:
            yield member  # type: ignore[misc]


def _tables(stream: BinaryIO, hidden: set[str | None]) -> Iterator[tuple[SheetInfo, Any]]:
    """Each sheet with None where it begins, then with each of its rows."""
    nested: list[SheetInfo] = []
    """A cell may hold a table, which is not read."""
    parents: list[Any] = []
    for event, element in iterparse(stream, events=("start", "end")):
        if event == "start":
            parents.append(element)
            if element.tag == SHEET:
                nested.append(_info(element, hidden))
                if len(nested) == 1:
                    yield nested[0], None
            continue
        parents.pop()
        if element.tag == ROW and len(nested) == 1:
            yield nested[0], element
        elif element.tag == SHEET:
            nested.pop()
        _note_style(element, hidden)
        if element.tag in FORGOTTEN and parents:
            parents[-1].remove(element)


def _info(table: Any, hidden: set[str | None]) -> SheetInfo:
    visible = table.get(TABLE + "style-name") not in hidden
    return SheetInfo(table.get(TABLE + "name", ""), visible)


def _note_style(element: Any, hidden: set[str | None]) -> None:
    if element.tag != STYLE + "style":
        return
    for properties in element.iter(STYLE + "table-properties"):
        if properties.get(TABLE + "display") == "false":
            hidden.add(element.get(STYLE + "name"))


def _run(row: Any) -> tuple[list[Any], int]:
    """The cells of a row up to the last with a value, and how often the row is repeated."""
    cells: list[Any] = []
    empty = 0
    for cell in row:
        if cell.tag not in CELLS:
            continue
        times = _count(cell.get(TABLE + "number-columns-repeated"), MOST_COLUMNS)
        value = _value(cell)
        if value is None or value == "":
            empty += times
            continue
        cells += [None] * empty + [value] * times
        empty = 0
    return cells, _count(row.get(TABLE + "number-rows-repeated"), MOST_ROWS)


def _count(text: str | None, most: int) -> int:
    return min(int(text), most) if text and text.isdecimal() else 1


def _value(cell: Any) -> Any:
    kind = cell.get(OFFICE + "value-type")
    if kind in ("float", "percentage", "currency"):
        return float(cell.get(OFFICE + "value"))
    if kind == "boolean":
        return cell.get(OFFICE + "boolean-value") == "true"
    if kind == "date":
        return _moment(cell.get(OFFICE + "date-value", ""))
    if kind == "time":
        return _length(cell.get(OFFICE + "time-value", ""))
    # LibreOffice says that an error is an empty string, and shows it in the text.
    shown = cell.get(CALC + "value-type") == "error"
    if kind == "string" and cell.get(OFFICE + "string-value") is not None and not shown:
        return cell.get(OFFICE + "string-value")
    return "\n".join(_text(part) for part in cell if part.tag == TEXT + "p")


def _text(element: Any) -> str:
    """The text of a paragraph; runs of spaces, tabs and breaks are elements of their own."""
    pieces = [element.text or ""]
    for part in element:
        if part.tag == TEXT + "s":
            pieces.append(" " * _count(part.get(TEXT + "c"), 32_767))
        elif part.tag == TEXT + "tab":
            pieces.append("\t")
        elif part.tag == TEXT + "line-break":
            pieces.append("\n")
        elif part.tag != OFFICE + "annotation":
            pieces.append(_text(part))
        pieces.append(part.tail or "")
    return "".join(pieces)


def _moment(text: str) -> Any:
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text


def _length(text: str) -> Any:
    """A time of day is a length too; what is longer than a day cannot be told from it."""
    found = LENGTH.match(text)
    if not found:
        return text
    sign, days, hours, minutes, seconds, fraction = found.groups()
    length = timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=int((fraction or "0")[:6].ljust(6, "0")),
    )
    return -length if sign else length
