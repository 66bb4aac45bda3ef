"""Cuts a text into chunks of whole records, and tells clean stretches from dirty ones.

A stretch is clean if its quotes obey RFC 4180 to the letter and no lone line break stands outside
them: then an engine may parse it, and any engine gets the same cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backend.ingest.dialect import LF, Dialect
from backend.ingest.failure import ReadingError
from backend.ingest.quotes import NOTHING, find_structure
from backend.ingest.tolerant import LONGEST_QUOTED, Record, read_records

SMALLEST_DIRTY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole records. `records` is None for a clean one, which is still to be parsed.

    For a clean one also the positions of its structural quotes, and of quotes that are characters.
    `breaks` counts the bytes that may end a row, those within cells included.
    """

    data: bytes
    line: int
    records: tuple[Record, ...] | None = None
    quotes: Any = field(default_factory=lambda: NOTHING)
    strays: Any = field(default_factory=lambda: NOTHING)
    breaks: int = 0


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
            if clean is not None:
                yield clean
                if len(clean.data) > self._dirty:
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

    def _take(self, size: int, **found: Any) -> Chunk:
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        breaks = int(np.count_nonzero(np.frombuffer(data, np.uint8) == self.dialect.line_end[0]))
        chunk = Chunk(data, self.line, breaks=breaks, **found)
        self.line += breaks
        return chunk

    def _clean_stretch(self, final: bool) -> tuple[Chunk | None, bool]:
        """The clean whole records the buffer starts with, and whether an offence follows."""
        if not self.dialect.plain:
            return None, True
        found = find_structure(self._buffer, self.dialect, final=final)
        limit = min(found.offence, self._lone_break(found.quotes))
        offence = limit < len(self._buffer)
        whole = final and not offence
        size = len(self._buffer) if whole else self._last_boundary(found.quotes, limit)
        if not size:
            return None, offence
        quotes = found.quotes[: np.searchsorted(found.quotes, size)]
        strays = found.strays[: np.searchsorted(found.strays, size)]
        return self._take(size, quotes=quotes, strays=strays), offence

    def _lone_break(self, quotes: Any) -> int:
        """Where a CR without LF (or, in a CR file, an LF without CR) stands outside quotes."""
        data = self._buffer
        other = b"\r" if self.dialect.line_end == LF else b"\n"
        if other not in data:
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
                return self._take(records[-1].end, records=records)
            if window >= len(self._buffer):
                return None
            window = min(2 * window, len(self._buffer))
