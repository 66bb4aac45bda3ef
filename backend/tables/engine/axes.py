"""One column of a chart: its values in SQL, their range, and what has no place among them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from backend.domain import Column, ColumnType
from backend.tables.cells import typed_cells
from backend.tables.engine.chosen_rows import ChosenRows
from backend.tables.engine.periods import (
    DAY_US,
    FITTING,
    OF_DAYS,
    TIMES,
    Period,
    fitting_period,
    period_places,
)
from backend.tables.engine.places import EXACT, INT64, Places, number_places, whole_places
from backend.tables.engine.ranking import Number
from backend.tables.engine.sql import quoted


@dataclass(frozen=True, slots=True)
class Axis:
    """`low` and `high`: of times microseconds; 0 where no value has a place, and for text."""

    column: Column
    sql: str
    """The value where it has a place, else null."""
    nulls: int
    nan: int
    infinite: int
    low: Number
    high: Number
    has_values: bool
    zoned: bool = False

    @classmethod
    def read(cls, rows: ChosenRows, columns: Sequence[Column]) -> tuple[int, list[Axis]]:
        """How many rows there are, and an axis for each column, out of one look at them."""
        counted = ", ".join(", ".join(_counts(column)) for column in columns)
        total, *found = rows.one(f"count(*), {counted}")
        axes = [
            cls._of(rows, column, found[5 * at : 5 * at + 5]) for at, column in enumerate(columns)
        ]
        return total, axes

    @classmethod
    def _of(cls, rows: ChosenRows, column: Column, counted: Sequence[Any]) -> Axis:
        nulls, nan, infinite, low, high = counted
        return cls(
            column=column,
            sql=value_sql(column),
            nulls=nulls,
            nan=nan,
            infinite=infinite,
            low=low or 0,
            high=high or 0,
            has_values=low is not None,
            zoned=_is_zoned(rows, column),
        )

    @property
    def missing(self) -> dict[str, int]:
        """How many cells have no place on the axis, and why."""
        return {"nulls": self.nulls, "nan": self.nan, "infinite": self.infinite}

    @property
    def extent(self) -> float:
        """No value is further from zero."""
        return max(abs(float(self.low)), abs(float(self.high)))

    def bins(self, value: str, most: int) -> Places:
        """About `most` bins of numbers, which `value` says in SQL."""
        if self.column.type is ColumnType.NUMBER:
            return number_places(value, float(self.low), float(self.high), most)
        limits = (-EXACT, EXACT) if self.column.exact else INT64
        return whole_places(value, int(self.low), int(self.high), most, limits)

    def fitting_period(self, most: int = FITTING) -> Period:
        """The shortest period that makes at most so many marks: what is taken if nobody says."""
        allowed = OF_DAYS if self.column.type is ColumnType.DATE else tuple(Period)
        return fitting_period(int(self.low), int(self.high), allowed, most)

    def periods(self, period: Period) -> Places:
        """All periods of the axis."""
        return period_places("x", int(self.low), int(self.high), period)

    def cells(self, values: Sequence[Number]) -> list[Any]:
        """Values as JSON has the cells of the column."""
        if self.column.type is ColumnType.NUMBER:
            return typed_cells(pa.array(values, pa.float64()), self.column)
        if self.column.type is ColumnType.DATE:
            days = pa.array([int(value) // DAY_US for value in values], pa.int32())
            return typed_cells(days.view(pa.date32()), self.column)
        whole = pa.array(values, pa.int64())
        if self.column.type is ColumnType.INTEGER:
            return typed_cells(whole, self.column)
        moments = pa.timestamp("us", "UTC" if self.zoned else None)
        return typed_cells(whole.view(moments), self.column)


def value_sql(column: Column) -> str:
    """A column's values where they have a place on an axis; null for all others."""
    name = quoted(column.key)
    if column.type is ColumnType.NUMBER:
        # minus zero is zero
        return f"CASE WHEN isfinite({name}) THEN {name} + 0.0::DOUBLE END"
    if column.type in TIMES:
        return f"CAST({name} AS TIMESTAMP)"
    return name


def _counts(column: Column) -> list[str]:
    """Nulls, NaN, infinities, least and greatest, as SQL aggregates."""
    name, value = quoted(column.key), value_sql(column)
    nulls = f"count(*) FILTER ({name} IS NULL)"
    if column.type is ColumnType.NUMBER:
        special = [f"count(*) FILTER ({test}({name}))" for test in ("isnan", "isinf")]
        return [nulls, *special, f"min({value})", f"max({value})"]
    if column.type is ColumnType.INTEGER:
        return [nulls, "0", "0", f"min({value})", f"max({value})"]
    if column.type in TIMES:
        return [nulls, "0", "0", f"epoch_us(min({value}))", f"epoch_us(max({value}))"]
    return [nulls, "0", "0", "NULL", "NULL"]


def _is_zoned(rows: ChosenRows, column: Column) -> bool:
    if column.type is not ColumnType.DATETIME:
        return False
    # closed, or the connection takes no other query
    with closing(rows.batches(quoted(column.key), "LIMIT 0")) as reader:
        return getattr(reader.schema.field(0).type, "tz", None) is not None
