"""The tolerant path: an exact reader that takes any bytes for records and says what was wrong.

A record is read by RFC 4180 where that is possible. Where a quote breaks its rules, the damage is
contained to one line: an inner quote is kept as a character, a quote that never closes too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from backend.ingest.dialect import Dialect

LONGEST_QUOTED = 32 * 1024 * 1024
BLANK = b" \t\x1a"
"""Of a line that holds nothing; the last one is Control-Z, with which DOS ended files."""
ONE_IN = 3
"""Of so many rows that a quote swallowed, one may be uneven."""


@dataclass(slots=True)
class Record:
    """One row as it stands in the file: its cells, its first line (1-based), where it ends."""

    cells: list[bytes]
    line: int
    end: int
    lines: int = 1
    problems: list[str] = field(default_factory=list)
    blank: bool = False


def holds_rows(cell: bytes, width: int, delimiter: bytes) -> bool:
    """Whether the lines of a quoted cell may be rows, swallowed by a quote, of a table this wide.

    The first and the last one, which may be empty, are parts of rows; in a wide table one cell more
    or less is a row. Where these parts make one row together, some of the rows between them may be
    uneven, too.
    """
    counts = [line.count(delimiter) for line in cell.splitlines() if line.strip()]
    breaks = (b"\n", b"\r")
    counts = [0] * cell.startswith(breaks) + counts + [0] * cell.endswith(breaks)
    if len(counts) < 2:
        return False
    between = counts[1:-1]
    slack = 1 if width > 3 else 0
    odd = sum(abs(count - width + 1) > slack for count in between)
    if counts[0] + counts[-1] == width - 1:
        return odd * ONE_IN <= len(between)
    return bool(slack and between) and not odd


class NeedMoreError(Exception):
    """The record does not end within the bytes at hand."""


def read_records(
    data: bytes,
    dialect: Dialect,
    *,
    final: bool,
    start: int = 0,
    line: int = 1,
    width: int | None = None,
) -> Iterator[Record]:
    """The records of `data` from `start`; stops before one that may go on beyond the end.

    `final`: nothing follows. `width`: the usual number of cells, to tell rows from line breaks.
    """
    reader = _Reader(data, dialect, final, width)
    while start < len(data):
        try:
            records = reader.records_at(start, line)
        except NeedMoreError:
            return
        yield from records
        start, line = records[-1].end, line + sum(record.lines for record in records)


def plain_record(data: bytes, dialect: Dialect, line: int) -> Record | None:
    """The record of a line, at little cost; None if it has quotes or stray line breaks."""
    if dialect.quote_bytes is not None and dialect.quote_bytes in data:
        return None
    ended = 2 if data.endswith(b"\r\n") else int(data.endswith(dialect.line_end))
    text = data[: len(data) - ended]
    if b"\r" in text or b"\n" in text:
        return None
    cells = text.split(dialect.delimiter_bytes)
    blank = len(cells) == 1 and not text.strip(BLANK)
    return Record(cells, line, len(data), int(ended > 0), blank=blank)


class _Reader:
    def __init__(self, data: bytes, dialect: Dialect, final: bool, width: int | None) -> None:
        self.data = data
        self.final = final
        self.width = width
        self.delimiter = dialect.delimiter_bytes
        self.quote = dialect.quote_bytes
        self.end_byte = dialect.line_end
        self.other = b"\r" if dialect.line_end == b"\n" else b"\n"
        self.any_break = False
        """Whether CR and LF both end a row; else only `end_byte` (with its partner) does."""

    def records_at(self, start: int, line: int) -> list[Record]:
        """The record at `start`, or the several that its line is made of."""
        content, end = self._line(start)
        if self.other in self.data[start:content]:
            rows = self._rows_by_any_break(start, end, line)
            if rows is not None:
                return rows
        record = self._record(start, line)
        if record.lines <= 1 and any(self.other in cell for cell in record.cells):
            record.problems.append("bare_line_breaks")
        if self.data.endswith(b"\r\r\n", start, record.end):
            record.problems.append("mixed_line_ends")
        return [record]

    def _rows_by_any_break(self, start: int, end: int, line: int) -> list[Record] | None:
        """The rows of a line if every break in it ends one: each then has the usual width."""
        self.any_break = True
        rows: list[Record] = []
        try:
            while start < end:
                rows.append(self._record(start, line))
                start = rows[-1].end
        finally:
            self.any_break = False
        width = self.width or next((len(row.cells) for row in rows if not row.blank), 1)
        if any(not row.blank and len(row.cells) != width for row in rows):
            return None
        if any(row.problems for row in rows) or (self.width is None and width == 1):
            return None
        for row in rows[:-1]:
            row.problems.append("mixed_line_ends")
        return rows

    def _record(self, start: int, line: int) -> Record:
        content, end = self._line(start)
        text = self.data[start:content]
        if self.quote is None or self.quote not in text:
            cells = text.split(self.delimiter)
            blank = len(cells) == 1 and not text.strip(BLANK + b"\r\n")
            return Record(cells, line, end, self._lines(start, end), blank=blank)
        record = self._quoted_record(start, line, one_line=False)
        if self.width is None or record.lines <= 1:
            return record
        if len(record.cells) == self.width:
            return self._doubted(record)
        # A quote that swallowed rows: if its first line alone makes a row, it was never closed.
        alone = self._quoted_record(start, line, one_line=True)
        return alone if len(alone.cells) == self.width else record

    def _doubted(self, record: Record) -> Record:
        """The record, with a word of warning where one of its cells may hold swallowed rows."""
        for cell in record.cells:
            broken = self.end_byte in cell
            if broken and holds_rows(cell, len(record.cells), self.delimiter):
                record.problems.append("rows_in_cells")
        return record

    def _line(self, start: int) -> tuple[int, int]:
        """Where the text of the line that `start` is in ends, and where the next line begins."""
        stop = self.data.find(self.end_byte, start)
        if self.any_break:
            breaks = [at for at in (stop, self.data.find(self.other, start)) if at >= 0]
            stop = min(breaks, default=-1)
        if stop < 0:
            if not self.final:
                raise NeedMoreError
            return len(self.data), len(self.data)
        if self.data[stop : stop + 1] == b"\n":
            content = stop
            while content > start and self.data[content - 1 : content] == b"\r":
                content -= 1  # several, where a program took CRLF for LF and translated it again
            return content, stop + 1
        if not self.final and stop + 1 == len(self.data):
            raise NeedMoreError  # an LF may follow the CR
        return stop, stop + 2 if self.data[stop + 1 : stop + 2] == b"\n" else stop + 1

    def _lines(self, start: int, end: int) -> int:
        return self.data.count(self.end_byte, start, end)

    def _quoted_record(self, start: int, line: int, *, one_line: bool) -> Record:
        cells: list[bytes] = []
        problems: list[str] = []
        at = start
        while True:
            cell, at = self._cell(at, self._line(at)[0], problems, one_line=one_line)
            cells.append(cell)
            if not self.data.startswith(self.delimiter, at):
                end = self._line(at)[1]
                return Record(cells, line, end, self._lines(start, end), problems)
            at += len(self.delimiter)

    def _cell(
        self, at: int, content: int, problems: list[str], *, one_line: bool
    ) -> tuple[bytes, int]:
        """One cell from `at`, and where it ends; `content` is the end of its line."""
        assert self.quote is not None
        if not self.data.startswith(self.quote, at):
            return self._bare_cell(at, content, problems)
        close = self._strict_close(at, content if one_line else None)
        if close is None:
            close = self._lenient_close(at, content)
            if close is None:
                problems.append("unclosed_quotes")
                return self._bare_cell(at, content, [])
            problems.append("stray_quotes")
        size = len(self.quote)
        return self.data[at + size : close].replace(self.quote * 2, self.quote), close + size

    def _bare_cell(self, at: int, content: int, problems: list[str]) -> tuple[bytes, int]:
        stop = self.data.find(self.delimiter, at, content)
        stop = content if stop < 0 else stop
        cell = self.data[at:stop]
        if self.quote is not None and self.quote in cell:
            problems.append("stray_quotes")
        return cell, stop

    def _strict_close(self, at: int, limit: int | None) -> int | None:
        """Where the quoted cell that opens at `at` closes; None if a quote in it is irregular."""
        assert self.quote is not None
        size = len(self.quote)
        search = at + size
        while True:
            close = self.data.find(self.quote, search, len(self.data) if limit is None else limit)
            if close < 0:
                if limit is None and not self.final and len(self.data) - at < LONGEST_QUOTED:
                    raise NeedMoreError
                return None
            if not self.data.startswith(self.quote, close + size):
                return close if self._ends_cell(close + size) else None
            search = close + 2 * size

    def _lenient_close(self, at: int, content: int) -> int | None:
        """The first quote on the same line that a delimiter or the line's end follows."""
        assert self.quote is not None
        size = len(self.quote)
        close = self.data.find(self.quote, at + size, content)
        while close >= 0:
            if close + size == content or self.data.startswith(self.delimiter, close + size):
                return close
            close = self.data.find(self.quote, close + size, content)
        return None

    def _ends_cell(self, at: int) -> bool:
        if at >= len(self.data):
            if self.final:
                return True
            raise NeedMoreError
        return self.data.startswith(self.delimiter, at) or self._line(at)[0] == at
