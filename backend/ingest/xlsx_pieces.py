"""XLSX sheets that are too large to be held: read piece by piece, by the same fast engine.

The sheet's XML is cut where rows begin, and each piece becomes a small workbook of its own, with
the styles of the whole. What a cell means is so decided by the engine that reads small workbooks.
"""

from __future__ import annotations

import re
import zipfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from backend.ingest.books import SheetInfo, UnclearSheetError, check_area
from backend.ingest.calamine_books import sheet_infos, unclear_where_it_fails
from backend.ingest.pieces import Numbered, open_parts, rows_of_piece, with_gaps
from backend.ingest.shared_strings import SharedStrings, mark_strings
from backend.ingest.slabs import Slab
from backend.ingest.usual_sheet import read_usual
from backend.ingest.usual_strings import read_strings
from backend.ingest.usual_xml import UnusualError
from backend.ingest.xlsx_details import Details, find_errors, measure, sheet_parts
from backend.ingest.xml_pieces import PIECE_BYTES, Piece, cut_at

SMALL_BYTES = 2 * 1024 * 1024
"""Sheets of no more XML than this are read as a whole."""
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
NUMBERED_ROW = re.compile(rb"<row r=\"(\d{1,7})\"")
NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d{1,7})[\"']")
MANY_COLUMNS = re.compile(rb' r="[A-Z]{2}')
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODDITIES = (b"<!", b"<?")
"""Text in which a tag is no tag: rather another engine than a wrong cut."""
READERS = 2
MOST_MOMENTS = 200_000
PROBE = "45000.5"
"""A day and a half of one; a number wherever the style does not make it something else."""
Parts = dict[str, bytes]
_Read = tuple[list[int], list[Numbered | Slab]]


def is_large(source: Path) -> bool:
    """Whether the workbook becomes more XML than should be held at once."""
    with zipfile.ZipFile(source) as archive:
        infos = archive.infolist()
    large = sum(info.file_size for info in infos if LARGE.fullmatch(info.filename))
    small = sum(info.file_size for info in infos if SKELETON.fullmatch(info.filename))
    return large > LARGE_BYTES and small <= MOST_SKELETON_BYTES


def is_small(source: Path) -> bool:
    """Whether the workbook is not worth being cut."""
    with zipfile.ZipFile(source) as archive:
        return (
            sum(i.file_size for i in archive.infolist() if LARGE.fullmatch(i.filename))
            <= SMALL_BYTES
        )


