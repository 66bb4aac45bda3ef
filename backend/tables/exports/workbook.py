"""XLSX: typed cells under a frozen header, written in one pass with flat memory.

The cells are made column by column with Arrow rather than by a library that is handed one value at
a time: docs/architecture.md says what that gains.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from backend.domain import Column, ColumnType
from backend.errors import WorkbookTooSmallError
from backend.tables.exports import workbook_parts as parts
from backend.tables.exports.blocks import Block, Stored
from backend.tables.exports.texts import Part, joined
from backend.tables.exports.workbook_text import INLINE, Style, cell_text, escaped_value

pc: Any = pyarrow.compute

MAX_ROWS = 1_048_575
"""Beside the header."""
MAX_COLUMNS = 16_384
MAX_CHARACTERS = 32_767
"""In one cell, counted in UTF-16."""

SAME_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The same rows give the same bytes, so that parts of them fit together."""
COMPRESSION_LEVEL = 1
WIDTHS = {ColumnType.DATE: 12, ColumnType.DATETIME: 20, ColumnType.TEXT: 24}
USUAL_WIDTH = 14


def write_workbook(
    path: Path, sheet_name: str, columns: Sequence[Stored], blocks: Iterable[Block], *, raw: bool
) -> None:
    """Write a workbook with one sheet. WorkbookTooSmallError where the rows do not fit into one."""
    described = [one.column for one in columns]
    if len(described) > MAX_COLUMNS:
        raise WorkbookTooSmallError(f"A workbook has at most {MAX_COLUMNS:,} columns.")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL) as file:
        for name, text in (
            ("[Content_Types].xml", parts.CONTENT_TYPES),
            ("_rels/.rels", parts.ROOT_RELATIONS),
            ("xl/workbook.xml", parts.workbook(sheet_name)),
            ("xl/_rels/workbook.xml.rels", parts.WORKBOOK_RELATIONS),
            ("xl/styles.xml", parts.STYLES),
        ):
            file.writestr(_entry(name), text)
        with file.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            for piece in _sheet(described, blocks, raw):
                sheet.write(piece)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, SAME_MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry._compresslevel = COMPRESSION_LEVEL  # type: ignore[attr-defined]
    return entry


def _sheet(columns: Sequence[Column], blocks: Iterable[Block], raw: bool) -> Iterator[bytes]:
    widths = [WIDTHS.get(column.type, USUAL_WIDTH) for column in columns]
    yield parts.sheet_begin(widths).encode()
    yield _header(columns)
    row = 2
    for block in blocks:
        if row + len(block[0]) > MAX_ROWS + 2:
            raise WorkbookTooSmallError(f"A workbook has at most {MAX_ROWS:,} rows.")
        yield _rows(block, columns, row, raw)
        row += len(block[0])
    yield parts.SHEET_END.encode()


def _header(columns: Sequence[Column]) -> bytes:
    cells = []
    for position, column in enumerate(columns):
        name = column.name or column.key
        _fits(name, column, 1)
        reference = f'<c r="{parts.letters(position)}1" s="{Style.HEADER:d}'
        cells.append(f"{reference}{INLINE[0]}{escaped_value(name)}{INLINE[1]}")
    return f'<row r="1">{"".join(cells)}</row>'.encode()


def _rows(block: Block, columns: Sequence[Column], first: int, raw: bool) -> bytes:
    numbers = pc.cast(pa.array(np.arange(first, first + len(block[0]))), pa.string())
    pieces: list[Part] = ['<row r="', numbers, '">']
    for position, (array, column) in enumerate(zip(block, columns, strict=True)):
        _check_lengths(array, column, first)
        made = cell_text(array, column, raw=raw)
        reference = f'<c r="{parts.letters(position)}'
        cell: list[Part] = [reference, numbers, made.before, made.text, made.after]
        if made.text.null_count:
            # Without its text the whole cell is null, and then left out; but for the first one,
            # since a row without any cell is no row to some readers.
            cell = [pc.binary_join_element_wise(*cell, "")]
            if position == 0:
                empty = pc.binary_join_element_wise(reference, numbers, '"/>', "")
                cell = [pc.coalesce(*cell, empty)]
        pieces += cell
    return joined([*pieces, "</row>"])


def _check_lengths(array: pa.Array[Any], column: Column, first: int) -> None:
    if column.type is not ColumnType.TEXT:
        return
    lengths = pc.binary_length(array)
    if (pc.max(lengths).as_py() or 0) <= MAX_CHARACTERS:
        return
    for row in np.flatnonzero(pc.fill_null(pc.greater(lengths, MAX_CHARACTERS), False)):
        _fits(array[int(row)].as_py(), column, first + int(row))


def _fits(text: str, column: Column, row: int) -> None:
    if len(text) <= MAX_CHARACTERS // 2:
        return
    characters = len(text.encode("utf-16-le")) // 2
    if characters > MAX_CHARACTERS:
        raise WorkbookTooSmallError(
            f"Row {row:,} of the column {column.key!r} has {characters:,} characters; a cell of a "
            f"workbook has at most {MAX_CHARACTERS:,}."
        )
