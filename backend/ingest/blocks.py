"""What stands below a gap: more rows of the table, another table, or notes. Text and workbooks.

A gap is one or more rows without content. Most of them mean nothing, so whatever is not clearly
another thing is taken for rows of the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from backend.ingest.detect import VALUE
from backend.ingest.headers import Row, may_name, stripped, typed_columns

BLOCK_ROWS = 60
"""So many rows below a gap are looked at, at most."""
MOST_NOTES = 40
MOST_TITLES = 6
SAME = 0.8
SPARSE = 0.02
"""Where more than this part of the rows hold one cell only, such a row is no note."""
WORDS = (
    r"(?:data\s+)?(?:sources?|notes?|footnotes?|remarks?|comments?|disclaimer|copyright"
    r"|last\s+updated?|generated|exported|retrieved|quellen?|anmerkung(?:en)?|hinweise?"
    r"|fu(?:ß|ss)noten?|remarques?|fuentes?|notas?|fontes?|bron(?:nen)?|källa|kilde)"
)
MARK = re.compile(rf"\s*(?:[*†‡§©¹²³⁴#]|{WORDS}\b)", re.IGNORECASE)
"""How a note below a gap begins."""
PLAIN_MARK = re.compile(rf"\s*(?:[†‡§©]|\*+\s|{WORDS}(?:\s+[^:]{{1,30}})?\s*:)", re.IGNORECASE)
"""How a note begins that needs no gap to be known as one."""
TOTAL = re.compile(
    r"\s*(?:(?:grand|sub|overall)[ -]?)?(?:totals?|sum|summe|gesamt(?:summe)?|insgesamt|totaal|"
    r"suma|somme|totale|итого|всего|合計|总计|总和)\s*:?\s*\Z",
    re.IGNORECASE,
)


class Kind(Enum):
    """What a block is."""

    ROWS = "rows"
    TABLE = "table"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the table that stands above: its width, header rows and usual rows."""

    width: int
    headers: tuple[tuple[str, ...], ...] = ()
    sparse: bool = False
    even: bool = True
    """Whether nearly all its rows have the usual number of cells."""
    typed: frozenset[int] = frozenset()
    """Its columns of numbers or days."""

    @classmethod
    def of(cls, width: int, headers: Sequence[Row], rows: Sequence[Row]) -> Known:
        """From some rows of the table, gaps left out."""
        filled = [row for row in rows if not is_empty(row)]
        while filled and _filled(filled[-1]) == 1:  # they may be notes
            filled.pop()
        lone = sum(_filled(row) == 1 for row in filled)
        usual = sum(len(row) == width for row in filled)
        return cls(
            width,
            tuple(_trimmed(row) for row in headers),
            sparse=lone > 1 and lone > SPARSE * len(filled),
            even=usual >= 0.95 * len(filled),
            typed=frozenset(typed_columns(filled[:BLOCK_ROWS], width)),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """What stands below a gap; for a table the index of its header row (None: it has none)."""

    kind: Kind
    confidence: float = 1.0
    header: int | None = None
    first: int = 0
    """Index of the first row that is neither empty nor a title: the header, if there is one."""


ROWS = Block(Kind.ROWS)


def judge_block(rows: Sequence[Row], above: Known, *, final: bool) -> Block:
    """What the rows below a gap are; `final`: the file ends with them."""
    first = _first_of_table(rows, above)
    if first >= len(rows):
        return _judge_notes(rows) if final else ROWS
    if first > MOST_TITLES:
        return ROWS
    head, body = rows[first], _run(rows[first + 1 :])
    if _trimmed(head) in above.headers or not body:
        return ROWS
    confidence = _headed_table(head, body, above, titled=first > 0)
    if confidence:
        return Block(Kind.TABLE, confidence, first, first)
    if _headless_table([head, *body], above):
        return Block(Kind.TABLE, 0.6, None, first)
    return ROWS


def is_empty(row: Row) -> bool:
    """Whether no cell of a row holds anything."""
    return not any(cell.strip() for cell in row)


def is_note(row: Row, above: Known) -> bool:
    """Whether a row below a gap can be a remark about the table instead of one of its rows."""
    filled = [cell for cell in stripped(row) if cell]
    if not filled or VALUE.match(filled[0]) or TOTAL.match(filled[0]):
        return False
    if len(filled) > 1:
        return bool(PLAIN_MARK.match(row[0])) or (len(row) != above.width and _is_prose(row))
    # In a table of two columns, or one with many gaps, a row with one cell may be a row.
    padded = len(row) == above.width and (above.sparse or above.width < 3)
    return not padded or bool(MARK.match(filled[0]))


def is_marked_note(row: Row, above: Known) -> bool:
    """Whether a row right below the table says of itself that it is a note."""
    filled = _filled(row)
    short = len(_trimmed(row)) <= 2 < above.width
    return (
        short and 0 < filled <= (1 if len(row) == above.width else 2) and bool(MARK.match(row[0]))
    )


def is_total(row: Row) -> bool:
    """Whether a row adds up those above it."""
    cells = [cell for cell in stripped(row) if cell]
    return len(cells) > 1 and bool(TOTAL.match(cells[0])) and all(VALUE.match(c) for c in cells[1:])


def _is_prose(row: Row) -> bool:
    """A sentence with commas in it, which was taken for several cells."""
    spaced = all(cell.startswith(" ") or not cell for cell in row[1:])
    return spaced or bool(MARK.match(row[0]))


def _judge_notes(rows: Sequence[Row]) -> Block:
    notes = [row for row in rows if not is_empty(row)]
    if not notes or len(notes) > MOST_NOTES:
        return ROWS
    marked = any(MARK.match(next(filter(None, stripped(row)))) for row in notes)
    return Block(Kind.NOTES, 0.95 if marked else 0.8)


def _first_of_table(rows: Sequence[Row], above: Known) -> int:
    for index, row in enumerate(rows):
        if not is_empty(row) and not is_note(row, above):
            return index
    return len(rows)


def _run(rows: Sequence[Row]) -> list[Row]:
    """The rows up to the next gap."""
    run: list[Row] = []
    for row in rows[:BLOCK_ROWS]:
        if is_empty(row):
            break
        run.append(row)
    return run


def _headed_table(head: Row, body: Sequence[Row], above: Known, *, titled: bool) -> float:
    """How sure it is that a row is the header of another table; 0: it is not."""
    names = stripped(head)
    places = [index for index, name in enumerate(names) if name]
    if len(places) < 2 or len(body) < 2:
        return 0.0
    if len({names[i] for i in places}) < len(places):
        return 0.0
    if not all(may_name(names[index], index, body) for index in places):
        return 0.0
    low, high = places[0], places[-1] + 1
    inside = [row for row in body if _lies_within(row, low, high)]
    even = sum(len(row) == len(head) for row in body)
    if len(inside) < SAME * len(body) or even < SAME * len(body):
        return 0.0
    below = typed_columns(body, len(head)) & set(places)
    typed = len(below)
    if len(head) == above.width and high - low == above.width:
        if any(VALUE.match(names[index]) for index in above.typed):
            return 0.0  # a year among years
        odd = len(below | above.typed) if typed and above.even else 0
        return 0.85 if odd >= min(2, above.width - 1) else 0.0
    if typed:
        return 0.95 if titled or typed > 1 else 0.85
    named = {name for name in names if name} & {cell.strip() for row in body for cell in row}
    other = len(head) != above.width and len(body) > 2
    return 0.7 if (other or titled) and not named and above.even else 0.0


def _headless_table(rows: Sequence[Row], above: Known) -> bool:
    """Whether rows without a header have a width of their own, all of them."""
    width = len(rows[0])
    return (
        len(rows) > 2
        and above.even
        and width > 1
        and width != above.width
        and all(len(row) == width and _filled(row) > 1 for row in rows)
    )


def _lies_within(row: Row, low: int, high: int) -> bool:
    return all(low <= index < high for index, cell in enumerate(row) if cell.strip())


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _trimmed(row: Row) -> tuple[str, ...]:
    """The cells, those empty at the end left out."""
    cells = stripped(row)
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)
