"""Where a table begins: lines above it, its header rows, or none. For text and workbooks alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backend.ingest.headers import (
    Row,
    is_value,
    join_names,
    judge_header,
    judge_joined,
    stripped,
    typed_columns,
)

LOOK_AHEAD = 100
ROWS_SEEN = 25
MOST_GROUP_ROWS = 2
SURE_BELOW_NOTES = 0.8
SURE_WITH_HOLES = 0.8
"""A row that names not all columns may be a note; the first one often has no name."""
LIKE_ROWS = 10


@dataclass(frozen=True, slots=True)
class Layout:
    """`header` is the index of the (last) header row among those looked at; None: there is none."""

    header: int | None
    first: int
    """Index of the first row of data."""
    confidence: float
    groups: int = 0
    """How many rows above the header name groups of columns."""

    @property
    def top(self) -> int:
        """Index of the first row of the table, header rows included."""
        return self.first if self.header is None else self.header - self.groups

    def names(self, rows: Sequence[Row]) -> list[str]:
        """The names of the columns, of all header rows together; none without a header."""
        return [] if self.header is None else join_names(rows[self.top : self.header + 1])


def find_layout(rows: Sequence[Row], width: int) -> Layout:
    """The header of a table of `width` columns whose first rows, as text, are given."""
    top = _top_of_table(rows, width)
    if top >= len(rows):
        return Layout(None, 0, 0.5)
    below = _header_below_notes(rows, top, width)
    if below is not None:
        return Layout(below, below + 1, SURE_BELOW_NOTES)
    joined = _joined(rows, top)
    if joined is not None:
        return joined
    is_header, confidence = judge_header(rows[top], rows[top + 1 : top + 1 + LOOK_AHEAD])
    if is_header:
        if not all(cell.strip() for cell in rows[top][1:]):
            confidence = min(confidence, SURE_WITH_HOLES)
        return Layout(top, top + 1, confidence)
    return Layout(None, top, confidence)


def _joined(rows: Sequence[Row], top: int) -> Layout | None:
    """Several header rows: the first full row and those around it."""
    for bottom in (top + 1, top):
        for groups in range(MOST_GROUP_ROWS, 0, -1):
            start = bottom - groups
            if start < 0 or bottom + 1 >= len(rows):
                continue
            body = rows[bottom + 1 : bottom + 1 + LOOK_AHEAD]
            confidence = judge_joined(rows[start:bottom], rows[bottom], body)
            if confidence:
                return Layout(bottom, bottom + 1, confidence, groups)
    return None


def _header_below_notes(rows: Sequence[Row], top: int, width: int) -> int | None:
    """The first full row, if several rows with holes and without any value stand above it, which
    are notes then, and rows fuller than those with values under its names below it."""
    full = (i for i, row in enumerate(rows[top : top + ROWS_SEEN], top) if _filled(row) >= width)
    header = next(full, top)
    notes, body = rows[top:header], rows[header + 1 : header + 1 + LOOK_AHEAD]
    if len(notes) < 2 or any(is_value(cell) for row in notes for cell in row):
        return None
    names = stripped(rows[header])
    if len(set(names)) < len(names) or any(map(is_value, names)):
        return None
    fullest = max(map(_filled, notes))
    like = [_filled(row) > fullest for row in body[:LIKE_ROWS]]
    if sum(like) * 2 <= len(like) or not typed_columns(body, width):
        return None
    return header


def _top_of_table(rows: Sequence[Row], width: int) -> int:
    """The first row that is as full as the table's rows are; titles and notes stand above it."""
    if width < 2:
        return 0
    wide = _first_wide(rows, width)
    filled = [_filled(row) for row in rows[wide : wide + LOOK_AHEAD]]
    usual = Counter(filled).most_common(1)[0][0] if filled else width
    enough = max(2, (min(usual, width) + 1) // 2)
    for index, row in enumerate(rows[: wide + ROWS_SEEN + 1]):
        if len(row) >= width - 1 and _filled(row) >= enough:
            return index
    return 0


def _first_wide(rows: Sequence[Row], width: int) -> int:
    """Where a long preamble ends, of lines that are no rows of the table; 0 if there is none."""
    for index, row in enumerate(rows):
        if len(row) >= width - 1 > 1:
            return index if index > ROWS_SEEN else 0
    return 0


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)
