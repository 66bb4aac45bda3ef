"""Where a table begins: lines above it, its header rows, or none. For text and workbooks alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backend.ingest.headers import Row, join_names, judge_header, judge_joined

LOOK_AHEAD = 100
ROWS_SEEN = 25
MOST_GROUP_ROWS = 2


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
    joined = _joined(rows, top)
    if joined is not None:
        return joined
    is_header, confidence = judge_header(rows[top], rows[top + 1 : top + 1 + LOOK_AHEAD])
    if is_header:
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
