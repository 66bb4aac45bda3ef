"""From a chunk of text to columns of text: by the engine if it is clean, else record by record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as engine

from backend.ingest.dialect import LF, Dialect
from backend.ingest.records import Chunk
from backend.ingest.report import Warnings
from backend.ingest.tolerant import Record, read_records

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
        try:
            return _parse_clean(chunk, dialect, shape)
        except pa.ArrowInvalid:  # rows of uneven width
            pass
    records = chunk.records
    if records is None:
        records = tuple(
            read_records(chunk.data, dialect, final=True, line=chunk.line, width=shape.usual)
        )
    return _parse_records(records, shape)


def _parse_clean(chunk: Chunk, dialect: Dialect, shape: Shape) -> Parsed:
    warnings = Warnings()
    names = [str(index) for index in range(shape.usual)]
    single = shape.usual == 1
    if not single:
        warnings.add("blank_rows_skipped", _blank_lines(chunk, dialect))
    data = chunk.data
    if data.startswith(BYTE_ORDER_MARK):  # the engine would take one away, here it is content
        data = BYTE_ORDER_MARK + data
    if not single and not data.strip(b"\r\n"):
        columns = [pa.nulls(0, pa.string()) for _ in names]
    else:
        columns = _engine_columns(data, dialect, names, keep_blank=single)
    rows = len(columns[0])
    columns += [pa.nulls(rows, pa.string()) for _ in range(shape.columns - shape.usual)]
    return Parsed(columns, rows, warnings, shape.usual, tolerant=False)


def _engine_columns(
    data: bytes, dialect: Dialect, names: list[str], *, keep_blank: bool
) -> list[Texts]:
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
            ignore_empty_lines=not keep_blank,
        ),
        convert_options=engine.ConvertOptions(
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,  # known since the encoding was found
        ),
    )
    return [pa.concat_arrays(column.chunks) for column in table.columns]


def _blank_lines(chunk: Chunk, dialect: Dialect) -> list[int]:
    """The lines of a clean chunk that hold nothing: the engine skips them in silence."""
    data, end = chunk.data, dialect.line_end
    blanks = (b"\n\n", b"\n\r\n") if end == LF else (b"\r\r", b"\r\n\r")
    starts = (b"\n", b"\r\n") if end == LF else (b"\r",)
    found = [0] if data.startswith(starts) else []
    if not any(blank in data for blank in blanks) and not found:
        return []
    array = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(array == end[0])
    before = np.concatenate(([-1], ends[:-1]))
    gap = ends - before - 1
    partner = (
        array[ends - 1] == 13 if end == LF else array[np.minimum(before + 1, len(array) - 1)] == 10
    )
    empty = (gap == 0) | ((gap == 1) & partner)
    if dialect.quote_bytes is not None and dialect.quote_bytes in data:
        quotes = np.flatnonzero(array == dialect.quote_bytes[0])
        empty &= np.searchsorted(quotes, ends) % 2 == 0
    return [chunk.line + int(index) for index in np.flatnonzero(empty)]


def _parse_records(records: Sequence[Record], shape: Shape) -> Parsed:
    warnings = Warnings()
    rows: list[list[bytes]] = []
    widest = shape.usual
    for record in records:
        for problem in set(record.problems):
            warnings.add(problem, [record.line])
        if record.blank and shape.usual > 1:
            warnings.add("blank_rows_skipped", [record.line])
            continue
        cells = record.cells
        if len(cells) != shape.usual:
            cells = _even(record, shape, warnings)
            widest = max(widest, len(cells))
        rows.append(cells)
    columns = _columns(rows, shape.columns)
    return Parsed(columns, len(rows), warnings, widest, tolerant=True)


def _even(record: Record, shape: Shape, warnings: Warnings) -> list[bytes]:
    """The cells without an empty surplus, padded to the usual width."""
    cells = list(record.cells)
    if len(cells) < shape.usual:
        warnings.add("short_rows", [record.line])
        return cells + [b""] * (shape.usual - len(cells))
    while len(cells) > shape.usual and not cells[-1]:
        cells.pop()
    kept = len(cells) > shape.usual
    warnings.add("surplus_cells" if kept else "surplus_empty_cells", [record.line])
    return cells


def _columns(rows: Sequence[Sequence[bytes]], width: int) -> list[Texts]:
    columns = []
    for index in range(width):
        cells = [row[index] or None if index < len(row) else None for row in rows]
        columns.append(pa.array(cells, pa.binary()).cast(pa.string()))
    return columns