class PiecewiseXlsx:
    """XLSX and XLSM of any size."""

    engine = "calamine"

    def __init__(self, source: Path, piece_bytes: int = PIECE_BYTES) -> None:
        self._source = source
        self._piece_bytes = piece_bytes
        self._members = sheet_parts(source)
        self._uncalculated: dict[str, list[int]] = {}
        self._moments: dict[int, dict[str | None, Any]] = {}
        """What numbers become, by style; None among them: they stay numbers."""
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            self._skeleton = {
                name: archive.read(name) for name in names if SKELETON.fullmatch(name)
            }
        self._strings_member = next((name for name in names if STRINGS.fullmatch(name)), None)
        self.sheets: list[SheetInfo] = sheet_infos(open_parts(self._skeleton))

    def rows(self, name: str) -> Iterator[list[Any] | Slab]:
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

    def _rows(self, name: str) -> Iterator[Numbered | Slab]:
        self._uncalculated[name] = []
        strings = self._strings  # read now: the threads share them
        assert strings is not None
        waiting: deque[Future[_Read]] = deque()
        with ThreadPoolExecutor(READERS) as pool:
            for piece, before in self._pieces(name):
                waiting.append(pool.submit(self._read, name, piece, before))
                if len(waiting) > READERS:
                    yield from self._taken(name, waiting.popleft())
            while waiting:
                yield from self._taken(name, waiting.popleft())

    def _taken(self, name: str, read: Future[_Read]) -> Iterator[Numbered | Slab]:
        uncalculated, rows = read.result()
        self._uncalculated[name] += uncalculated
        return iter(rows)

    def _pieces(self, name: str) -> Iterator[tuple[Piece, int]]:
        """Each piece, and the number of the row before it."""
        last = 0
        member = self._members[name]
        for piece in cut_at(self._source, member, b"sheetData", b"row", self._piece_bytes):
            before, last = last, _last_row(piece.xml, last)
            yield piece, before

    def _read(self, name: str, piece: Piece, before: int) -> _Read:
        """The rows of formulas without a value, and all rows."""
        try:
            if piece.prefix:
                raise UnusualError
            uncalculated, slab = read_usual(name, piece.xml, self._by_number, self._dated)
        except UnusualError:
            details = _look_at(name, piece.xml, before)
            return details.uncalculated, list(self._by_engine(name, piece, before, details))
        return uncalculated, [] if slab is None else [slab]

    def _by_number(self, numbers: Any) -> Any:
        return self._strings.by_number(numbers)

    def _by_engine(
        self, name: str, piece: Piece, before: int, details: Details
    ) -> Iterator[Numbered]:
        xml, numbers = mark_strings(piece.xml)
        # an empty row in front tells the engine where to count on from
        counter = b'<%srow r="%d"></%srow>' % (piece.prefix, before, piece.prefix)
        content = piece.wrapped(b"worksheet", (counter if before else b"") + xml, b"sheetData")
        book = open_parts({**self._skeleton, self._members[name]: content})
        texts = self._strings.by_mark(numbers) if numbers else {}
        return rows_of_piece(book, name, details.errors, texts)

    def _read_strings(self) -> Iterator[Any]:
        """Each piece of the strings, by a sheet whose cells name them one after the other."""
        if self._strings_member is None:
            return
        member = self._strings_member
        for piece in cut_at(self._source, member, b"sst", b"si", self._piece_bytes):
            try:
                if piece.prefix:
                    raise UnusualError
                yield read_strings(piece.xml, self._ask_strings)
            except UnusualError:
                count = len(re.findall(b"<" + piece.prefix + rb"si[\s/>]", piece.xml))
                texts = self._strings_by_engine(piece, count)
                yield pa.array([text or None for text in texts], pa.string())

    def _ask_strings(self, xml: bytes, count: int) -> list[str]:
        return self._strings_by_engine(Piece(xml, b""), count)

    def _strings_by_engine(self, piece: Piece, count: int) -> list[str]:
        assert self._strings_member is not None
        rows = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(count))
        texts = self._ask(rows.encode(), {self._strings_member: piece.wrapped(b"sst", piece.xml)})
        if len(texts) != count:
            raise UnclearSheetError(self._strings_member)
        return [str(text) for text in texts]

    def _ask(self, rows: bytes, parts: Parts) -> list[Any]:
        """The first cell of each row, as the engine reads them."""
        sheet, place = next(iter(self._members.items()))
        cells = b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (MAIN, rows)
        book = open_parts({**self._skeleton, **parts, place: cells})
        return [row[0] for row in book.get_sheet_by_name(sheet).to_python()]

    def _dated(self, style: int, texts: list[str]) -> list[Any] | None:
        """What these numbers are in a style; None if it leaves them numbers."""
        known = self._moments.setdefault(style, {})
        new = [text for text in texts if text not in known]
        if new and None not in known:
            rows = "".join(f'<row><c s="{style}"><v>{text}</v></c></row>' for text in [PROBE, *new])
            probe, *values = self._ask(rows.encode(), {})
            if len(values) != len(new):
                raise UnusualError
            if isinstance(probe, float):
                known[None] = None
                return None
            found = dict(zip(new, values, strict=True))
            if len(known) + len(new) <= MOST_MOMENTS:
                known.update(found)
            return [found[text] if text in found else known[text] for text in texts]
        return None if None in known else [known[text] for text in texts]


def _last_row(xml: bytes, before: int) -> int:
    """The number of the last row, from 1; a row without a number is the next one."""
    last = NUMBERED_ROW.match(xml, max(xml.rfind(b"<row "), 0))
    if last:
        return int(last[1])
    for tag in ROW.findall(xml):
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
