"""Where the lines and records of a clean chunk are; worked out only when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backend.ingest.dialect import LF, Dialect
from backend.ingest.records import Chunk
from backend.ingest.report import SHOWN_ROWS
from backend.ingest.tolerant import holds_rows


def find_lines(chunk: Chunk, dialect: Dialect) -> Lines:
    """The lines of a chunk whose quotes are known."""
    return Lines(chunk, dialect.line_end, dialect.delimiter_bytes)


@dataclass(frozen=True)
class Lines:
    """Positions in a chunk, turned into line numbers of the file."""

    chunk: Chunk
    line_end: bytes
    delimiter: bytes

    def of(self, positions: Sequence[int] | Any) -> list[int]:
        """The 1-based line each position is on, without repeats."""
        if not len(positions):
            return []
        lines = np.unique(np.searchsorted(self._breaks, positions)) + self.chunk.line
        return [int(line) for line in lines]

    def number(self, positions: Any) -> list[int]:
        """The 1-based line of each position."""
        found: list[int] = (np.searchsorted(self._breaks, positions) + self.chunk.line).tolist()
        return found

    def blank(self) -> tuple[list[int], int]:
        """The first lines that hold nothing and are not part of a quoted cell; how many do so."""
        if not self._may_have_blanks():
            return [], 0
        blank = self._spans[0][self.bare]
        return self.of(blank[:SHOWN_ROWS]), len(blank)

    def rows_in_cells(self, width: int) -> list[int]:
        """The lines of quoted cells that seem to hold whole rows.

        Two quotes that are missing in two rows make such a cell, and it obeys all the rules.
        """
        quotes = self.chunk.quotes
        if width < 2 or not self._inside.any():
            return []
        apart = quotes[2::2] != quotes[1:-1:2] + 1  # where they touch, a quote is doubled
        opening = quotes[0::2][np.concatenate(([True], apart))]
        closing = quotes[1::2][np.concatenate((apart, [True]))]
        breaks = _count_between(self._breaks, opening, closing)
        delimiters = np.flatnonzero(self._array == self.delimiter[0])
        many = _count_between(delimiters, opening, closing) >= width - 1
        first = np.searchsorted(self._breaks, opening)
        return [
            self.chunk.line + int(line)
            for cell in np.flatnonzero(many & (breaks > 0))
            if holds_rows(self.chunk.data[opening[cell] : closing[cell]], width, self.delimiter)
            for line in range(first[cell], first[cell] + breaks[cell] + 1)
        ]

    def records(self, *, skip_blank: bool) -> tuple[Any, Any]:
        """Where each record starts and ends, line break included."""
        starts, ends = self._spans
        if skip_blank and self._may_have_blanks():
            return starts[~self.bare], ends[~self.bare]
        return starts, ends

    def _may_have_blanks(self) -> bool:
        """Whether two line breaks touch anywhere, or one comes first; a superset, found fast."""
        breaks = self._breaks
        if not len(breaks):
            return False
        close = np.diff(breaks) <= 2  # with one character between them, which may be half a CRLF
        return bool(breaks[0] <= 1 or close.any())

    @cached_property
    def _array(self) -> Any:
        return np.frombuffer(self.chunk.data, np.uint8)

    @cached_property
    def _breaks(self) -> Any:
        return np.flatnonzero(self._array == self.line_end[0])

    @cached_property
    def _inside(self) -> Any:
        """Which breaks are part of a quoted cell. A cell may have millions of them."""
        at = np.searchsorted(self._breaks, self.chunk.quotes)
        edges = np.zeros(len(self._breaks) + 1, np.int8)
        np.add.at(edges, at[0::2], 1)
        np.add.at(edges, at[1::2], -1)
        return np.cumsum(edges[:-1], dtype=np.int8) > 0

    @cached_property
    def _spans(self) -> tuple[Any, Any]:
        ends = self._breaks[~self._inside] + 1
        size = len(self.chunk.data)
        if self.line_end != LF:  # the LF of a CRLF belongs to the record before it
            ends = ends + (self._array[np.minimum(ends, size - 1)] == LF[0]) * (ends < size)
        if not len(ends) or ends[-1] < size:
            ends = np.append(ends, size)
        return np.concatenate(([0], ends[:-1])), ends

    @cached_property
    def bare(self) -> Any:
        """Which records are line breaks and nothing else."""
        starts, ends = self._spans
        first = self._array[starts]
        return (first == 10) | ((first == 13) & (ends - starts <= 2))


def _count_between(positions: Any, starts: Any, ends: Any) -> Any:
    return np.searchsorted(positions, ends) - np.searchsorted(positions, starts)
