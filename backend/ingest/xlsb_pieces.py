"""XLSB sheets, piece by piece ([MS-XLSB] 2.1.4: a part is a sequence of records).

A piece of rows becomes a small workbook of its own, with the styles and strings of the whole, and
is read by the fast engine. That does not know cells which leave out their column, nor that a whole
number in short form (RK) may be a day: both are written in full before. Nor does it keep errors:
they are put back afterwards.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from backend.ingest.binary_details import ERRORS, find_xlsb_part
from backend.ingest.books import SheetInfo, UnclearSheetError, check_area
from backend.ingest.calamine_books import sheet_infos, unclear_where_it_fails
from backend.ingest.failure import ReadingError
from backend.ingest.pieces import open_parts, rows_of_piece, with_gaps
from backend.ingest.slabs import Slab

PIECE_BYTES = 4 * 1024 * 1024
MOST_SKELETON_BYTES = 48 * 1024 * 1024
LONGEST_RECORD = 16 * 1024 * 1024
SKELETON = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|xl/(?:workbook|styles|sharedstrings|metadata)\.bin"
    r"|xl/_rels/workbook\.bin\.rels",
    re.IGNORECASE,
)
SHEETS = re.compile(r"xl/worksheets/[^/]*\.bin", re.IGNORECASE)
ROW, RK, REAL, RICH = 0, 2, 5, 62
NO_STYLE = bytes(3)
ERROR_CELLS = frozenset({3, 11, 14})
FIRST_SHORT, LAST_SHORT, SHORTER = 12, 18, 11
BEGIN_DATA, END_DATA = 145, 146
END = b"\x92\x01\x00\x82\x01\x00"
Record = tuple[int, int, int, int]
"""Kind, where it begins, where its content begins, where that ends."""


@dataclass(slots=True)
class _Piece:
    """Rows as records, and what was seen in them."""

    records: bytearray = field(default_factory=bytearray)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    first: int = 0
    row: int = 0
    column: int = -1
    columns: int = 0
    cells: int = 0

    def note(self, kind: int, data: bytes, at: int) -> None:
        """A cell: where it stands, and whether it is an error."""
        if kind < FIRST_SHORT or kind == RICH:
            (self.column,) = struct.unpack_from("<I", data, at)
        else:
            self.column += 1
            at -= 4
        self.cells += 1
        self.columns = max(self.columns, self.column + 1)
        if kind in ERROR_CELLS:
            self.errors[self.row, self.column] = ERRORS.get(data[at + 8], "#N/A")


class PiecewiseXlsb:
    """XLSB of any size."""

    engine = "calamine"

    def __init__(self, source: Path, piece_bytes: int = PIECE_BYTES) -> None:
        self._source = source
        self._piece_bytes = piece_bytes
        with zipfile.ZipFile(source) as archive:
            infos = [info for info in archive.infolist() if SKELETON.fullmatch(info.filename)]
            if sum(info.file_size for info in infos) > MOST_SKELETON_BYTES:
                raise ReadingError(
                    "too_much_memory",
                    "The parts of the workbook that are no sheets, its strings above all, are "
                    f"larger than the {MOST_SKELETON_BYTES >> 20} MiB that this server reads from "
                    "an XLSB: save it as XLSX or CSV and retry.",
                )
            self._skeleton = {info.filename: archive.read(info) for info in infos}
        self.sheets: list[SheetInfo] = sheet_infos(open_parts(self._skeleton))

    def rows(self, name: str) -> Iterator[list[Any] | Slab]:
        """Rows from row 1, cells from column A; UnclearSheetError if the engine is not sure."""
        with unclear_where_it_fails(name):
            yield from with_gaps(name, self._rows(name))

    def uncalculated(self, name: str) -> list[int]:  # noqa: ARG002 - XLSB always stores a result
        """None: a formula always has a stored result."""
        return []

    def warnings(self) -> list[str]:
        """Nothing is left out."""
        return []

    def _rows(self, name: str) -> Iterator[tuple[int, list[Any]]]:
        with zipfile.ZipFile(self._source) as archive:
            member = find_xlsb_part(archive, name)
            with archive.open(member) as stream:
                records = _Records(stream, self._piece_bytes)
                head = records.head()
                for piece in _pieces(records, self._piece_bytes):
                    check_area(name, piece.row - piece.first + 1, piece.columns, piece.cells)
                    content = head + bytes(piece.records) + END
                    book = open_parts({**self._skeleton, member: content})
                    yield from rows_of_piece(book, name, piece.errors, {})


def has_short_cells(source: Path) -> bool:
    """Whether some sheet has cells that leave out their column."""
    with zipfile.ZipFile(source) as archive:
        for member in filter(SHEETS.fullmatch, archive.namelist()):
            with archive.open(member) as stream:
                for kind, *_ in _Records(stream, PIECE_BYTES):
                    if FIRST_SHORT <= kind <= LAST_SHORT:
                        return True
    return False


class _Records:
    """The records of a part, as they come; `data` is what is held of it."""

    def __init__(self, stream: IO[bytes], block_bytes: int) -> None:
        self._stream = stream
        self._block_bytes = block_bytes
        self.data = b""

    def __iter__(self) -> Iterator[Record]:
        """Raises UnclearSheetError where the part ends within a record."""
        at = 0
        while True:
            record = _record(self.data, at)
            if record is None:
                block = self._stream.read(self._block_bytes)
                if not block and at == len(self.data):
                    return
                if not block or len(self.data) - at > LONGEST_RECORD:
                    raise UnclearSheetError(at)
                self.data, at = self.data[at:] + block, 0
                continue
            yield record
            at = record[3]

    def head(self) -> bytes:
        """Everything before the rows; what was read is forgotten."""
        parts = []
        for kind, start, _, end in self:
            parts.append(self.data[start:end])
            if kind == BEGIN_DATA:
                self.data = self.data[end:]
                return b"".join(parts)
        raise UnclearSheetError("no rows")


def _record(data: bytes, start: int) -> Record | None:
    """The record that begins there; None where it is not all there yet."""
    try:
        kind, at = data[start], start + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (data[at] & 0x7F) << 7, at + 1
        size = data[at]
        if size & 0x80:
            size, shift = size & 0x7F, 7
            while True:
                at += 1
                size |= (data[at] & 0x7F) << shift
                shift += 7
                if not data[at] & 0x80 or shift == 28:
                    break
        at += 1
    except IndexError:
        return None
    return (kind, start, at, at + size) if at + size <= len(data) else None


def _pieces(records: _Records, piece_bytes: int) -> Iterator[_Piece]:
    piece = _Piece()
    for kind, start, at, end in records:
        data = records.data
        if kind == END_DATA:
            yield piece
            return
        if kind == ROW:
            (row,) = struct.unpack_from("<I", data, at)
            if len(piece.records) >= piece_bytes:
                yield piece
                piece = _Piece(first=row)
            piece.row, piece.column = row, -1
        elif kind <= LAST_SHORT or kind == RICH:
            piece.note(kind, data, at)
        piece.records += _in_full(kind, piece.column, data, (start, at, end))
    raise UnclearSheetError("rows without end")


def _in_full(kind: int, column: int, data: bytes, place: tuple[int, int, int]) -> bytes:
    """The record, as the engine understands it."""
    start, at, end = place
    if FIRST_SHORT <= kind <= LAST_SHORT:
        kind, content = kind - SHORTER, struct.pack("<I", column) + data[at:end]
    elif kind == RK and data[at + 4 : at + 7] != NO_STYLE:
        content = data[at:end]
    else:
        return data[start:end]
    if kind == RK:
        kind, content = REAL, content[:8] + struct.pack("<d", _number(content[8:12]))
    return bytes((kind,)) + _length(len(content)) + content


def _number(rk: bytes) -> float:
    """[MS-XLSB] 2.5.123: 30 bits of a whole number or of a double, perhaps in hundredths."""
    (whole,) = struct.unpack("<i", rk)
    if whole & 2:
        number = float(whole >> 2)
    else:
        (number,) = struct.unpack("<d", bytes(4) + struct.pack("<i", whole & ~3))
    return number / 100 if whole & 1 else number


def _length(size: int) -> bytes:
    length = bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes(length)
