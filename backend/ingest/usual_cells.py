"""Where the cells of a piece of sheet XML are, and how each is written: for all of them at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from backend.ingest.usual_xml import Bytes, Places, Tags, UnusualError, find_tags

(ROW, ROW_END, NO_CELLS, CELL, CELL_END, NOTHING, FORMULA, FORMULA_END, NO_FORMULA) = range(1, 10)
(VALUE, VALUE_END, NO_VALUE, INLINE, INLINE_END, TEXT, TEXT_END) = range(10, 17)
NAMES = {
    b"ro": ROW, b"/r": ROW_END, b"c ": CELL, b"/c": CELL_END, b"f ": FORMULA, b"f>": FORMULA,
    b"/f": FORMULA_END, b"v>": VALUE, b"/v": VALUE_END, b"v/": NO_VALUE, b"v ": NO_VALUE,
    b"is": INLINE, b"/i": INLINE_END, b"t>": TEXT, b"t ": TEXT, b"/t": TEXT_END,
}  # fmt: skip
LENGTHS = {
    ROW_END: 5, CELL_END: 3, FORMULA_END: 3, VALUE: 2, VALUE_END: 3, INLINE: 3, INLINE_END: 4,
    TEXT_END: 3,
}  # fmt: skip
CLOSED_IN_ITSELF = {ROW: NO_CELLS, CELL: NOTHING, FORMULA: NO_FORMULA, NO_VALUE: NO_VALUE}
AFTER = {
    ROW: (CELL, NOTHING, ROW_END),
    ROW_END: (ROW, NO_CELLS),
    NO_CELLS: (ROW, NO_CELLS),
    CELL: (VALUE, NO_VALUE, FORMULA, NO_FORMULA, INLINE, CELL_END),
    CELL_END: (CELL, NOTHING, ROW_END),
    NOTHING: (CELL, NOTHING, ROW_END),
    FORMULA: (FORMULA_END,),
    FORMULA_END: (VALUE, NO_VALUE, CELL_END),
    NO_FORMULA: (VALUE, NO_VALUE, CELL_END),
    VALUE: (VALUE_END,),
    VALUE_END: (CELL_END,),
    NO_VALUE: (CELL_END,),
    INLINE: (TEXT,),
    TEXT: (TEXT_END,),
    TEXT_END: (INLINE_END,),
    INLINE_END: (CELL_END,),
}
"""What may follow each tag: the shape of a row, of a cell, and of what a cell holds."""
FOLLOWS = np.zeros((17, 17), bool)
for _tag, _next in AFTER.items():
    FOLLOWS[_tag, list(_next)] = True
HOLDS_TEXT = np.zeros(17, bool)
HOLDS_TEXT[[FORMULA, VALUE, TEXT]] = True
MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], np.uint64)
"""Of the eight bytes of a word, the first n."""
ROW_NUMBER = int.from_bytes(b'<row r="', "little")
MOST_DIGITS = 7
MOST_MANNERS = 4096
MANNER = re.compile(rb'(?: s="(?P<style>\d{1,6})")?(?: t="(?P<kind>\w{1,9})")?')
ATTRIBUTES = re.compile(r'(?: [\w:.-]+="[^"<&]*")*\s*/?')
"""Of a row, after its number."""
SPREAD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


@dataclass(frozen=True, slots=True)
class Manner:
    """How a cell is written: the number of its style (None: it names none), and its `t`."""

    style: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells in the order of the sheet: arrays of the same length, and the rows they are in."""

    tags: Tags
    rows: Places
    """The number of each row, from 0; they ascend."""
    row: Places
    """For each cell the place of its row in `rows`."""
    column: Places
    """From 0; they ascend within a row."""
    manner: Places
    """For each cell a place in `manners`."""
    manners: list[Manner]
    holder: Bytes
    """What holds the cell's text: VALUE, TEXT, or anything else if it has none."""
    start: Places
    end: Places
    """Where the cell's text begins and ends, if it has one."""
    formula: Any
    """Whether the cell has a formula of its own, not one that it shares with another."""


def find_cells(xml: bytes) -> Cells:
    """The cells of whole rows. Raises UnusualError."""
    tags = _checked(find_tags(xml, NAMES, LENGTHS))
    row_tags = np.flatnonzero((tags.kind == ROW) | (tags.kind == NO_CELLS))
    words, digits, numbers = _row_numbers(tags, tags.begin[row_tags])
    if (numbers[1:] <= numbers[:-1]).any():
        raise UnusualError
    attributes = tags.texts(tags.begin[row_tags] + 9 + digits, tags.end[row_tags]).unique()
    if not all(text is None or ATTRIBUTES.fullmatch(text) for text in attributes.to_pylist()):
        raise UnusualError
    cell_tags = np.flatnonzero((tags.kind == CELL) | (tags.kind == NOTHING))
    row = np.searchsorted(row_tags, cell_tags) - 1
    places = tags.begin[cell_tags] + 3
    column, after = _references(tags, places, words[row], digits[row])
    if ((column[1:] <= column[:-1]) & (row[1:] == row[:-1])).any():
        raise UnusualError
    empty = tags.kind[cell_tags] == NOTHING
    manner, manners = _manners(tags, after, tags.end[cell_tags] - empty)
    holders = _holders(tags, cell_tags)
    return Cells(
        tags, numbers - 1, row, column, manner, manners, tags.kind[holders],
        tags.end[holders] + 1, tags.begin[np.minimum(holders + 1, len(tags.begin) - 1)],
        tags.kind[np.minimum(cell_tags + 1, len(tags.kind) - 1)] == FORMULA,
    )  # fmt: skip


