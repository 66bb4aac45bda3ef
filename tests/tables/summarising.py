"""Summaries of columns built from plain values, on every way that a column can take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from backend.domain import Column, ColumnType
from backend.tables.columnar import arrow_type
from backend.tables.engine.chosen_rows import ChosenRows
from backend.tables.engine.summaries import summarise

BINS = 20


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One for all the tests here: to open one takes longer than to summarise a few values."""
    return duckdb.connect()


def summary(
    values: Any,
    type: ColumnType,
    *,
    key: str = "amount",
    exact: bool = True,
    zoned: bool = False,
    condition: str = "true",
) -> dict[str, Any]:
    """The summary of one column that holds these values."""
    sheet = pa.table({key: pa.array(values, arrow_type(type, zoned=zoned))})
    column = Column(key, key, type, nulls=0, exact=exact)
    connection = database()
    connection.register("sheet", sheet)
    held = summarise(ChosenRows(connection, "sheet", condition), [column])[0]
    # a column too large for the memory takes another way to the very same
    read_again = ChosenRows(connection, "sheet", condition, held_values=-1)
    again = summarise(read_again, [column])[0]
    for name in ("mean", "std"):  # sums in another order, where there are many values
        if isinstance(held.get(name), float):
            assert again.pop(name) == pytest.approx(held[name], rel=1e-12)
    assert {**held, **again} == held
    return held


def close(ours: Any, theirs: float, extent: float = 0.0) -> bool:
    """Equal to 1e-9, or as near as floats of this extent allow."""
    if ours is None:
        return math.isnan(theirs)
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=max(1e-300, extent * 1e-13))


def holds_bins(told: dict[str, Any], values: Sequence[Any]) -> None:
    """Every value is in the bin that it lies in by the edges told."""
    edges, counts = told["histogram"]["edges"], told["histogram"]["counts"]
    assert len(counts) == len(edges) - 1 <= BINS
    for number, count in enumerate(counts):
        low, high, last = edges[number], edges[number + 1], number == len(counts) - 1
        assert count == sum(low <= value < high or (last and value == high) for value in values)
    assert sum(counts) == len(values)
