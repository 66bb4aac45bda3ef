"""What stands below the first table of a file: other tables and notes, listed and not read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from backend.ingest.blocks import Block, Kind, Known, is_empty
from backend.ingest.dialect import Dialect
from backend.ingest.endings import End, TableEnds, cut, is_gap, line_at, texts
from backend.ingest.records import Chunk
from backend.ingest.report import Warnings

MOST_TABLES = 100
MOST_TEXTS = 20
TEXT_CHARACTERS = 300
Row = tuple[int, Sequence[str]]
"""The number of a row, a line of the file, and its cells."""


@dataclass(slots=True)
class Below:
    """What stands below the table, for the report."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    footer: dict[str, Any] | None = None
    warnings: Warnings = field(default_factory=Warnings)

    def add_table(self, block: Block, rows: Sequence[Row]) -> None:
        """Another table; its last line is not known yet."""
        first = next(line for line, row in rows if not is_empty(row))
        if len(self.tables) >= MOST_TABLES:
            return
        self.warnings.add("further_tables", [first])
        self.tables.append(
            {
                "first_line": first,
                "last_line": first,
                "header_row": None if block.header is None else rows[block.header][0],
                "confidence": block.confidence,
            }
        )

    def end_table(self, line: int) -> None:
        """The last table goes down to this line, at least."""
        if self.tables:
            self.tables[-1]["last_line"] = max(line, self.tables[-1]["last_line"])

    def add_footer(self, block: Block, notes: Sequence[Row], delimiter: str = "") -> None:
        """Notes at the end of the file; `delimiter` is what parts their cells there."""
        lines = [line for line, _ in notes]
        self.warnings.add("footer", lines)
        self.footer = {
            "first_line": lines[0],
            "last_line": lines[-1],
            "texts": note_texts((row for _, row in notes), delimiter),
            "confidence": block.confidence,
        }


def note_texts(rows: Iterable[Sequence[str]], delimiter: str = "") -> list[str]:
    """What the first rows say that say anything, cut where it is long."""
    said = (_said(row, delimiter)[:TEXT_CHARACTERS] for row in rows)
    return list(islice(filter(None, said), MOST_TEXTS))


def _said(row: Sequence[str], delimiter: str) -> str:
    """A note as it was written where its cells are parts of a sentence, else its cells."""
    cells = [cell for cell in row if cell.strip()]
    sentence = all(cell.startswith(" ") for cell in cells[1:])
    return (delimiter if sentence else " ").join(cells).strip()


def list_below(end: End, rest: Chunk, following: Iterator[Chunk], dialect: Dialect) -> Below:
    """What stands from `end` on, in the rest of its chunk and in those that follow."""
    below = Below()
    waiting = deque([rest])
    more = True
    ends: TableEnds | None = None
    found: End | None = end
    while waiting:
        while more and len(waiting) < 4:
            chunk = next(following, None)
            more = chunk is not None
            if chunk is not None:
                waiting.append(chunk)
        if found is not None:
            _note(below, found, dialect)
            if found.block.kind is Kind.NOTES:
                break
            ends = TableEnds(dialect, _known(found))
        chunk, *ahead = waiting
        assert ends is not None
        found = ends.find(chunk, None, ahead, last=not more)
        head = chunk
        if found is None:
            waiting.popleft()
        else:
            head, waiting[0] = cut(chunk, found.position, dialect)
        below.end_table(_last_line(head, dialect))
    return below


def _note(below: Below, found: End, dialect: Dialect) -> None:
    rows = [(record.line, texts(record)) for record in found.records]
    if found.block.kind is Kind.TABLE:
        below.add_table(found.block, rows)
    else:
        filled = [record.line for record in found.records if not is_gap(record)]
        notes = [row for row in rows if row[0] in filled]
        below.add_footer(found.block, notes, dialect.delimiter)


def _known(found: End) -> Known | None:
    if found.block.kind is not Kind.TABLE:
        return None
    rows = [texts(record) for record in found.records[found.block.first :]]
    headers = [] if found.block.header is None else rows[:1]
    return Known.of(len(rows[0]), headers, rows[len(headers) :][:10])


def _last_line(chunk: Chunk, dialect: Dialect) -> int:
    """The line of the last record that holds something; 0: there is none."""
    nothing = dialect.delimiter_bytes + b" \t\r\n" + (dialect.quote_bytes or b"")
    filled = chunk.data.rstrip(nothing)
    return line_at(chunk, len(filled), dialect) if filled else 0
