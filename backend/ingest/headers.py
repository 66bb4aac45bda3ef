"""Which rows name the columns: one, several that are read as one, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.ingest.detect import VALUE

JOIN = " / "
MOSTLY = 0.8
"""A column of which more than this part looks like numbers or days is one of them."""
SELDOM = 0.9
"""Where at least this part of the rows are unlike each other, one that comes again is no data."""
TIME = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ]\d\d?:\d\d.*)?|\d\d?:\d\d(?::\d\d)?")
"""A day, a moment or a time of day."""
Row = Sequence[str]


def judge_header(head: Row, body: Sequence[Row]) -> tuple[bool, float]:
    """Whether `head` names the columns of the rows below it, and how sure that is."""
    names = stripped(head)
    present = [name for name in names if name]
    if not present:
        return False, 0.6
    if not body:
        return not any(VALUE.match(name) for name in present), 0.5
    others = [row for row in body if stripped(row) != names]
    if len(others) < len(body) and _stands_out(present, others):
        return True, 0.95
    typed, against, _ = _evidence(names, body)
    return _verdict(present, body, typed, against)


def judge_joined(above: Sequence[Row], bottom: Row, body: Sequence[Row]) -> float:
    """How sure it is that rows `above` name groups of the columns that `bottom` names; 0: no.

    A group's name stands over the first of its columns (the others are empty, as a merged cell is
    saved) or over each. Only where the columns below hold numbers or days can names be told.
    """
    names = stripped(bottom)
    groups = [stripped(row) for row in above]
    if any(len(row) != len(names) for row in groups) or not any(names):
        return 0.0
    if not all(_names_groups(row, names) for row in groups):
        return 0.0
    joined = join_names([*above, bottom])
    if not all(joined) or len(set(joined)) < len(joined):
        return 0.0
    typed, against, times = _evidence(names, body)
    if (
        not typed + times
        or against
        or any(_is_value(cell, names) for row in groups for cell in row)
    ):
        return 0.0
    if any(name and not any(map(str.isalnum, name)) for name in names):
        return 0.0  # a rule of dashes
    filled = [name for name in names if name]
    if len(set(filled)) < len(filled):
        return 0.95
    return 0.85 if all(sum(map(bool, row)) > 1 for row in groups) else 0.7


def join_names(rows: Sequence[Row]) -> list[str]:
    """The names of the columns under one or more header rows, the groups' names before them."""
    *above, bottom = [list(row) for row in rows]
    if not above:
        return bottom
    parts = [_spread(row, bottom) for row in above] + [bottom]
    width = max(map(len, parts))
    columns = ([row[i].strip() for row in parts if i < len(row)] for i in range(width))
    return [JOIN.join(part for part in column if part) for column in columns]


def names_rows(body: Sequence[Row], width: int, names: int) -> bool:
    """Whether the first column has no name, but names the rows: so R writes a table whose cells are
    parted by spaces or tabs, and so matrices are written. The header has one name too few then."""
    rows = [row for row in body if len(row) == width]
    first = [row[0].strip() for row in rows]
    filled = any(row[-1].strip() for row in rows)
    return names == width - 1 > 0 and filled and all(first) and len(set(first)) == len(rows) > 1


def is_value(cell: str) -> bool:
    """Whether a cell looks like a number, a day or a time."""
    return bool(cell.strip()) and VALUE.match(cell) is not None


def stripped(row: Row) -> list[str]:
    """The cells without the spaces around them."""
    return [cell.strip() for cell in row]


def typed_columns(body: Sequence[Row], width: int) -> set[int]:
    """The columns whose cells nearly all look like numbers, days or times."""
    found = set()
    for index in range(width):
        cells = _column(body, index)
        if cells and sum(bool(VALUE.match(cell)) for cell in cells) / len(cells) > MOSTLY:
            found.add(index)
    return found


def _column(body: Sequence[Row], index: int) -> list[str]:
    return [row[index].strip() for row in body if index < len(row) and row[index].strip()]


def _stands_out(names: Sequence[str], others: Sequence[Row]) -> bool:
    """Whether a first row that comes again can be no row of the data: those are all different."""
    if len(set(names)) < len(names) or any(VALUE.match(name) for name in names):
        return False
    return len({tuple(row) for row in others}) >= SELDOM * len(others)


def _evidence(names: Row, body: Sequence[Row]) -> tuple[int, int, int]:
    """How many columns speak for a header (a word over numbers), how many against it, and over
    how many figures a year, a day or an hour stands, which may be either."""
    typed = typed_columns(body, len(names))
    told = sum(bool(names[i]) and not VALUE.match(names[i]) for i in typed)
    against = times = 0
    for index, name in enumerate(names):
        if name and VALUE.match(name):
            cells = _column(body, index)
            time = _is_time(name, cells)
            against += bool(cells) and not time
            times += index in typed and time
    return told, against, times


def _verdict(
    present: Sequence[str], body: Sequence[Row], typed: int, against: int
) -> tuple[bool, float]:
    if typed > against:
        return True, round(min(0.99, 0.8 + 0.1 * (typed - against)), 2)
    if against:
        return False, round(min(0.99, 0.7 + 0.1 * (against - typed)), 2)
    # All is text: names are not repeated, neither among themselves nor below.
    below = {cell.strip() for row in body for cell in row}
    repeated = sum(name in below for name in present) + len(present) - len(set(present))
    if repeated * 2 > len(present):
        return False, 0.7
    return True, 0.6 if repeated else 0.75


def _is_time(name: str, cells: Sequence[str]) -> bool:
    """A year, a day or an hour over figures is a name, unless such stand below it too."""
    if _is_year(name):
        return sum(map(_is_year, cells)) < len(cells) / 2
    figures = sum(bool(VALUE.match(c)) and not TIME.fullmatch(c) for c in cells)
    return TIME.fullmatch(name) is not None and figures > len(cells) / 2


def may_name(name: str, index: int, body: Sequence[Row]) -> bool:
    """Whether a cell can name its column: it is no value, or a time over what is none."""
    return not VALUE.match(name) or _is_time(name, _column(body, index))


def looks_like_time(name: str) -> bool:
    """Whether a value can be a year, a day or an hour, and so a name."""
    return _is_year(name) or TIME.fullmatch(name) is not None


def _is_year(name: str) -> bool:
    return name.isdecimal() and len(name) == 4 and name[:2] in ("18", "19", "20", "21")


def _is_value(cell: str, names: Row) -> bool:
    """Whether a group's cell is a figure; a year or a day is a name."""
    return (
        bool(cell) and bool(VALUE.match(cell)) and not looks_like_time(cell) and cell not in names
    )


def _names_groups(row: Row, bottom: Row) -> bool:
    filled = [index for index, cell in enumerate(row) if cell]
    if not filled or (len(filled) == 1 and filled[0] == 0):
        return False  # a title stands over all of the table
    pairs = list(zip(row, row[1:], bottom[1:], strict=False))
    if any(one and not other and below for one, other, below in pairs):
        return True
    return any(one and one == other for one, other, _ in pairs) and len(set(bottom)) < len(bottom)


def _spread(row: Row, bottom: Row) -> list[str]:
    """The row with each group's name over all columns of the group."""
    spread: list[str] = []
    for index, cell in enumerate(row):
        named = index < len(bottom) and bool(bottom[index].strip())
        spread.append(cell if cell.strip() or not named or not spread else spread[-1])
    return spread
