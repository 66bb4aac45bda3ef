"""Cells of a workbook, which come typed: what a column of them is, and how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from backend.domain import ColumnType
from backend.ingest.forms import EXACT_INTEGERS, pc
from backend.tables.canonical import canonical_text, canonical_value
from backend.tables.columnar import arrow_type

KINDS: dict[type, str] = {
    int: "number",
    float: "number",
    str: "text",
    bool: "boolean",
    date: "date",
    datetime: "datetime",
}
TYPES = {
    "number": ColumnType.NUMBER,
    "integer": ColumnType.INTEGER,
    "text": ColumnType.TEXT,
    "boolean": ColumnType.BOOLEAN,
    "date": ColumnType.DATE,
    "datetime": ColumnType.DATETIME,
}
ARRAY_KINDS = {arrow_type(TYPES[kind]): kind for kind in KINDS.values()}


@dataclass(slots=True)
class GatheredColumn:
    """What a column is, as far as its cells have been seen."""

    kinds: set[str] = field(default_factory=set)
    mixed: bool = False
    whole: bool = True
    """Whether every number so far is a whole one that a double holds exactly."""

    def take(self, cells: Any) -> Any:
        """Cells as an array of one kind; None and the empty string are empty cells."""
        if isinstance(cells, pa.Array):
            return self._take_array(cells)
        values: Sequence[Any] = cells
        if "" in cells:
            values = [None if cell == "" else cell for cell in cells]
        types = set(map(type, values)) - {type(None)}
        kinds = {KINDS.get(kind, "text") for kind in types}
        if kinds == {"date", "datetime"}:
            values = [_as_datetime(value) if type(value) is date else value for value in values]
            kinds = {"datetime"}
        if len(kinds) > 1:
            self.mixed = True
        if len(kinds) > 1 or not types <= KINDS.keys():
            values = [cell_text(value) for value in values]
            kinds = {"text"}
        self.kinds |= kinds
        return self._array(values, kinds)

    def finish(self) -> ColumnType:
        """The one type that keeps every cell."""
        kinds = set(self.kinds)
        if kinds == {"date", "datetime"}:
            kinds = {"datetime"}
        if len(kinds) > 1:
            self.mixed = True
            kinds = {"text"}
        kind = next(iter(kinds), "text")
        return TYPES["integer" if kind == "number" and self.whole else kind]

    def _take_array(self, array: Any) -> Any:
        """An array that has a kind already; an empty cell is null in it."""
        if array.null_count == len(array):
            return pa.nulls(len(array))
        kind = ARRAY_KINDS[array.type]
        self.kinds.add(kind)
        self._look_for_fractions(kind, array)
        return array

    def _array(self, values: Sequence[Any], kinds: set[str]) -> Any:
        kind = next(iter(kinds), None)
        if kind is None:
            return pa.nulls(len(values))
        if kind == "number" and int in set(map(type, values)):
            values = [None if value is None else float(value) for value in values]
        array = pa.array(values, arrow_type(TYPES[kind]))
        self._look_for_fractions(kind, array)
        return array

    def _look_for_fractions(self, kind: str, array: Any) -> None:
        if kind == "number" and self.whole:
            whole = pc.equal(pc.floor(array), array)
            small = pc.less_equal(pc.abs(array), float(EXACT_INTEGERS))
            self.whole = pc.all(pc.and_(whole, small)).as_py() is not False


def cell_text(value: Any) -> str | None:
    """A cell as text: canonical; a time as `HH:MM:SS`, a duration as `[h]:MM:SS`."""
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return canonical_value(value)


def _duration(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    seconds = value.days * 86_400 + value.seconds
    fraction = f".{value.microseconds:06d}" if value.microseconds else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


def _as_datetime(value: date) -> datetime:
    return datetime(value.year, value.month, value.day)


def as_type(batch: Any, kind: ColumnType) -> Any:
    """An array that `take` gave, as the type that its column has in the end."""
    target: Any = arrow_type(kind)
    if batch.type == target:
        return batch
    if pa.types.is_null(batch.type):
        return pa.nulls(len(batch), target)
    return canonical_text(batch) if pa.types.is_string(target) else pc.cast(batch, target)
