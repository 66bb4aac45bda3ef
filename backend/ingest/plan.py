"""What is decided about a delimited text before its cells are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from backend.domain import ReadingOptions
from backend.ingest.below import Below, note_texts
from backend.ingest.blocks import Known
from backend.ingest.conversion import Guess
from backend.ingest.dialect import Dialect
from backend.ingest.encoding import Encoding, note_doubt
from backend.ingest.endings import is_gap, texts
from backend.ingest.failure import ReadingError
from backend.ingest.headers import names_rows
from backend.ingest.layout import LOOK_AHEAD, Layout, find_layout
from backend.ingest.limits import Limits
from backend.ingest.looking import Look, no_such_row
from backend.ingest.parsing import Shape, note_problems
from backend.ingest.repeats import RepeatedHeaders
from backend.ingest.report import SHOWN_ROWS, Warnings
from backend.ingest.tolerant import Record, read_records

USUAL_DELIMITERS = (b",", b";", b"\t", b"|")


@dataclass(slots=True)
class Plan:
    """All that is decided before the cells are read; a pass may correct columns and guesses."""

    encoding: Encoding
    dialect: Dialect
    shape: Shape
    names: list[str]
    header: Record | None
    groups: list[Record]
    """Header rows above it, which name groups of columns."""
    header_confidence: float
    offset: int
    """Where the first row of data begins, in bytes of UTF-8 after the mark."""
    line: int
    warnings: Warnings
    preamble: list[str] = field(default_factory=list)
    """What the lines above the table say."""
    known: Known | None = None
    """What tells the table's rows from what stands below it; None: all of the file is rows."""
    guesses: list[Guess] = field(default_factory=list)

    def is_as(self, other: Plan) -> bool:
        """Whether a pass by the other one has read what this one would have read."""
        return self._outline() == other._outline()

    def _outline(self) -> tuple[object, ...]:
        written = (self.encoding, self.dialect.delimiter, self.dialect.quote, self.dialect.line_end)
        rows = (self.shape.usual, self.offset, self.line, self.known)
        return (*written, *rows, self.names, self.header, self.groups)

    @property
    def header_rows(self) -> list[Record]:
        """All rows that name the columns, from the top."""
        return [*self.groups, self.header] if self.header else []

    @property
    def repeated(self) -> RepeatedHeaders:
        """What takes the header out where it comes again."""
        return RepeatedHeaders.of(self.header_rows, self.shape.usual)

    def columns_named(self) -> list[tuple[str, bool]]:
        """Header and whether it was generated, for every column of the table."""
        return [(name, False) if name else (f"column_{i}", True) for i, name in self._numbered()]

    def _numbered(self) -> Iterator[tuple[int, str]]:
        names = self.names + [""] * (self.shape.columns - len(self.names))
        return enumerate(names, start=1)


def make_plan(encoding: Encoding, look: Look, options: ReadingOptions, limits: Limits) -> Plan:
    """The layout of the table that was looked at; raises ReadingError."""
    dialect, records, width = look.dialect, look.records, look.width
    if width > limits.max_columns:
        raise ReadingError(
            "too_many_columns",
            f"The table has {width} columns; at most {limits.max_columns} are read.",
        )
    filled = [i for i, r in enumerate(records) if not r.blank or (width == 1 and any(r.cells))]
    rows = [texts(records[i]) for i in filled]
    layout = _layout(records, filled, rows, width, options)
    header = None if layout.header is None else records[filled[layout.header]]
    names = layout.names(rows)
    first = filled[layout.first] if layout.first < len(filled) else len(records)
    before = header or (records[first - 1] if first else None)
    if options.header_row == 0:
        before, first = None, 0
    while names and not names[-1] and len(names) > width:
        names.pop()
    if dialect.delimiter in " \t" and names_rows(rows[layout.first :], width, len(names)):
        names = ["", *names]
    plan = Plan(
        encoding=encoding,
        dialect=dialect,
        shape=Shape(width, max(width, len(names))),
        names=names,
        header=header,
        groups=[records[i] for i in filled[layout.top : layout.header]] if header else [],
        header_confidence=layout.confidence,
        offset=look.sample.offset + (before.end if before else 0),
        line=before.line + before.lines if before else records[0].line,
        warnings=Warnings(),
    )
    if options.header_row != 0:
        headers = [] if layout.header is None else rows[layout.top : layout.first]
        plan.known = Known.of(width, headers, _first_block(records[first:]))
    if dialect.one_column:
        plan.warnings.add("rows_in_cells", _swallowed_rows(records))
    note_doubt(encoding, plan.warnings)
    top = first if header is None else filled[layout.top]
    plan.preamble = _preamble(look, records[top - 1].end if top else 0)
    _note_layout(plan, records, top)
    return plan


