"""XLSX sheets that are too large to be held: read piece by piece, by the same fast engine.

The sheet's XML is cut where rows begin, and each piece becomes a small workbook of its own, with
the styles of the whole. What a cell means is so decided by the engine that reads small workbooks.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from backend.ingest.books import SheetInfo, UnclearSheetError, check_area
from backend.ingest.calamine_books import sheet_infos, unclear_where_it_fails
from backend.ingest.pieces import Numbered, open_parts, rows_of_piece, with_gaps
from backend.ingest.shared_strings import SharedStrings, mark_strings
from backend.ingest.xlsx_details import Details, find_errors, measure, sheet_parts
from backend.ingest.xml_pieces import PIECE_BYTES, Piece, cut_at

LARGE_BYTES = 96 * 1024 * 1024
"""Sheets and strings of so much XML are not held as a whole."""
MOST_SKELETON_BYTES = 32 * 1024 * 1024
SKELETON = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/styles\.xml",
    re.IGNORECASE,
)
STRINGS = re.compile(r"xl/sharedstrings\.xml", re.IGNORECASE)
LARGE = re.compile(r"xl/(?:worksheets/.*|sharedstrings)\.xml", re.IGNORECASE)
ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d{1,7})[\"']")
MANY_COLUMNS = re.compile(rb' r="[A-Z]{2}')
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODDITIES = (b"<!", b"<?")
"""Text in which a tag is no tag: rather another engine than a wrong cut."""
Parts = dict[str, bytes]


def is_large(source: Path) -> bool:
    """Whether the workbook becomes more XML than should be held at once."""
    with zipfile.ZipFile(source) as archive:
        infos = archive.infolist()
    large = sum(info.file_size for info in infos if LARGE.fullmatch(info.filename))
    small = sum(info.file_size for info in infos if SKELETON.fullmatch(info.filename))
    return large > LARGE_BYTES and small <= MOST_SKELETON_BYTES


class PiecewiseXlsx:
    """XLSX and XLSM of any size."""

    engine = "calamine"

    def __init__(self, source: Path, piece_bytes: int = PIECE_BYTES) -> None:
        self._source = source
        self._piece_bytes = piece_bytes
        self._members = sheet_parts(source)
        self._uncalculated: dict[str, list[int]] = {}
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            self._skeleton = {
                name: archive.read(name) for name in names if SKELETON.fullmatch(name)
            }
        self._strings_member = next((name for name in names if STRINGS.fullmatch(name)), None)
        self.sheets: list[SheetInfo] = sheet_infos(open_parts(self._skeleton))

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows from row 1, cells from column A; UnclearSheetError if the engine is not sure."""
        with unclear_where_it_fails(name):
            if name not in self._members:
                raise UnclearSheetError(name)
            yield from with_gaps(name, self._rows(name))

    def uncalculated(self, name: str) -> list[int]:
        """Rows with formulas without a value, of a sheet whose rows have been read."""
        return self._uncalculated.get(name, [])

    def warnings(self) -> list[str]:
        """Nothing is left out."""
        return []

    @cached_property
    def _strings(self) -> SharedStrings:
        return SharedStrings(self._read_strings())

    def _rows(self, name: str) -> Iterator[Numbered]:
        self._uncalculated[name] = []
        last = 0
        member = self._members[name]
        for piece in cut_at(self._source, member, b"sheetData", b"row", self._piece_bytes):
            before, last = last, _last_row(piece.xml, last)
            details = _look_at(name, piece.xml, before)
            self._uncalculated[name] += details.uncalculated
            yield from self._read(name, piece, before, details)

    def _read(self, name: str, piece: Piece, before: int, details: Details) -> Iterator[Numbered]:
        xml, numbers = mark_strings(piece.xml)
        # an empty row in front tells the engine where to count on from
        counter = b'<%srow r="%d"></%srow>' % (piece.prefix, before, piece.prefix)
        content = piece.wrapped(b"worksheet", (counter if before else b"") + xml, b"sheetData")
        book = open_parts({**self._skeleton, self._members[name]: content})
        texts = self._strings.by_mark(numbers) if numbers else {}
        return rows_of_piece(book, name, details.errors, texts)

    def _read_strings(self) -> Iterator[list[str]]:
        """Each piece of the strings, by a sheet whose cells name them one after the other."""
        if self._strings_member is None:
            return
        member = self._strings_member
        sheet, place = next(iter(self._members.items()))
        for piece in cut_at(self._source, member, b"sst", b"si", self._piece_bytes):
            count = len(re.findall(b"<" + piece.prefix + rb"si[\s/>]", piece.xml))
            rows = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(count))
            cells = b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>'
            content = {
                member: piece.wrapped(b"sst", piece.xml),
                place: cells % (MAIN, rows.encode()),
            }
            texts = open_parts({**self._skeleton, **content}).get_sheet_by_name(sheet).to_python()
            if len(texts) != count:
                raise UnclearSheetError(member)
            yield [str(text) for (text,) in texts]


def _last_row(xml: bytes, before: int) -> int:
    """The number of the last row, from 1; a row without a number is the next one."""
    tags = ROW.findall(xml)
    if tags and all(b' r="' in tag for tag in tags):
        tags = tags[-1:]
    for tag in tags:
        number = NUMBER.search(tag)
        before = int(number[1]) if number else before + 1
    return before


def _look_at(name: str, xml: bytes, before: int) -> Details:
    if any(oddity in xml for oddity in ODDITIES):
        raise UnclearSheetError(name)
    details = Details()
    find_errors(xml, details)
    if details.unplaced:
        raise UnclearSheetError(name)
    if MANY_COLUMNS.search(xml) or b" r='" in xml:
        measure(xml, details)
        check_area(name, max(0, details.rows - before), details.columns, details.cells)
    return details
