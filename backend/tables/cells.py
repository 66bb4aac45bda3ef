"""Cells as JSON has them: a column of Arrow values becomes a list of plain Python values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute

from backend.domain import Column, ColumnType
from backend.tables.canonical import canonical_text

# The published stubs of the compute functions are narrower than the functions.
pc: Any = pyarrow.compute

CELL_BYTES = 4
"""What a cell takes in JSON beside its bytes in Arrow: quotes, comma, further digits."""


def typed_cells(array: pa.Array[Any], column: Column) -> list[Any]:
    """The values of a column for `values=typed`: null, bool, int, float, or text.

    Dates and datetimes are ISO 8601 text. Integers are text where the column is not `exact`, since
    a JSON reader may keep 53 bits only (RFC 8259, 6). JSON has no NaN and no infinities: they are
    the texts "NaN", "Infinity" and "-Infinity".
    """
    return _TYPED[column.type](array, column)


def text_cells(array: pa.Array[Any], null_text: str | None) -> list[Any]:
    """The cells of a column for `values=text`: written or canonical text, `null_text` for null."""
    cells: list[Any] = canonical_text(array).to_pylist()
    if null_text is None or not array.null_count:
        return cells
    return [null_text if cell is None else cell for cell in cells]


def json_bytes(batch: pa.RecordBatch) -> int:
    """About how many bytes the values of a few columns take as JSON, without looking at any."""
    return batch.nbytes + CELL_BYTES * batch.num_columns * batch.num_rows


def held_bytes(batch: pa.RecordBatch) -> int:
    """At least `json_bytes`, and cheaper: counts the whole row groups that the columns lie in."""
    return batch.get_total_buffer_size() + CELL_BYTES * batch.num_columns * batch.num_rows


def _as_they_are(array: pa.Array[Any], _: Column) -> list[Any]:
    cells: list[Any] = array.to_pylist()
    return cells


def _as_text(array: pa.Array[Any], _: Column) -> list[Any]:
    cells: list[Any] = canonical_text(array).to_pylist()
    return cells


def _integers(array: pa.Array[Any], column: Column) -> list[Any]:
    return _as_they_are(array, column) if column.exact else _as_text(array, column)


def _numbers(array: pa.Array[Any], _: Column) -> list[Any]:
    cells: list[Any] = array.to_pylist()
    # Not by way of NumPy: Arrow would import pandas first, 0.2 s for the first page of a server.
    if pc.all(pc.is_finite(array)).as_py() is not False:
        return cells
    return [_named_if_not_finite(cell) for cell in cells]


def _named_if_not_finite(cell: float | None) -> float | str | None:
    if cell is None or math.isfinite(cell):
        return cell
    if math.isnan(cell):
        return "NaN"
    return "Infinity" if cell > 0 else "-Infinity"


_TYPED: dict[ColumnType, Callable[[pa.Array[Any], Column], list[Any]]] = {
    ColumnType.TEXT: _as_they_are,
    ColumnType.BOOLEAN: _as_they_are,
    ColumnType.INTEGER: _integers,
    ColumnType.NUMBER: _numbers,
    ColumnType.DATE: _as_text,
    ColumnType.DATETIME: _as_text,
}