def _checked(tags: Tags) -> Tags:
    """The tags, told apart by whether they close themselves, in an order that makes sense."""
    kind = tags.kind.copy()
    closed = tags.data[tags.end - 1] == ord("/")
    for one, other in CLOSED_IN_ITSELF.items():
        kind[closed & (tags.kind == one)] = other
    if not kind.all() or (~closed & (kind == NO_VALUE)).any():
        raise UnusualError
    if not FOLLOWS[kind[:-1], kind[1:]].all():
        raise UnusualError
    if kind[0] not in (ROW, NO_CELLS) or kind[-1] not in (ROW_END, NO_CELLS):
        raise UnusualError
    for kind_of_end, name in ((ROW_END, b"row"), (INLINE_END, b"is")):
        places = tags.begin[kind == kind_of_end]
        if any((tags.data[places + at] != letter).any() for at, letter in enumerate(name, start=2)):
            raise UnusualError
    between = tags.begin[1:] - tags.end[:-1] > 1
    if (between & ~HOLDS_TEXT[kind[:-1]]).any():
        raise UnusualError
    return Tags(tags.data, tags.begin, tags.end, kind)


def _row_numbers(tags: Tags, begin: Places) -> tuple[Any, Places, Places]:
    """For each row the bytes its number is written with, how many they are, and the number."""
    if (tags.words(begin) != np.uint64(ROW_NUMBER)).any():
        raise UnusualError
    numbers, digits = np.zeros(len(begin), np.int64), np.zeros(len(begin), np.int64)
    going = np.ones(len(begin), bool)
    for at in range(MOST_DIGITS + 1):
        letter = tags.data[begin + 8 + at]
        going &= (letter >= ord("0")) & (letter <= ord("9"))
        numbers = np.where(going, numbers * 10 + letter - ord("0"), numbers)
        digits += going
    if (tags.data[begin + 8 + digits] != ord('"')).any() or (digits == 0).any() or going.any():
        raise UnusualError
    return tags.words(begin + 8) & MASKS[digits], digits, numbers


def _references(tags: Tags, places: Places, words: Any, digits: Places) -> tuple[Places, Places]:
    """Each cell's column, and where the rest of its tag begins; it must be in the row it is in."""
    data = tags.data
    start = int.from_bytes(b'r="', "little")
    first_bytes: Any = tags.words(places)
    if ((first_bytes & MASKS[3]) != np.uint64(start)).any():
        raise UnusualError
    first, second, third = (data[places + at].astype(np.int64) - ord("A") + 1 for at in (3, 4, 5))
    has_second = (second >= 1) & (second <= 26)
    has_third = has_second & (third >= 1) & (third <= 26)
    if ((first < 1) | (first > 26)).any():
        raise UnusualError
    column = np.where(has_second, first * 26 + second, first)
    column = np.where(has_third, column * 26 + third, column) - 1
    number = places + 4 + has_second + has_third
    end = number + digits
    if ((tags.words(number) & MASKS[digits]) != words).any() or (data[end] != ord('"')).any():
        raise UnusualError
    return column, end + 1


def _manners(tags: Tags, start: Places, end: Places) -> tuple[Places, list[Manner]]:
    """What each cell's tag says besides its place. Few ways are ever used."""
    length = end - start
    if not len(length):
        return length, []
    if length.max() > 24 or length.min() < 0:
        raise UnusualError
    parts = [
        tags.words(start + 8 * at) & MASKS[np.clip(length - 8 * at, 0, 8)]
        for at in range(-(-int(length.max()) // 8))
    ] or [np.zeros(len(length), np.uint64)]
    key = parts[0].copy()
    for part, factor in zip(parts[1:], SPREAD, strict=False):
        key ^= part * factor
    encoded: Any = pa.array(key).dictionary_encode()
    manner = encoded.indices.to_numpy().astype(np.int64)
    if len(encoded.dictionary) > MOST_MANNERS:
        raise UnusualError
    example = np.zeros(len(encoded.dictionary), np.int64)
    example[manner] = np.arange(len(manner))
    if any((part != part[example][manner]).any() for part in parts):
        raise UnusualError
    return manner, [_manner(bytes(tags.data[start[at] : end[at]])) for at in example]


def _manner(written: bytes) -> Manner:
    found = MANNER.fullmatch(written.rstrip(b" "))
    if not found:
        raise UnusualError
    style = found["style"]
    return Manner(int(style) if style else None, (found["kind"] or b"n").decode())


def _holders(tags: Tags, cell_tags: Places) -> Places:
    """For each cell the tag in front of its text; where it has none, some other tag."""
    holders = np.minimum(cell_tags + 1, len(tags.kind) - 1)
    holders = np.where(tags.kind[cell_tags] == NOTHING, cell_tags, holders)
    for kind, skipped in ((FORMULA, 2), (NO_FORMULA, 1), (INLINE, 1)):
        holders = holders + skipped * (tags.kind[holders] == kind)
    return holders
