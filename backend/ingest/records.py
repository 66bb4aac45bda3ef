"""Cuts a text into chunks of whole records, and tells clean stretches from dirty ones.

A stretch is clean if its quotes obey RFC 4180 to the letter: then an engine may parse it, and any
engine gets the same cells. Counting from a record's start, quotes alternate between opening and
closing (a doubled quote closes and opens again); an opening one must follow a delimiter, a line
break or a quote, a closing one must precede one. The first quote (or lone line break outside
quotes) that does not ends the clean stretch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.ingest.dialect import LF, Dialect
from backend.ingest.failure import ReadingError
from backend.ingest.tolerant import LONGEST_QUOTED, Record, read_records

SMALLEST_DIRTY = 64 * 1024
QUOTE_CONTEXT = 1  # bytes beside a quote that decide whether it is regular
NOTHING: Any = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole records. `records` is None for a clean one, which is still to be parsed."""

    data: bytes
    line: int
    records: tuple[Record, ...] | None = None


class RecordCutter:
    """Turns blocks of UTF-8 text into chunks; each byte ends up in exactly one of them."""

    def __init__(self, dialect: Dialect, width: int, line: int, *, longest_record: int) -> None:
        self.dialect = dialect
        self.width = width
        self.line = line
        self.longest_record = max(longest_record, LONGEST_QUOTED)
        self._buffer = b""
        self._dirty = SMALLEST_DIRTY

    def feed(self, block: bytes, *, final: bool) -> Iterator[Chunk]:
        """Takes the next block; gives the chunks that are complete now."""
        self._buffer = self._buffer + block if self._buffer else block
        while self._buffer:
            clean, offence = self._clean_stretch(final)
            if clean:
                yield self._take(clean)
                if clean > self._dirty:
                    self._dirty = SMALLEST_DIRTY
            if not offence:
                break
            chunk = self._dirty_stretch(final)
            if chunk is None:
                break
            yield chunk
        if len(self._buffer) > 2 * self.longest_record:
            raise ReadingError(
                "record_too_long",
                f"The record on line {self.line} is longer than {self.longest_record} bytes.",
            )

    def _take(self, size: int, records: tuple[Record, ...] | None = None) -> Chunk:
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        chunk = Chunk(data, self.line, records)
        self.line += data.count(self.dialect.line_end)
        return chunk

    def _clean_stretch(self, final: bool) -> tuple[int, bool]:
        """How many bytes of the buffer are clean whole records, and whether an offence follows."""
        if not self.dialect.plain:
            return 0, True
        quotes = self._quotes()
        limit = self._first_offence(quotes, final)
        offence = limit < len(self._buffer)
        if final and not offence:
            return len(self._buffer), False
        return self._last_boundary(quotes, limit), offence

    def _quotes(self) -> Any:
        quote = self.dialect.quote_bytes
        if quote is None or quote not in self._buffer:
            return NOTHING
        return np.flatnonzero(np.frombuffer(self._buffer, np.uint8) == quote[0])

    def _first_offence(self, quotes: Any, final: bool) -> int:
        """Where the first irregular quote or lone line break is; the length if there is none."""
        first = len(self._buffer)
        if len(quotes):
            bad = self._irregular(quotes)
            first = min(first, int(bad[0]) if len(bad) else first)
            if final and len(quotes) % 2 and not len(bad):
                first = int(quotes[-1])  # opened and never closed
        return min(first, self._lone_break(quotes))

    def _irregular(self, quotes: Any) -> Any:
        assert self.dialect.quote_bytes is not None
        data = np.frombuffer(self._buffer, np.uint8)
        neighbours = np.zeros(256, dtype=bool)
        neighbours[list(self.dialect.delimiter_bytes + self.dialect.quote_bytes + b"\r\n")] = True
        opening, closing = quotes[0::2], quotes[1::2]
        regular = np.empty(len(quotes), dtype=bool)
        regular[0::2] = neighbours[data[opening - 1]] | (opening == 0)
        after = np.minimum(closing + 1, len(data) - 1)
        regular[1::2] = neighbours[data[after]] | (closing == len(data) - 1)
        return quotes[~regular]

    def _lone_break(self, quotes: Any) -> int:
        """Where a CR without LF (or, in a CR file, an LF without CR) stands outside quotes."""
        data = self._buffer
        other = b"\r" if self.dialect.line_end == LF else b"\n"
        pairs = data.count(b"\r\n")
        if data.count(other) == pairs:
            return len(data)
        array = np.frombuffer(data, np.uint8)
        at = np.flatnonzero(array == other[0])
        if other == b"\r":
            beside = np.minimum(at + 1, len(data) - 1)
            lone = at[(array[beside] != 10) & (at < len(data) - 1)]
        else:
            lone = at[(array[at - 1] != 13) | (at == 0)]
        outside = lone[np.searchsorted(quotes, lone) % 2 == 0]
        return int(outside[0]) if len(outside) else len(data)

    def _last_boundary(self, quotes: Any, limit: int) -> int:
        """Where the last record that ends before `limit` ends."""
        stop = limit
        # A CR at the very end may be half of a CRLF.
        held = self.dialect.line_end != LF and limit == len(self._buffer)
        while True:
            at = self._buffer.rfind(self.dialect.line_end, 0, stop - 1 if held else stop)
            if at < 0:
                return 0
            before = int(np.searchsorted(quotes, at))
            if before % 2 == 0:
                pair = self.dialect.line_end != LF and self._buffer[at + 1 : at + 2] == LF
                return at + 2 if pair else at + 1
            stop = int(quotes[before - 1])
            held = False

    def _dirty_stretch(self, final: bool) -> Chunk | None:
        """Some records read by the tolerant path; more of them the more dirt there is."""
        window = min(self._dirty, len(self._buffer))
        while True:
            ends = final and window >= len(self._buffer)
            records = tuple(
                read_records(
                    self._buffer[:window],
                    self.dialect,
                    final=ends,
                    line=self.line,
                    width=self.width,
                )
            )
            if records:
                self._dirty = min(2 * self._dirty, 4 * 1024 * 1024)
                return self._take(records[-1].end, records)
            if window >= len(self._buffer):
                return None
            window = min(2 * window, len(self._buffer))