def _layout(
    records: list[Record],
    filled: list[int],
    rows: list[list[str]],
    width: int,
    options: ReadingOptions,
) -> Layout:
    if options.header_row == 0:
        return Layout(None, 0, 1.0)
    if options.header_lines is None:
        return find_layout(rows, width)
    places = {records[index].line: place for place, index in enumerate(filled)}
    for line in options.header_lines:
        if line not in places:
            raise no_such_row(line)
    top, bottom = (places[line] for line in options.header_lines)
    return Layout(bottom, bottom + 1, 1.0, bottom - top)


def _preamble(look: Look, end: int) -> list[str]:
    """What stands above a place in the text that was looked at."""
    above = look.sample.above_position(end)
    records = read_records(above, look.dialect, final=True)
    return note_texts(map(texts, records), look.dialect.delimiter)


def _swallowed_rows(records: list[Record]) -> list[int]:
    """The lines of cells that all hold the same number of delimiters, if these are no commas
    within sentences: each may be a row that was put into quotes as a whole."""
    cells = [record.cells[0] for record in records if not record.blank]
    for delimiter in USUAL_DELIMITERS:
        counts = {cell.count(delimiter) for cell in cells}
        if len(counts) == 1 < counts.pop() and not any(delimiter + b" " in cell for cell in cells):
            return [record.line for record in records if not record.blank]
    return []


def _first_block(records: list[Record]) -> list[list[str]]:
    """The rows up to the first gap that some rows stand above, as far as they are looked at."""
    block: list[list[str]] = []
    for record in records:
        if not is_gap(record):
            block.append(texts(record))
        elif len(block) > 2:
            break
        if len(block) >= LOOK_AHEAD:
            break
    return block


def _note_layout(plan: Plan, records: list[Record], top: int) -> None:
    """Warnings about what stands above the table and about the header itself."""
    above = records[:top]
    before = records[0].line - 1
    blank = all(r.blank for r in above) and not before
    if (before or above) and (plan.shape.usual > 1 or plan.header is not None):
        lines = [*range(1, min(before, SHOWN_ROWS) + 1), *(record.line for record in above)]
        code = "blank_rows_skipped" if blank else "preamble_skipped"
        plan.warnings.add(code, lines, before + len(above))
    if plan.header is None:
        return
    for record in plan.header_rows:
        note_problems(record, plan.warnings)
    if plan.groups:
        plan.warnings.add("joined_headers", [record.line for record in plan.header_rows])
    if len(plan.header.cells) < plan.shape.usual:
        plan.warnings.add("header_cells_missing", [plan.header.line])
    if len(plan.names) > plan.shape.usual:
        plan.warnings.add("header_surplus", [plan.header.line])


def plan_report(
    plan: Plan, found: Warnings, below: Below | None, *, tolerant: bool
) -> dict[str, Any]:
    """The report of a reading that followed the plan and found these warnings."""
    warnings = Warnings()
    warnings.merge(plan.warnings)
    warnings.merge(found)
    if below is not None:
        warnings.merge(below.warnings)
    dialect = plan.dialect
    preamble = next(
        (w["count"] for w in plan.warnings.as_json() if w["code"] == "preamble_skipped"), 0
    )
    return {
        "format": "delimited",
        "engine": "pyarrow",
        "path": "tolerant" if tolerant else "fast",
        "encoding": {"value": plan.encoding.name, "confidence": plan.encoding.confidence},
        "delimiter": {
            "value": None if dialect.one_column else dialect.delimiter,
            "confidence": dialect.delimiter_confidence,
        },
        "quote": {"value": dialect.quote, "confidence": dialect.quote_confidence},
        "line_end": {
            "value": "lf" if dialect.line_end == b"\n" else "cr",
            "confidence": dialect.line_end_confidence,
        },
        "header": {
            "rows": [record.line for record in plan.header_rows],
            "generated": plan.header is None,
            "confidence": plan.header_confidence,
        },
        "preamble": {
            "lines": preamble,
            "texts": plan.preamble if preamble else [],
            "confidence": plan.header_confidence,
        },
        "further_tables": below.tables if below else [],
        "footer": below.footer if below else None,
        "warnings": warnings.as_json(),
        "sheets": {"hidden": []},
    }
