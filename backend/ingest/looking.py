"""The first look at a delimited text: how it is written, and where in it the table may begin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import BinaryIO

from backend.domain import ReadingOptions
from backend.ingest.blocks import BLOCK_ROWS
from backend.ingest.detect import (
    detect_dialect,
    records_of_piece,
    sample_records,
    width_of_table,
)
from backend.ingest.dialect import Dialect
from backend.ingest.encoding import Encoding
from backend.ingest.endings import texts
from backend.ingest.failure import ReadingError
from backend.ingest.fronts import rows_of_facts, width_of_first_table
from backend.ingest.sampling import Sample, sample_from_line
from backend.ingest.tolerant import Record


@dataclass(frozen=True, slots=True)
class Look:
    """A sample, how it is written, its first records, and the usual width of its table."""

    sample: Sample
    dialect: Dialect
    records: list[Record]
    width: int


def find_table(
    stream: BinaryIO, sample: Sample, encoding: Encoding, options: ReadingOptions
) -> Look:
    """A look at the text from the header on, if its line was given, else without the facts about
    the file that stand above the table. Raises ReadingError if nothing is on that line."""
    if sample.whole and options.given().keys() <= {"encoding", "quote"} and not sample.text.strip():
        raise ReadingError("empty_file", "The file holds nothing but blank lines.")
    look = _look_at(sample, options)
    asked = options.header_lines
    if asked is None:
        facts = _facts(look.records)
        if not facts:
            return look
        end, line = look.records[facts - 1].end, look.records[facts].line
        return _look_at(sample.starting_at(end, line), options)
    if asked[0] < 2:
        return look
    return _look_at(_from_line(stream, look, encoding, asked[0]), options)


def no_such_row(line: int) -> ReadingError:
    """The failure for a header that was asked for where there is none."""
    return ReadingError(
        "header_row_not_found", f"No row begins on line {line}, which was given as the header."
    )


def _facts(records: list[Record]) -> int:
    """How many records at the start tell facts about the file."""
    full = (index for index, r in enumerate(records) if sum(bool(c.strip()) for c in r.cells) > 2)
    first = next(full, 0)
    return rows_of_facts([texts(r) for r in records[: first + 2 * BLOCK_ROWS]]) if first else 0


def _from_line(stream: BinaryIO, look: Look, encoding: Encoding, line: int) -> Sample:
    for before, record in pairwise(look.records):
        if record.line == line:
            return look.sample.starting_at(before.end, line)
    if line <= look.records[-1].line:
        raise no_such_row(line)
    found = sample_from_line(stream, encoding, line, look.dialect.line_end)
    if found is None or not found.text:
        raise no_such_row(line)
    return replace(found, above=look.sample.above_position(len(look.sample.text)))


def _look_at(sample: Sample, options: ReadingOptions) -> Look:
    text, whole = sample.text, sample.whole
    # A header that was asked for may be that of a small table above others.
    front = sample.front() if sample.line > 1 and options.header_row else text
    cut = len(front) < len(text)
    dialect = detect_dialect(front, options, whole=whole or cut, elsewhere=sample.elsewhere)
    pieces = [records_of_piece(piece, dialect) for piece in sample.elsewhere]
    width = width_of_table(sample_records(front, dialect, whole=whole or cut), pieces)
    # With the width known, a quote that swallows rows is told from a cell of many lines.
    records = sample_records(text, dialect, whole=whole, width=width, line=sample.line)
    first = width_of_first_table(records, width)
    if first != width:
        records = sample_records(text, dialect, whole=whole, width=first, line=sample.line)
    return Look(sample, dialect, records, first)
