"""One sheet of a workbook: where its table is, and its cells into a columnar file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from backend.domain import Column, ReadingOptions, Sheet
from backend.ingest.below import MOST_TEXTS, Below, note_texts
from backend.ingest.books import Book, SheetInfo
from backend.ingest.cells import as_type, cell_text
from backend.ingest.columns import column_keys
from backend.ingest.failure import ReadingError
from backend.ingest.gathering import GatheredRows, is_blank
from backend.ingest.headers import join_names
from backend.ingest.layout import Layout, find_layout
from backend.ingest.limits import Limits
from backend.ingest.report import Warnings
from backend.ingest.results import SheetFiles
from backend.ingest.sheet_ends import SheetEnds
from backend.ingest.slabs import Numbered, SheetRows, Slab
from backend.ingest.writing import SheetWriter
from backend.tables.columnar import arrow_type

LOOK_AHEAD = 200
TELL_EVERY_ROWS = 8_192
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SheetTask:
    """What to read, how, and where to."""

    book: Book
    info: SheetInfo
    index: int
    options: ReadingOptions
    output: Path
    limits: Limits
    tell: Callable[[int], None]


def read_sheet(task: SheetTask) -> tuple[SheetFiles, Report] | None:
    """The columnar file and what is to be said of it; None: no cell has a value."""
    with GatheredRows(task.output / "tmp" / f"rows-{task.index}") as gathered:
        return _SheetReading(task, gathered).read()


class _SheetReading:
    def __init__(self, task: SheetTask, gathered: GatheredRows) -> None:
        self.task = task
        self.gathered = gathered
        self.warnings = Warnings()
        self.rows = 0
        self.blanks: list[int] = []
        """Row numbers below what is looked at first."""
        self.above: list[int] = []
        """Filled rows above the one that was given as the header."""
        self.said: list[str] = []
        """What the first of the rows above the table say."""
        self.below = Below()

    def read(self) -> tuple[SheetFiles, Report] | None:
        first = self._gather()
        left, right = self._extent(first)
        if left == right and not self.above:
            return None
        first = [(n, _cut(row, left, right)) for n, row in first]
        filled = [(number, row) for number, row in first if not is_blank(row)]
        layout, names, headers = self._layout(filled, right - left)
        start = filled[layout.first][0] if layout.first < len(filled) else self._end_of(first)
        if headers:
            start = headers[-1] + 1
        top = headers[0] if headers else start
        for number, row in filled:
            if number < top:
                self._leave_out(number, row)
        above = self.above
        self.warnings.add("preamble_skipped", above)
        self.warnings.add("joined_headers", headers if len(headers) > 1 else [])
        files = self._write([one for one in first if one[0] >= start], names, left, right)
        self.warnings.merge(self.below.warnings)
        self.warnings.add("uncalculated_formulas", self.task.book.uncalculated(self.task.info.name))
        for code in self.task.book.warnings():
            self.warnings.add(code, [], count=1)
        name = self.task.info.name
        report = {
            "name": name,
            "header": {
                "rows": headers,
                "generated": not headers,
                "confidence": layout.confidence,
            },
            "preamble": {
                "lines": len(above),
                "texts": self.said,
                "confidence": layout.confidence,
            },
            "further_tables": self.below.tables,
            "footer": self.below.footer,
            "warnings": [warning | {"sheet": name} for warning in self.warnings.as_json()],
        }
        return files, report

    def _gather(self) -> list[Numbered]:
        """The first rows, from the first with a value on; what follows goes to the disk."""
        numbered = SheetRows(self.task.book.rows(self.task.info.name))
        asked = self.task.options.header_lines
        first: list[Numbered] = []
        for one in numbered:
            if is_blank(one[1]):
                continue
            if asked is None or one[0] >= asked[0]:
                first = [one, *islice(numbered, LOOK_AHEAD - 1)]
                break
            self._leave_out(*one)
        ends = SheetEnds(first, asked)
        self.below = ends.below
        numbered.put_back(first)
        parts = ends.rows(numbered)
        first = []
        while len(first) < LOOK_AHEAD and (part := next(parts, None)) is not None:
            first += part.rows() if isinstance(part, Slab) else [part]
        for number, row in first:
            if number < ends.top and not is_blank(row):
                self._leave_out(number, row)
        first = [one for one in first if one[0] >= ends.top]
        for part in parts:
            self._add(part)
        self.gathered.finish()
        return first

    def _leave_out(self, number: int, row: Sequence[Any]) -> None:
        """A row above the table."""
        self.above.append(number)
        if len(self.said) < MOST_TEXTS:
            self.said += note_texts([_texts(row)])

    def _add(self, part: Numbered | Slab) -> None:
        if isinstance(part, Slab):
            blanks = part.blanks()
            self.blanks += [part.first + at for at in blanks]
            self.gathered.add_slab(part, blanks)
            self.task.tell(part.last)
            return
        number, row = part
        blank = is_blank(row)
        if blank:
            self.blanks.append(number)
        self.gathered.add(row, blank=blank)
        if number % TELL_EVERY_ROWS == 0:
            self.task.tell(number)

    def _extent(self, first: Sequence[Numbered]) -> tuple[int, int]:
        """The first column with a value, and the one after the last."""
        used = {at for at, column in enumerate(self.gathered.columns) if column.kinds}
        for _, row in first:
            used.update(at for at, cell in enumerate(row) if cell is not None and cell != "")
        left, right = (min(used), max(used) + 1) if used else (0, 0)
        if right - left > self.task.limits.max_columns:
            raise ReadingError(
                "too_many_columns",
                f"The sheet {self.task.info.name!r} has {right - left} columns; at most "
                f"{self.task.limits.max_columns} are read.",
            )
        return left, right

    def _end_of(self, first: Sequence[Numbered]) -> int:
        return first[-1][0] + 1

    def _layout(
        self, filled: Sequence[Numbered], width: int
    ) -> tuple[Layout, list[str], list[int]]:
        """The layout, the columns' names, and the row numbers of the header."""
        layout = self._asked_layout(filled) or find_layout(
            [_texts(row) for _, row in filled], width
        )
        if layout.header is None:
            return layout, [], []
        headers = filled[layout.top : layout.header + 1]
        names = join_names([_texts(row) for _, row in headers])
        return layout, names, [number for number, _ in headers]

    def _asked_layout(self, filled: Sequence[Numbered]) -> Layout | None:
        asked = self.task.options.header_lines
        if asked is None or asked == (0, 0):
            return Layout(None, 0, 1.0) if asked else None
        places = {number: place for place, (number, _) in enumerate(filled)}
        for row in asked:
            if row not in places:
                raise ReadingError(
                    "header_row_not_found",
                    f"Row {row} of the sheet {self.task.info.name!r}, given as the header, "
                    "is empty.",
                )
        top, bottom = (places[row] for row in asked)
        return Layout(bottom, bottom + 1, 1.0, bottom - top)

    def _write(self, first: list[Numbered], names: list[str], left: int, right: int) -> SheetFiles:
        with_blanks = right - left == 1
        if not with_blanks:
            self.blanks[:0] = [number for number, row in first if is_blank(row)]
            first = [one for one in first if not is_blank(one[1])]
            self.warnings.add("blank_rows_skipped", self.blanks)
        head = (
            self.gathered.arrays([[None] * left + list(row) for _, row in first]) if first else []
        )
        self.gathered.widen(right)
        gathered = self.gathered.columns[left:right]
        named = [
            (name, False) if name else (f"column_{number}", True)
            for number, name in enumerate(names or [""] * (right - left), start=1)
        ]
        keys = column_keys([name for name, _ in named])
        kinds = [column.finish() for column in gathered]
        for key, column in zip(keys, gathered, strict=True):
            if column.mixed:
                self.warnings.add("mixed_types", [], count=1, column=key)
        schema = pa.schema([(key, arrow_type(kind)) for key, kind in zip(keys, kinds, strict=True)])
        nulls = [0] * len(kinds)
        with SheetWriter(self.task.output, self.task.index, schema) as writer:
            for arrays in self._batches(head, with_blanks=with_blanks):
                values = _finished(arrays, left, kinds)
                nulls = [n + array.null_count for n, array in zip(nulls, values, strict=True)]
                self.rows += len(values[0])
                writer.add(values)
        columns = [
            Column(key, name, kind, count, generated)
            for key, (name, generated), kind, count in zip(keys, named, kinds, nulls, strict=True)
        ]
        sheet = Sheet(self.task.index, self.task.info.name, self.rows, tuple(columns), "", None)
        return SheetFiles(sheet, writer.data, None)

    def _batches(self, head: list[Any], *, with_blanks: bool) -> Iterator[list[Any]]:
        if head:
            yield head
        yield from self.gathered.batches(with_blanks=with_blanks)


def _finished(arrays: Sequence[Any], left: int, kinds: Sequence[Any]) -> list[Any]:
    """Arrays of a batch as the types that the columns have; a column that came later is empty."""
    length = len(arrays[0])
    return [
        as_type(arrays[at] if at < len(arrays) else pa.nulls(length), kind)
        for at, kind in enumerate(kinds, start=left)
    ]


def _cut(row: Sequence[Any], left: int, right: int) -> list[Any]:
    cells = list(row[left:right])
    return cells + [None] * (right - left - len(cells))


def _texts(row: Sequence[Any]) -> list[str]:
    return [cell_text(cell) or "" for cell in row]
