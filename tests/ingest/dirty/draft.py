"""A file in the making: lines which know what row they stand for, so that damage can be traced.

Every cell of every table is a text that occurs nowhere else in its file. So a cell that vanished, a
row that was torn and a row that was invented can all be told from the output alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

SYLLABLES = ("ka", "lo", "mi", "ne", "ru", "sta", "ver", "don", "fel", "gri", "hu", "pal")
HEADERS = ("name", "city", "remark", "owner", "place", "label", "agent", "topic")
MADE = 0xE000
"""Private characters from here on stand for raw bytes until the file is written."""


class IncompatibleError(Exception):
    """This defect makes no sense in this file."""


@dataclass
class Line:
    """One line of the file (several, if a cell holds line breaks).

    `row`: the cells it ought to give; None where it is no row of the table. `touched`: whether a
    defect is in it.
    """

    text: str
    row: list[str] | None = None
    end: str | None = None
    touched: bool = False


@dataclass
class Draft:
    """A file in the making. `lines[header]` is the header."""

    random: random.Random
    delimiter: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"
    lines: list[Line] = field(default_factory=list)
    header: Line | None = None
    raw: list[bytes] = field(default_factory=list)
    finish: list[Callable[[bytes], bytes]] = field(default_factory=list)
    last_end: bool = True
    marked: bool = False
    """Whether a byte order mark comes first."""
    literal: bool = False
    """Whether the file has one column, so that delimiters and the like are content."""
    options: dict[str, Any] = field(default_factory=dict)
    columns: list[Callable[[], str]] = field(default_factory=list)
    made: int = 0

    def word(self) -> str:
        """A text that occurs nowhere else in the file."""
        self.made += 1
        parts = "".join(self.random.choice(SYLLABLES) for _ in range(self.random.randint(1, 3)))
        return f"{parts}{self.made}x"

    def number(self) -> str:
        self.made += 1
        return str(10_000 + self.made * 7)

    def decimal(self) -> str:
        self.made += 1
        return f"{20_000 + self.made * 3}.{self.random.randint(1, 99):02d}"

    def day(self) -> str:
        self.made += 1
        year, month = 1900 + self.made // 336 % 150, self.made // 28 % 12 + 1
        return f"{year}-{month:02d}-{self.made % 28 + 1:02d}"

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def body(self) -> list[Line]:
        """The lines that are rows of the table."""
        return [line for line in self.lines if line.row is not None and line is not self.header]

    @property
    def names(self) -> list[str]:
        """The header; only for files that have one."""
        if self.header is None or self.header.row is None:
            raise IncompatibleError
        return self.header.row

    @property
    def top(self) -> Line:
        """The line of the header; only for files that have one."""
        if self.header is None:
            raise IncompatibleError
        return self.header

    def untouched(self) -> list[Line]:
        return [line for line in self.body if not line.touched]

    def pick(self, most: int = 3) -> list[Line]:
        """Some rows no defect has touched yet, now touched, in the order of the file."""
        free = self.untouched()
        if not free or self.literal:
            raise IncompatibleError
        chosen = self.random.sample(free, min(len(free), self.random.randint(1, most)))
        return [self.touch(line) for line in free if line in chosen]

    def row_at(self, place: int) -> Line:
        """The first row or the last one, now touched."""
        if not self.body:
            raise IncompatibleError
        return self.touch(self.body[place])

    def touch(self, line: Line) -> Line:
        line.touched = True
        return line

    def text_column(self) -> int:
        """A column of words."""
        columns = [i for i, column in enumerate(self.columns) if column == self.word]
        return self.random.choice(columns)

    def row(self) -> list[str]:
        return [column() for column in self.columns]

    def cell(self, text: str, *, quoted: bool = False) -> str:
        """A cell as a correct writer writes it."""
        if quoted or any(c in text for c in (self.delimiter, '"', "\n", "\r")):
            return '"' + text.replace('"', '""') + '"'
        return text

    def line(self, row: list[str]) -> Line:
        return Line(self.join([self.cell(text) for text in row]), row)

    def join(self, cells: list[str]) -> str:
        return self.delimiter.join(cells)

    def rewrite(self, line: Line, row: list[str]) -> None:
        """Makes the line stand for this row, written correctly."""
        line.text, line.row = self.join([self.cell(text) for text in row]), row

    def respell(self, line: Line, column: int, written: str, meant: str) -> None:
        """Puts a cell into a line as `written`, which ought to be read as `meant`."""
        assert line.row is not None
        cells = [self.cell(text) for text in line.row]
        cells[column] = written
        line.text = self.join(cells)
        line.row = [*line.row[:column], meant, *line.row[column + 1 :]]

    def insert(self, line: Line, at: int | None = None) -> Line:
        """Puts a line somewhere between two rows (or at an index of `lines`)."""
        if self.literal:
            raise IncompatibleError
        if at is None:
            rows = self.body
            if not rows:
                raise IncompatibleError
            at = self.lines.index(self.random.choice(rows[1:] or rows))
        self.lines.insert(at, line)
        return self.touch(line)

    def byte(self, raw: bytes) -> str:
        """A character that will be these bytes in the file."""
        if self.encoding != "utf-8":
            raise IncompatibleError
        self.raw.append(raw)
        return chr(MADE + len(self.raw) - 1)

    def content(self) -> bytes:
        """The file."""
        parts = [line.text + (line.end or self.line_end) for line in self.lines]
        if not self.last_end and parts:
            parts[-1] = self.lines[-1].text
        mark = "\ufeff" if self.marked else ""
        data = b"".join(self._encoded(mark + "".join(parts)))
        for change in self.finish:
            data = change(data)
        return data

    def _encoded(self, text: str) -> Iterator[bytes]:
        if not self.raw:
            yield text.encode(self.encoding, "surrogatepass")
            return
        for character in text:
            place = ord(character) - MADE
            if 0 <= place < len(self.raw):
                yield self.raw[place]
            else:
                yield character.encode(self.encoding, "surrogatepass")

    def places(self) -> list[tuple[int, int, Line]]:
        """First and last line number of every line of the draft, as an editor counts them."""
        mark = "\r" if self.line_end == "\r" else "\n"
        found, number = [], 1
        for line in self.lines:
            breaks = line.text.count(mark)
            found.append((number, number + breaks, line))
            number += breaks + (line.end or self.line_end).count(mark)
        return found


def new_draft(chance: random.Random, *, rows: int = 0) -> Draft:
    """A clean table of 3 to 7 columns, words and numbers among them, in a random dialect."""
    draft = Draft(
        chance,
        delimiter=chance.choice(",,,;;\t\t|"),
        line_end=chance.choice(["\n", "\n", "\n", "\r\n", "\r\n", "\r"]),
    )
    kinds = [draft.word, draft.number, draft.decimal, draft.day]
    draft.columns = [draft.word, draft.number]
    draft.columns += [chance.choice(kinds) for _ in range(chance.randint(1, 5))]
    chance.shuffle(draft.columns)
    names = [f"{chance.choice(HEADERS)}{number}" for number in range(draft.width)]
    draft.header = draft.line(names)
    draft.lines = [draft.header]
    for _ in range(rows or chance.randint(12, 40)):
        draft.lines.append(draft.line(draft.row()))
    return draft
