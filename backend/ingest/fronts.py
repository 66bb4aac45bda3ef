"""The start of a file, where the first of several tables need not be the longest."""

from __future__ import annotations

from collections.abc import Sequence

from backend.ingest.blocks import BLOCK_ROWS, Kind, Known, judge_block
from backend.ingest.detect import evenness, usual_width
from backend.ingest.endings import is_gap, texts
from backend.ingest.headers import judge_header
from backend.ingest.tolerant import Record

FEWEST = 4
"""So many rows, header included, make a first table."""
FEWEST_PAIRS = 8
"""So many if it has two columns: facts about a file are written like that, above its table."""
SURE = 0.8


def width_of_first_table(records: Sequence[Record], usual: int) -> int:
    """The number of cells of the table that begins the file, if it ends within these records.

    Else `usual`, which is what most of the records have.
    """
    end = _first_gap(records)
    block = records[:end]
    width = usual_width(block)
    if end == len(records) or width < 2 or width == usual or evenness(block, width) < 1:
        return usual
    rows = [texts(record) for record in block]
    is_header, confidence = judge_header(rows[0], rows[1:])
    if not is_header or confidence < SURE or len(rows) < (FEWEST_PAIRS if width == 2 else FEWEST):
        return usual
    below = [texts(record) for record in records[end : end + 2 * BLOCK_ROWS]]
    known = Known.of(width, rows[:1], rows[1:])
    return width if judge_block(below, known, final=False).kind is Kind.TABLE else usual


def _first_gap(records: Sequence[Record]) -> int:
    for index, record in enumerate(records):
        if index >= FEWEST and is_gap(record):
            return index
    return len(records)
