"""From a chunk of text to columns of text: by the engine if it is clean, else record by record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as engine

from backend.ingest.dialect import Dialect
from backend.ingest.lines import Lines, find_lines
from backend.ingest.records import Chunk
from backend.ingest.report import Warnings
from backend.ingest.tolerant import Record, plain_record, read_records

BYTE_ORDER_MARK = "\ufeff".encode()
Texts = Any


@dataclass(frozen=True, slots=True)
class Shape:
    """`usual` cells in a row, `columns` of the table: more where some rows have a surplus."""

    usual: int
    columns: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """Columns of written text, an empty cell being null; `widest` row that has a cell to keep."""

    columns: list[Texts]
    rows: int
    warnings: Warnings
    widest: int
    tolerant: bool


def parse_chunk(chunk: Chunk, dialect: Dialect, shape: Shape) -> Parsed:
    """The cells of a chunk; both paths give the same cells for a clean one."""
    if chunk.records is None:
        return _parse_clean(chunk, dialect, shape)
    return _parse_records(chunk.records, shape)


def _parse_clean(chunk: Chunk, dialect: Dialect, shape: Shape) -> Parsed:
    """By the engine; rows of uneven width are set aside, evened, and put back in their places."""
    lines = find_lines(chunk, dialect)
    warnings = Warnings()
    warnings.add("stray_quotes", lines.of(chunk.strays))
    columns, uneven = _engine_columns(chunk.data, dialect, shape.usual)
    rows = len(columns[0])
    # As many rows as lines: no line is blank, no cell goes over several. Else it costs a look.
    if rows + len(uneven) != chunk.breaks + (not chunk.data.endswith((b"\n", b"\r"))):
        warnings.add("rows_in_cells", lines.rows_in_cells(shape.usual))
        if shape.usual > 1:
            warnings.add("blank_rows_skipped", *lines.blank())
    columns += [pa.nulls(rows, pa.string()) for _ in range(shape.columns - shape.usual)]
    if not uneven:
        return Parsed(columns, rows, warnings, shape.usual, tolerant=len(chunk.strays) > 0)
    places, records = _uneven_records(chunk, dialect, shape, lines, uneven)
    aside = _parse_records(records, shape)
    warnings.merge(aside.warnings)
    kept = [place for place, r in zip(places, records, strict=True) if not r.blank]
    even = np.delete(np.arange(rows + len(uneven)), uneven)
    order = pa.array(np.argsort(np.concatenate([even, kept]), kind="stable"))
    merged = [
        pa.concat_arrays(pair).take(order) for pair in zip(columns, aside.columns, strict=True)
    ]
    return Parsed(merged, len(order), warnings, aside.widest, tolerant=True)


def _uneven_records(
    chunk: Chunk, dialect: Dialect, shape: Shape, lines: Lines, uneven: list[int]
) -> tuple[list[int], list[Record]]:
    """The records the engine set aside, each with the number of its row in the chunk."""
    starts, ends = (some[uneven] for some in lines.records(skip_blank=shape.usual > 1))
    spans = zip(uneven, starts.tolist(), ends.tolist(), lines.number(starts), strict=True)
    places: list[int] = []
    records: list[Record] = []
    for place, start, end, line in spans:
        piece = chunk.data[start:end]
        record = plain_record(piece, dialect, line)
        if record is not None:
            places.append(place)
            records.append(record)
            continue
        for record in read_records(piece, dialect, final=True, line=line, width=shape.usual):
            places.append(place)
            records.append(record)
    return places, records


def _engine_columns(data: bytes, dialect: Dialect, width: int) -> tuple[list[Texts], list[int]]:
    """The columns of the even rows, and the 0-based numbers of the uneven ones."""
    names = [str(index) for index in range(width)]
    if width > 1 and data[:1] in b"\r\n" and not data.strip(b"\r\n"):
        return [pa.nulls(0, pa.string()) for _ in names], []
    if data.startswith(BYTE_ORDER_MARK):  # the engine would take one away, here it is content
        data = BYTE_ORDER_MARK + data
    uneven: list[int] = []

    def set_aside(row: Any) -> Literal["skip", "error"]:
        uneven.append(row.number - 1)
        return "skip"

    source: Any = pa.BufferReader(data)
    table = engine.read_csv(
        source,
        read_options=engine.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=names
        ),
        parse_options=engine.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            double_quote=dialect.quote is not None,
            escape_char=False,
            newlines_in_values=True,
            ignore_empty_lines=width > 1,
            invalid_row_handler=set_aside,
        ),
        convert_options=engine.ConvertOptions(
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,  # known since the encoding was found
        ),
    )
    return [_one_array(column) for column in table.columns], uneven


def _one_array(column: Any) -> Texts:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, pa.string())


def _parse_records(records: Sequence[Record], shape: Shape) -> Parsed:
    warnings = Warnings()
    rows: list[list[bytes]] = []
    widest = shape.usual
    found: dict[str, list[int]] = {}
    for record in records:
        if record.problems:
            note_problems(record, warnings)
        if record.blank and shape.usual > 1:
            found.setdefault("blank_rows_skipped", []).append(record.line)
            continue
        cells = record.cells
        if len(cells) != shape.usual:
            code, cells = _even(record, shape)
            found.setdefault(code, []).append(record.line)
            widest = max(widest, len(cells))
        rows.append(cells)
    for code, lines in found.items():
        warnings.add(code, lines)
    columns = _columns(rows, shape.columns)
    return Parsed(columns, len(rows), warnings, widest, tolerant=True)


def note_problems(record: Record, warnings: Warnings) -> None:
    """Warnings about what was wrong with a record."""
    for problem in set(record.problems):
        whole = problem == "rows_in_cells"
        last = record.line + record.lines if whole else record.line + 1
        warnings.add(problem, range(record.line, last))


def _even(record: Record, shape: Shape) -> tuple[str, list[bytes]]:
    """What to warn of, and the cells without an empty surplus, padded to the usual width."""
    cells = record.cells
    if len(cells) < shape.usual:
        return "short_rows", cells + [b""] * (shape.usual - len(cells))
    cells = list(cells)
    while len(cells) > shape.usual and not cells[-1]:
        cells.pop()
    return "surplus_cells" if len(cells) > shape.usual else "surplus_empty_cells", cells


def _columns(rows: Sequence[Sequence[bytes]], width: int) -> list[Texts]:
    columns = []
    for index in range(width):
        cells = [row[index] or None if index < len(row) else None for row in rows]
        columns.append(pa.array(cells, pa.binary()).cast(pa.string()))
    return columns
