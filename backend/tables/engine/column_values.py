"""The values of a column that has an order and a distance: numbers and moments, as numpy has them.

A column that fits is held in memory; a larger one is read again for each pass over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from backend.domain import Column
from backend.tables.cells import typed_cells
from backend.tables.engine.chosen_rows import ChosenRows
from backend.tables.engine.ranking import (
    Number,
    Ranked,
    chunks_of,
    rank,
    rank_counted,
)
from backend.tables.engine.sql import quoted

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Special:
    """How many cells are no finite value."""

    nulls: int = 0
    nan: int = 0
    negative: int = 0
    """Minus infinity."""
    positive: int = 0
    """Infinity."""


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """The finite values of a column: int64 or float64. `low` and `high` are 0 where none is."""

    column: Column
    type: pa.DataType
    special: Special
    count: int
    low: Number
    high: Number
    rows: ChosenRows
    kept: Array | None
    """None: too many to be held."""

    @classmethod
    def read(cls, rows: ChosenRows, column: Column) -> ColumnValues:
        """Read a column, into memory if it has at most `most` values."""
        parts: list[Array] = []
        nulls = count = 0
        with rows.column(column.key) as (kind, arrays):
            for array in arrays:
                nulls += array.null_count
                parts.append(_numbers(array))
                count += len(parts[-1])
                if count > rows.held_values:
                    break
        if count > rows.held_values:
            return cls._counted_only(rows, column, kind)
        values = np.concatenate([np.empty(0, np.int64) if not parts else parts[0][:0], *parts])
        special, values = _without_special(nulls, values)
        low, high = (values.min().item(), values.max().item()) if len(values) else (0, 0)
        return cls(column, kind, special, len(values), low, high, rows, values)

    @classmethod
    def _counted_only(cls, rows: ChosenRows, column: Column, kind: pa.DataType) -> ColumnValues:
        key = quoted(column.key)
        counts = [f"count(*) FILTER ({key} IS NULL)", "0", "0", "0"]
        finite = f"{key} IS NOT NULL"
        if pa.types.is_floating(kind):
            named = ("nan", "-inf", "inf")
            counts[1:] = [f"count(*) FILTER ({key} = '{name}'::DOUBLE)" for name in named]
            finite = f"isfinite({key})"
        special = Special(*rows.one(", ".join(counts)))
        rows = rows.where(finite)
        (count,) = rows.one("count(*)")
        (ends,) = rows.batches(f"min({key}), max({key})")
        # minus zero plus zero is zero
        low, high = (_numbers(end)[0].item() + 0 if count else 0 for end in ends.columns)
        return cls(column, kind, special, count, low, high, rows, None)

    def chunks(self) -> Iterator[Array]:
        """All values, part by part, in no certain order."""
        if self.kept is not None:
            yield from chunks_of(self.kept)
            return
        for batch in self.rows.batches(quoted(self.column.key)):
            yield _numbers(batch.column(0))

    def ranked(self, ranks: Sequence[int], edges: Sequence[Number]) -> Ranked:
        """The values of these ranks, and how many lie below each of these edges."""
        if self.kept is not None:
            return rank(self.kept, ranks, edges)
        return rank_counted(self._groups(), ranks, edges)

    def cells(self, values: Sequence[Number]) -> list[Any]:
        """These values as JSON has the cells of the column."""
        if pa.types.is_floating(self.type):
            return typed_cells(pa.array(values, pa.float64()), self.column)
        whole = pa.array(values, pa.int32() if pa.types.is_date(self.type) else pa.int64())
        return typed_cells(whole.view(self.type), self.column)

    def _groups(self) -> Iterator[tuple[Array, Array]]:
        key = quoted(self.column.key)
        # both zeros are one value
        value = f"CASE {key} WHEN 0 THEN 0 ELSE {key} END" if self._has_two_zeros() else key
        for batch in self.rows.batches(f"{value}, count(*)", "GROUP BY 1 ORDER BY 1"):
            if len(batch):
                yield _numbers(batch.column(0)), _numbers(batch.column(1))

    def _has_two_zeros(self) -> bool:
        return bool(pa.types.is_floating(self.type))


def _numbers(array: pa.Array[Any]) -> Array:
    """Values that are not null: float64, or int64 for everything else."""
    if array.null_count:
        array = array.drop_null()
    if pa.types.is_date(array.type):
        return array.view(pa.int32()).to_numpy().astype(np.int64)
    if pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    values: Array = array.to_numpy()
    return values


def _without_special(nulls: int, values: Array) -> tuple[Special, Array]:
    if values.dtype.kind != "f":
        return Special(nulls), values
    values += 0.0  # minus zero becomes zero
    finite = np.isfinite(values)
    if finite.all():
        return Special(nulls), values
    nan = int(np.count_nonzero(np.isnan(values)))
    negative = int(np.count_nonzero(values == -np.inf))
    positive = int(np.count_nonzero(values == np.inf))
    return Special(nulls, nan, negative, positive), values[finite]
