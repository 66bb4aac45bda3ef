"""A header that comes again among the rows, as where several exports were put into one file.

Kept as a row it would make text of every column. It is taken out where it equals the header cell
for cell, and its lines are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from backend.ingest.dialect import Dialect
from backend.ingest.lines import find_lines
from backend.ingest.parsing import Parsed
from backend.ingest.records import Chunk
from backend.ingest.tolerant import Record, read_records

pc: Any = pyarrow.compute


@dataclass(frozen=True, slots=True)
class RepeatedHeaders:
    """What takes the header rows of one table out of its chunks."""

    rows: tuple[tuple[bytes, ...], ...]
    """The cells of each header row that can be told from data: two of them are filled."""

    @classmethod
    def of(cls, header_rows: Sequence[Record], usual: int) -> RepeatedHeaders:
        """For these header rows of a table with `usual` cells in a row."""
        if usual < 2:
            return cls(())
        cells = (tuple(record.cells) for record in header_rows)
        return cls(tuple(row for row in cells if sum(map(bool, row)) > 1))

    def taken_out(self, parsed: Parsed, chunk: Chunk, dialect: Dialect) -> Parsed:
        """The chunk without them, each counted with its line."""
        for cells in self.rows:
            same = _same(parsed, cells)
            if same is None:
                continue
            lines = list(_lines(chunk, dialect, cells))
            # A line that cannot be named is not left out.
            if len(lines) != pc.sum(same).as_py():
                continue
            parsed.warnings.add("repeated_header", lines)
            keep = pc.invert(same)
            columns = [column.filter(keep) for column in parsed.columns]
            parsed = replace(parsed, columns=columns, rows=parsed.rows - len(lines))
        return parsed


def _same(parsed: Parsed, cells: Sequence[bytes]) -> Any | None:
    """Which rows equal the header; None if none does, which one column mostly tells."""
    if len(cells) > len(parsed.columns):
        return None
    order = sorted(range(len(cells)), key=lambda index: (not cells[index], index))
    same = None
    for index in order:
        column = parsed.columns[index]
        if cells[index]:
            text = pa.scalar(cells[index].decode("utf-8", "replace"))
            found = pc.fill_null(pc.equal(column, text), fill_value=False)
        else:
            found = pc.is_null(column)
        same = found if same is None else pc.and_(same, found)
        if pc.any(same).as_py() is not True:
            return None
    for column in parsed.columns[len(cells) :]:
        same = pc.and_(same, pc.is_null(column))
    return same if pc.any(same).as_py() is True else None


def _lines(chunk: Chunk, dialect: Dialect, cells: Sequence[bytes]) -> Iterator[int]:
    wanted = _trimmed(cells)
    for record in chunk.records or _likely_records(chunk, dialect, cells):
        if _trimmed(record.cells) == wanted:
            yield record.line


def _likely_records(chunk: Chunk, dialect: Dialect, cells: Sequence[bytes]) -> Iterator[Record]:
    """The records of a clean chunk in which the longest name of the header occurs."""
    lines = find_lines(chunk, dialect)
    starts, ends = lines.records(skip_blank=False)
    quote = dialect.quote_bytes or b""
    found = list(_occurrences(chunk.data, max(cells, key=len).replace(quote, 2 * quote)))
    for place in np.unique(np.searchsorted(starts, found, "right") - 1):
        start, end = int(starts[place]), int(ends[place])
        yield from read_records(
            chunk.data[start:end],
            dialect,
            final=True,
            line=lines.of([start])[0],
        )


def _occurrences(data: bytes, text: bytes) -> Iterator[int]:
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + len(text))


def _trimmed(cells: Sequence[bytes]) -> list[bytes]:
    """Without the empty cells at the end."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept
