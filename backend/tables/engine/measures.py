"""What is told of the values of a group: exactly, and the same whoever adds them up first.

Floats added in another order give another sum, and the threads of a query have no order. So numbers
are added as whole multiples of a power of two that is small enough to lose nothing that matters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.domain import ColumnType
from backend.tables.engine.axes import Axis
from backend.tables.engine.places import EXACT

SUM_BITS = 126
"""What a HUGEINT holds beside its sign, with one to spare."""


class Measure(StrEnum):
    """What becomes of the y values that share a place on x."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MIN = "min"
    MAX = "max"


ADDED = (Measure.SUM, Measure.MEAN)


@dataclass(frozen=True, slots=True)
class Measuring:
    """How a measure of y is computed; without y it is the number of rows."""

    measure: Measure
    y: Axis | None
    exponent: int
    """Numbers are added as multiples of 2^-exponent; 0 for integers."""

    @classmethod
    def of(cls, measure: Measure, y: Axis | None, rows: int) -> Measuring:
        """For at most so many rows: the sum of all of them just fits."""
        if y is None or y.column.type is ColumnType.INTEGER:
            return cls(measure, y, 0)
        return cls(measure, y, SUM_BITS - rows.bit_length() - math.frexp(y.extent)[1])

    @property
    def y_sql(self) -> str | None:
        """The values that count, null for all others."""
        return None if self.y is None else self.y.sql

    def of_y(self, y: str | None) -> str:
        """Rows (`r`), values (`n`) and what the measure is made of (`raw`), as SQL aggregates."""
        if y is None:
            return "count(*) AS r, 0 AS n, 0 AS raw"
        return f"count(*) AS r, count({y}) AS n, {self._raw(y)} AS raw"

    @property
    def aggregates_again(self) -> str:
        """The same over groups that have been aggregated."""
        again = {Measure.MIN: "min(raw)", Measure.MAX: "max(raw)"}.get(self.measure, "sum(raw)")
        return f"coalesce(sum(r), 0), coalesce(sum(n), 0), {again}"

    def told(self, rows: int, count: int, raw: Any) -> dict[str, Any]:
        """A group as JSON has it; `value` may still be an integer of any size."""
        told: dict[str, Any] = {"rows": int(rows)}
        if self.y is None:
            return {**told, "value": int(rows)}
        return {**told, "count": int(count), "value": self._value(int(count), raw)}

    def as_texts(self, groups: Sequence[dict[str, Any]]) -> bool:
        """Make all values texts where one is an integer that a reader may round; whether so."""
        if self.measure not in (Measure.SUM, Measure.MIN, Measure.MAX) or not self._is_whole:
            return False
        values = [group["value"] for group in groups if group["value"] is not None]
        if not any(abs(value) > EXACT for value in values):
            return False
        for group in groups:
            group["value"] = None if group["value"] is None else str(group["value"])
        return True

    def _raw(self, y: str) -> str:
        if self.measure is Measure.COUNT:
            return "0"
        if self.measure not in ADDED:
            return f"{self.measure}({y})"
        if self._is_whole:
            return f"sum({y})"
        # two factors, for one alone may be beyond a float; powers of two change no digit
        half = self.exponent // 2
        factors = (math.ldexp(1.0, half), math.ldexp(1.0, self.exponent - half))
        scaled = " * ".join([y, *(f"'{factor!r}'::DOUBLE" for factor in factors)])
        return f"sum(CAST(trunc({scaled}) AS HUGEINT))"

    @property
    def _is_whole(self) -> bool:
        return self.y is not None and self.y.column.type is ColumnType.INTEGER

    def _value(self, count: int, raw: Any) -> Any:
        if self.measure is Measure.COUNT:
            return count
        if self.measure not in ADDED:
            return raw
        if self.measure is Measure.MEAN:
            return _divided(int(raw), count, self.exponent) if count else None
        if self._is_whole:
            return int(raw or 0)
        return _divided(int(raw or 0), 1, self.exponent)


def _divided(total: int, count: int, exponent: int) -> float | str:
    """total / count / 2^exponent, rounded once; infinity by its name where it is beyond a float."""
    if exponent > 0:
        count <<= exponent
    else:
        total <<= -exponent
    try:
        return total / count
    except OverflowError:
        return "Infinity" if total > 0 else "-Infinity"
