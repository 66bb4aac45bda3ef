"""Where a table ends before its file does: at another table, or at notes.

A file is looked at where a gap shows, and at its very end; so a file without gaps costs nothing.
What stands below the end is only counted and listed, it is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import pyarrow.compute

from backend.ingest.blocks import (
    BLOCK_ROWS,
    Block,
    Kind,
    Known,
    is_marked_note,
    is_total,
    judge_block,
)
from backend.ingest.dialect import Dialect
from backend.ingest.lines import find_lines
from backend.ingest.parsing import Parsed
from backend.ingest.records import Chunk
from backend.ingest.tolerant import Record, read_records

pc: Any = pyarrow.compute
WINDOW_BYTES = 64 * 1024
MOST_GAPS = 200
"""Where so many gaps meant nothing, none does."""
LAST_ROWS = 12


@dataclass(frozen=True, slots=True)
class End:
    """Where a table ends within a chunk: in bytes of it, and what begins there."""

    position: int
    block: Block
    records: list[Record]
    """The first records below the end."""


class TableEnds:
    """Finds the end of a table as its chunks go by. `known` None: it goes on to the end."""

    def __init__(self, dialect: Dialect, known: Known | None) -> None:
        self.dialect = dialect
        self.known = known if known is not None and known.width > 1 else None
        self.gaps = 0

    def find(
        self, chunk: Chunk, parsed: Parsed | None, ahead: Sequence[Chunk], *, last: bool
    ) -> End | None:
        """The end within this chunk, if it is there.

        `ahead` are the chunks that follow, as far as they are at hand; `last`: there are no more.
        """
        if self.known is None:
            return None
        window = _Window(chunk, ahead, self.dialect, last)
        if self.gaps <= MOST_GAPS and (parsed is None or _may_have_gaps(parsed)):
            for start, stop in _gaps(chunk, self.dialect):
                self.gaps += 1
                found = self._below(window, start, stop)
                if found is not None:
                    return found
                if self.gaps > MOST_GAPS:
                    break
        return self._marked_notes(window) if window.complete else None

    def _below(self, window: _Window, start: int, stop: int) -> End | None:
        assert self.known is not None
        records, final = window.records(stop)
        rows = [texts(record) for record in records]
        block = judge_block(rows, self.known, final=final)
        return None if block.kind is Kind.ROWS else End(start, block, records)

    def _marked_notes(self, window: _Window) -> End | None:
        """Notes right below the last row, which say that they are."""
        assert self.known is not None
        if self.known.width < 3 or self.known.sparse:
            return None
        records = window.last_records()
        kept = [record for record in records if not is_gap(record)]
        place = len(kept)
        while place and is_marked_note(texts(kept[place - 1]), self.known):
            place -= 1
        if not 0 < place < len(kept):
            return None
        start = kept[place - 1].end
        if start > len(window.chunk.data):
            return None  # it is in the next chunk
        return End(start, Block(Kind.NOTES, 0.85), kept[place:])


def total_line(chunk: Chunk, dialect: Dialect) -> int | None:
    """The line of the last row of a chunk if it adds up the others."""
    records = _Window(chunk, (), dialect, last=True).last_records()
    kept = [record for record in records if not is_gap(record)]
    return kept[-1].line if len(kept) > 2 and is_total(texts(kept[-1])) else None


class _Window:
    """A chunk and what follows it."""

    def __init__(self, chunk: Chunk, ahead: Sequence[Chunk], dialect: Dialect, last: bool) -> None:
        self.chunk = chunk
        self.ahead = ahead
        self.dialect = dialect
        self.complete = last and sum(len(one.data) for one in ahead) <= WINDOW_BYTES
        """Whether the end of the file is at hand."""

    @cached_property
    def following(self) -> bytes:
        """What comes after the chunk, as much of it as is ever needed."""
        return b"".join(_first_bytes(self.ahead))

    def records(self, start: int) -> tuple[list[Record], bool]:
        """The records from a position of the chunk on, and whether they are all there are."""
        own = self.chunk.data[start : start + WINDOW_BYTES]
        final = self.complete and start + len(own) == len(self.chunk.data)
        data = own + self.following if start + len(own) == len(self.chunk.data) else own
        found = read_records(
            data, self.dialect, final=final, line=line_at(self.chunk, start, self.dialect)
        )
        records = list(islice(found, 2 * BLOCK_ROWS))
        return records, final and (records[-1].end if records else 0) == len(data)

    def last_records(self) -> list[Record]:
        """The last records of the file, each with its end as a position of the chunk."""
        starts = record_starts(self.chunk, self.dialect)
        start = int(starts[max(0, len(starts) - LAST_ROWS)]) if len(starts) else 0
        data = self.chunk.data[start:] + self.following
        if len(data) > 3 * WINDOW_BYTES:
            return []
        line = line_at(self.chunk, start, self.dialect)
        found = list(read_records(data, self.dialect, final=True, line=line))
        return [replace(record, end=record.end + start) for record in found]


def line_at(chunk: Chunk, position: int, dialect: Dialect) -> int:
    """The line of the file on which a position of the chunk is."""
    return chunk.line + chunk.data.count(dialect.line_end, 0, position)


def record_starts(chunk: Chunk, dialect: Dialect) -> Any:
    """Where the records of a chunk start."""
    if chunk.records is not None:
        return [0, *(record.end for record in chunk.records[:-1])]
    return find_lines(chunk, dialect).records(skip_blank=False)[0]


def texts(record: Record) -> list[str]:
    """The cells as text."""
    return [cell.decode("utf-8", "replace") for cell in record.cells]


def is_gap(record: Record) -> bool:
    """Whether no cell of a record holds anything."""
    return record.blank or not any(cell.strip() for cell in record.cells)


def cut(chunk: Chunk, position: int, dialect: Dialect) -> tuple[Chunk, Chunk]:
    """The chunk up to a position between two records, and from there on."""
    above = chunk.data.count(dialect.line_end, 0, position)
    place = int(np.searchsorted(chunk.quotes, position))
    stray = int(np.searchsorted(chunk.strays, position))
    head = replace(
        chunk,
        data=chunk.data[:position],
        breaks=above,
        quotes=chunk.quotes[:place],
        strays=chunk.strays[:stray],
    )
    rest = replace(
        chunk,
        data=chunk.data[position:],
        line=chunk.line + above,
        breaks=chunk.breaks - above,
        quotes=chunk.quotes[place:] - position,
        strays=chunk.strays[stray:] - position,
    )
    if chunk.records is None:
        return head, rest
    before = tuple(record for record in chunk.records if record.end <= position)
    after = chunk.records[len(before) :]
    moved = tuple(replace(record, end=record.end - position) for record in after)
    return replace(head, records=before), replace(rest, records=moved)


def _first_bytes(chunks: Sequence[Chunk]) -> Iterator[bytes]:
    room = WINDOW_BYTES
    for chunk in chunks:
        yield chunk.data[:room]
        room = max(0, room - len(chunk.data))


def _may_have_gaps(parsed: Parsed) -> bool:
    """Whether a chunk may hold an empty row: a blank line was counted, or a row has no cell."""
    if parsed.warnings.count("blank_rows_skipped"):
        return True
    empty = None
    for column in parsed.columns:
        if not column.null_count:
            return False
        empty = pc.is_null(column) if empty is None else pc.and_(empty, pc.is_null(column))
    return empty is not None and pc.any(empty).as_py() is True


def _gaps(chunk: Chunk, dialect: Dialect) -> Iterator[tuple[int, int]]:
    """Where runs of empty records start and stop, in bytes of the chunk."""
    start = stop = -1
    for first, last in _empty_records(chunk, dialect):
        if first == stop:
            stop = last
            continue
        if start >= 0:
            yield start, stop
        start, stop = first, last
    if start >= 0:
        yield start, stop


def _empty_records(chunk: Chunk, dialect: Dialect) -> Iterator[tuple[int, int]]:
    if chunk.records is not None:
        start = 0
        for record in chunk.records:
            if is_gap(record):
                yield start, record.end
            start = record.end
        return
    lines = find_lines(chunk, dialect)
    starts, ends = lines.records(skip_blank=False)
    empty = lines.bare.copy()
    nothing = dialect.delimiter_bytes + b" \t\r\n" + (dialect.quote_bytes or b"")
    first = np.frombuffer(chunk.data, np.uint8)[starts]
    likely = np.isin(first, np.frombuffer(nothing, np.uint8)) & ~empty
    for place in np.flatnonzero(likely).tolist():
        empty[place] = not chunk.data[starts[place] : ends[place]].strip(nothing)
    # Whole runs at once: a file may hold millions of blank lines.
    edges = np.flatnonzero(np.diff(empty, prepend=False, append=False))
    for begin, end in zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True):
        yield int(starts[begin]), int(ends[end - 1])
