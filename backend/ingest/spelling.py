"""How cells are spelled, told by a few bytes of each: most need no closer look than that.

Writing a value as text again and comparing costs several times what reading it did. A number of few
digits that begins with no zero and ends in none can be written in no shorter way, so a glance at
its ends is proof enough; only what is left over is compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

# A decimal of so many digits is the shortest that names its double: no other one is canonical.
SAFE_CHARACTERS = 15
Texts = Any
Mask = Any


def _table(characters: bytes) -> Any:
    table = np.zeros(256, dtype=bool)
    table[list(characters)] = True
    return table


DIGITS = _table(b"0123456789")
NO_ZERO = _table(b"123456789")
ENDS_OF_DECIMALS = _table(b"0123456789.")
LOWER_WORDS = _table(b"tf")
ZERO, MINUS, POINT, DASH, COLON, T = b"0-.-:T"
DATE_CHARACTERS = 10
MOMENT_CHARACTERS = 19


def spelled_otherwise(texts: Texts, kind: pa.DataType) -> Mask | None:
    """Which cells, having been cast to this type as they are, may not be in canonical text.

    All others surely are. A null cell is not among them. None where nothing can be told.
    """
    if pa.types.is_integer(kind):
        return ~_whole(_Bytes(texts))
    if pa.types.is_floating(kind):
        return ~_decimal(_Bytes(texts), NO_ZERO)
    if pa.types.is_boolean(kind):
        return ~_Bytes(texts).first(LOWER_WORDS)
    if pa.types.is_date(kind):
        return ~_day(_Bytes(texts), DATE_CHARACTERS)
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return ~_moment(_Bytes(texts))
    return None


def doubtful_decimals(texts: Texts) -> Mask:
    """Which cells, having been read as doubles, may say more or other than their double does."""
    return ~_decimal(_Bytes(texts), ENDS_OF_DECIMALS)


class _Bytes:
    """Single bytes of every cell; those of an empty cell or beyond its end mean nothing."""

    def __init__(self, texts: Texts) -> None:
        _, offsets, data = texts.buffers()
        places = np.zeros(1, np.int32)
        if len(texts):
            places = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
        self._base = int(places[0])
        self.starts, self.ends = places[:-1], places[1:]
        self.lengths = self.ends - self.starts
        self.raw = bytes(memoryview(data)[self._base : places[-1]]) if data else b""
        # one byte more, so that what lies beyond the end can be asked for
        self._data = np.frombuffer(self.raw + b"\0", np.uint8)

    def at(self, index: int) -> Any:
        """The byte at this place of every cell."""
        return self._data.take(self.starts + (index - self._base), mode="clip")

    def last(self, table: Any) -> Any:
        """Whether the last byte of a cell is in the table."""
        return table[self._data.take(self.ends - (1 + self._base), mode="clip")]

    def first(self, table: Any) -> Any:
        """Whether the first byte of a cell is in the table; an empty cell counts as such."""
        return table[self.at(0)] | (self.lengths == 0)


def _whole(cells: _Bytes) -> Mask:
    """Begins with a digit but no zero, after a minus perhaps, and ends in a digit; or is `0`."""
    first = cells.at(0)
    sure = NO_ZERO[first] & cells.last(DIGITS)
    if sure.all():
        return sure
    sure |= (first == MINUS) & NO_ZERO[cells.at(1)] & cells.last(DIGITS)
    return sure | ((first == ZERO) & (cells.lengths == 1)) | (cells.lengths == 0)


def _decimal(cells: _Bytes, ends: Any) -> Mask:
    """Of few characters, without exponent or zeros in front, and with a usual end."""
    if b"e" in cells.raw or b"E" in cells.raw:
        return cells.lengths == 0
    first = cells.at(0)
    sure = NO_ZERO[first]
    if not sure.all():
        second = cells.at(1)
        sure |= (first == MINUS) & NO_ZERO[second]
        sure |= (first == ZERO) & (second == POINT) & (cells.lengths > 2)
        small = (first == MINUS) & (second == ZERO) & (cells.at(2) == POINT)
        sure |= small & (cells.lengths > 3)
    sure = sure & cells.last(ends) & (cells.lengths <= SAFE_CHARACTERS)
    return sure | ((first == ZERO) & (cells.lengths == 1)) | (cells.lengths == 0)


def _day(cells: _Bytes, characters: int) -> Mask:
    dashed = (cells.at(4) == DASH) & (cells.at(7) == DASH)
    return (dashed & (cells.lengths == characters)) | (cells.lengths == 0)


def _moment(cells: _Bytes) -> Mask:
    parted = (cells.at(10) == T) & (cells.at(13) == COLON) & (cells.at(16) == COLON)
    return parted & _day(cells, MOMENT_CHARACTERS) | (cells.lengths == 0)
