"""A header that comes again among the rows, as where several exports were put into one file.

Kept as a row it would make text of every column. It is taken out where it equals the header cell
for cell, and its lines are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from backend.ingest.dialect import Dialect
from backend.ingest.lines import find_lines
from backend.ingest.parsing import BYTE_ORDER_MARK, Parsed
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
        for cells in self._as_written(chunk, dialect):
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

    def _as_written(self, chunk: Chunk, dialect: Dialect) -> Iterator[Sequence[bytes]]:
        """Each row, and as it looks where another file with a byte order mark was put below."""
        yield from self.rows
        # to look for its first byte alone is ten times as fast
        if BYTE_ORDER_MARK[:1] in chunk.data and BYTE_ORDER_MARK in chunk.data:
            quote = dialect.quote_bytes or b""
            for first, *others in self.rows:
                yield [BYTE_ORDER_MARK + first, *others]
                yield [BYTE_ORDER_MARK + quote + first + quote, *others]


def _same(parsed: Parsed, cells: Sequence[bytes]) -> Any | None:
    """Which rows equal the header; None if none does, which the lengths of cells mostly tell."""
    if len(cells) > len(parsed.columns) or not _may_be_same(parsed, cells):
        return None
    same = None
    for cell, column in zip_longest(cells, parsed.columns, fillvalue=b""):
        if cell:
            text = pa.scalar(cell.decode("utf-8", "replace"))
            found = pc.fill_null(pc.equal(column, text), fill_value=False)
        else:
            found = pc.is_null(column)
        same = found if same is None else pc.and_(same, found)
        if pc.any(same).as_py() is not True:
            return None
    return same


def _may_be_same(parsed: Parsed, cells: Sequence[bytes]) -> bool:
    """Whether a row has cells as long as these."""
    alike = np.ones(parsed.rows, bool)
    for cell, column in zip(cells, parsed.columns, strict=False):
        if len(column):
            _, places, _ = column.buffers()
            offsets = np.frombuffer(places, np.int32, len(column) + 1, column.offset * 4)
            alike &= np.diff(offsets) == len(cell)
        if not alike.any():
            return False
    return True


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
    name = max(cells, key=lambda cell: (not cell.startswith(BYTE_ORDER_MARK), len(cell)))
    found = list(_occurrences(chunk.data, name.replace(quote, 2 * quote)))
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
