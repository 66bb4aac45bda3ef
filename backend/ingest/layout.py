"""Where a table begins: lines above it, the header, or none. The same for text and workbooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backend.ingest.detect import VALUE

LOOK_AHEAD = 100
ROWS_SEEN = 25


@dataclass(frozen=True, slots=True)
class Layout:
    """`header` is the index of the header row among those looked at; None: there is none."""

    header: int | None
    first: int
    """Index of the first row of data."""
    confidence: float


def find_layout(rows: Sequence[Sequence[str]], width: int) -> Layout:
    """The header of a table of `width` columns whose first rows, as text, are given."""
    top = _top_of_table(rows, width)
    if top >= len(rows):
        return Layout(None, 0, 0.5)
    is_header, confidence = _looks_like_header(rows[top], rows[top + 1 : top + 1 + LOOK_AHEAD])
    if is_header:
        return Layout(top, top + 1, confidence)
    return Layout(None, top, confidence)


def _top_of_table(rows: Sequence[Sequence[str]], width: int) -> int:
    """The first row that is as full as the table's rows are; titles and notes stand above it."""
    if width < 2:
        return 0
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:LOOK_AHEAD]]
    usual = Counter(filled).most_common(1)[0][0] if filled else width
    enough = max(2, (min(usual, width) + 1) // 2)
    for index, (row, count) in enumerate(zip(rows, filled, strict=False)):
        if count >= enough and len(row) >= width - 1:
            return index
        if index >= ROWS_SEEN:
            break
    return 0


def _looks_like_header(head: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[bool, float]:
    names = [cell.strip() for cell in head]
    present = [name for name in names if name]
    if not present:
        return False, 0.6
    if not body:
        return not any(VALUE.match(name) for name in present), 0.5
    typed_columns = 0
    against = 0
    for index, name in enumerate(names):
        cells = [row[index].strip() for row in body if index < len(row) and row[index].strip()]
        if not cells:
            continue
        typed = sum(bool(VALUE.match(cell)) for cell in cells) / len(cells) > 0.8
        typed_columns += typed and bool(name) and not VALUE.match(name)
        against += bool(name) and bool(VALUE.match(name)) and not _is_year(name, cells)
    return _verdict(present, body, typed_columns, against)


def _verdict(
    present: Sequence[str], body: Sequence[Sequence[str]], typed_columns: int, against: int
) -> tuple[bool, float]:
    if typed_columns > against:
        return True, round(min(0.99, 0.8 + 0.1 * (typed_columns - against)), 2)
    if against:
        return False, round(min(0.99, 0.7 + 0.1 * (against - typed_columns)), 2)
    # All is text: names are not repeated, neither among themselves nor below.
    below = {cell.strip() for row in body for cell in row}
    repeated = sum(name in below for name in present) + len(present) - len(set(present))
    if repeated * 2 > len(present):
        return False, 0.7
    return True, 0.6 if repeated else 0.75


def _is_year(name: str, cells: Sequence[str]) -> bool:
    """A year over figures is a name, unless years stand below it too."""
    year = name.isdecimal() and len(name) == 4 and name[:2] in ("18", "19", "20", "21")
    return year and sum(len(cell) == 4 for cell in cells) < len(cells) / 2
