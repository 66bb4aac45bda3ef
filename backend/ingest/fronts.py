"""The start of a file, where the first of several tables need not be the longest."""

from __future__ import annotations

from collections.abc import Sequence

from backend.ingest.blocks import BLOCK_ROWS, Kind, Known, is_empty, judge_block
from backend.ingest.detect import evenness, usual_width
from backend.ingest.endings import is_gap, texts
from backend.ingest.headers import Row, judge_header
from backend.ingest.tolerant import Record

FEWEST = 4
"""So many rows, header included, make a first table."""
FEWEST_PAIRS = 8
"""So many if it has two columns: facts about a file are written like that, above its table."""
SURE = 0.8
EVEN = 0.75


def width_of_first_table(records: Sequence[Record], usual: int) -> int:
    """The number of cells of the table that begins the file, if it ends within these records.

    Else `usual`, which is what most of the records have.
    """
    end = _first_gap(records)
    block = records[:end]
    width = usual_width(block)
    if end == len(records) or width < 2 or width == usual or evenness(block, width) < EVEN:
        return usual
    rows = [texts(record) for record in block]
    if not is_front_table(rows, width):
        return usual
    below = [texts(record) for record in records[end : end + 2 * BLOCK_ROWS]]
    known = Known.of(width, rows[:1], rows[1:])
    return width if judge_block(below, known, final=False).kind is Kind.TABLE else usual


def rows_of_facts(rows: Sequence[Row]) -> int:
    """How many rows at the start of a file are facts about it, a name and a value each, and titles,
    with a gap below them; 0 if no wider table with a header follows."""
    start, facts = 0, 0
    for index, row in enumerate(rows):
        if not is_empty(row):
            cells = sum(bool(cell.strip()) for cell in row)
            facts += cells == 2
            if cells > 2 or index - start >= FEWEST_PAIRS - 1:
                return 0
        elif facts:
            start = index + 1
            below = rows[start : start + 2 * BLOCK_ROWS]
            block = judge_block(below, Known(2), final=False)
            if block.kind is Kind.TABLE and block.header is not None:
                wide = sum(bool(cell.strip()) for cell in below[block.header])
                return start if wide > 2 else 0
        else:
            start = index + 1
    return 0


def is_front_table(rows: Sequence[Row], width: int) -> bool:
    """Whether the first rows of a file, down to a gap, clearly are a table with a header."""
    if width < 2 or len(rows) < (FEWEST_PAIRS if width == 2 else FEWEST):
        return False
    is_header, confidence = judge_header(rows[0], rows[1:])
    return is_header and confidence >= SURE


def _first_gap(records: Sequence[Record]) -> int:
    for index, record in enumerate(records):
        if index >= FEWEST and is_gap(record):
            return index
    return len(records)
