"""Charts of columns built from plain values, with every row accounted for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from backend.domain import Column, ColumnType
from backend.tables.columnar import arrow_type
from backend.tables.engine import charts
from backend.tables.engine.chosen_rows import ChosenRows
from tests.tables.summarising import database

TEXT, INTEGER, NUMBER = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.NUMBER
BOOLEAN, DATE, DATETIME = ColumnType.BOOLEAN, ColumnType.DATE, ColumnType.DATETIME
MEASURES = ("count", "sum", "mean", "min", "max")
Told = dict[str, Any]

amounts = st.none() | st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
wild = amounts | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0])


def drawn(
    x: tuple[ColumnType, Sequence[Any]],
    y: tuple[ColumnType, Sequence[Any]] | None = None,
    measure: str | None = "count",
    *,
    keys: tuple[str, str] = ("x", "y"),
    **how: Any,
) -> Told:
    """The chart of these values, with its rows counted up."""
    given = [x, *([y] if y else [])]
    table = pa.table(
        {
            key: pa.array(values, arrow_type(type))
            for key, (type, values) in zip(keys, given, strict=False)
        }
    )
    columns = [Column(key, key, type, nulls=0) for key, (type, _) in zip(keys, given, strict=False)]
    connection = database()
    connection.register("sheet", table)
    rows = ChosenRows(connection, "sheet", how.pop("condition", "true"))
    told = charts.draw(rows, columns[0], columns[1] if y else None, measure, **how)
    if "refused" not in told and how.get("whole", True):
        every_row_is_told(told)
    return told


def every_row_is_told(told: Told) -> None:
    """No row is lost: those of the marks, of the others, and those without a place are all."""
    marks = sum(mark.get("rows", 1) for mark in told["marks"])
    others = (told.get("others") or {"rows": 0})["rows"]
    assert told["drawn"] == marks + others
    if told["form"] not in ("points", "cells"):
        without = (told["unplaced"] or {"rows": 0})["rows"]
        assert told["total"] == told["drawn"] + without
        assert without == sum(told["x"].values())


def same(ours: Any, theirs: float) -> bool:
    """Equal to 1e-9; null where pandas has none."""
    return (
        math.isnan(theirs)
        if ours is None
        else math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-6)
    )
