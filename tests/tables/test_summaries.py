"""Summaries: what pandas' describe says, and exact where pandas is not."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache
from typing import Any

import duckdb
import pandas
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.domain import Column, ColumnType
from backend.tables.columnar import arrow_type
from backend.tables.engine.chosen_rows import ChosenRows
from backend.tables.engine.summaries import SHOWN_CHARACTERS, TOP, summarise

BINS = 20
LARGEST = 1.7976931348623157e308


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One for all the tests here: to open one takes longer than to summarise a few values."""
    return duckdb.connect()


def summary(
    values: Sequence[Any],
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
    assert summarise(read_again, [column])[0] == held
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


sane = st.floats(-1e12, 1e12).map(lambda number: round(number, 6))
NUMBERS = st.lists(st.none() | sane | st.sampled_from([0.0, -0.0, 1.5, 2.5]), max_size=60)
INTEGERS = st.lists(st.none() | st.integers(-(2**53), 2**53) | st.integers(0, 30), max_size=60)
HUGE = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=40)
WILD = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30)


@given(NUMBERS)
@example([])
@example([None, None])
@example([7.0])
def test_numbers_are_described_as_pandas_does(values: list[float | None]) -> None:
    told = summary(values, ColumnType.NUMBER)
    series = pandas.Series(values, dtype="float64")
    theirs = series.describe()
    extent = series.abs().max() if len(series) else 0.0
    assert told["count"] == theirs["count"]
    assert told["nulls"] == len(values) - told["count"]
    assert told["distinct"] == series.nunique()
    assert close(told["mean"], theirs["mean"], extent)
    assert close(told["std"], theirs["std"], extent)
    if not told["count"]:
        assert told["quartiles"] is told["histogram"] is told["min"] is told["max"] is None
        return
    for ours, name in zip(told["quartiles"], ("25%", "50%", "75%"), strict=True):
        assert close(ours, theirs[name], extent)
    assert (told["min"], told["max"]) == (theirs["min"], theirs["max"])
    holds_bins(told, [value for value in values if value is not None])


@given(INTEGERS)
def test_integers_are_described_as_pandas_does(values: list[int | None]) -> None:
    told = summary(values, ColumnType.INTEGER)
    present = [value for value in values if value is not None]
    theirs = pandas.Series(present, dtype="int64").describe()
    extent = float(max(map(abs, present), default=0))
    assert (told["count"], told["nulls"]) == (len(present), len(values) - len(present))
    assert told["distinct"] == len(set(present))
    assert close(told["mean"], theirs["mean"], extent)
    assert close(told["std"], theirs["std"], extent)
    if present:
        for ours, name in zip(told["quartiles"], ("25%", "50%", "75%"), strict=True):
            assert close(ours, theirs[name], extent)
        assert (told["min"], told["max"]) == (min(present), max(present))
        holds_bins(told, present)


@given(HUGE)
@example([2**63 - 1, 2**63 - 2])
@example([-(2**63), 2**63 - 1])
@example([2**63 - 1] * 3)
def test_integers_beyond_2_53_are_exact_and_told_as_text(values: list[int | None]) -> None:
    told = summary(values, ColumnType.INTEGER, exact=False)
    present = sorted(value for value in values if value is not None)
    if not present:
        assert told["min"] is None
        return
    assert (told["min"], told["max"]) == (str(present[0]), str(present[-1]))
    assert close(told["mean"], float(statistics.mean(present)))
    if len(present) > 1:
        # pandas would round each to a float first
        assert close(told["std"], float(statistics.stdev(present)), 1.0)
    told["histogram"]["edges"] = [int(edge) for edge in told["histogram"]["edges"]]
    holds_bins(told, present)
    assert told["distinct"] == len(set(present))


@given(WILD)
@example([LARGEST, LARGEST, LARGEST])
@example([LARGEST, -LARGEST])
@example([5e-324, 1e-323, 0.0])
@example([1.0, math.nextafter(1.0, 2.0)])
def test_numbers_of_any_size_neither_overflow_nor_vanish(values: list[float]) -> None:
    told = summary(values, ColumnType.NUMBER)
    extent = max(map(abs, values))
    assert close(told["mean"], float(exact_mean(values)), extent)
    assert (told["min"], told["max"]) == (min(values), max(values))
    assert told["distinct"] == len(set(values))
    ordered = sorted(values)
    assert all(ordered[0] <= quartile <= ordered[-1] for quartile in told["quartiles"])
    holds_bins(told, values)
    if len(values) > 1 and told["std"] is not None:
        assert close(told["std"], exact_deviation(values), extent)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([math.inf, 1.0, math.nan], {"mean": "Infinity", "min": 1.0, "max": "Infinity", "nan": 1}),
        ([-math.inf, math.inf], {"mean": None, "min": "-Infinity", "max": "Infinity"}),
        ([-math.inf, None], {"mean": "-Infinity", "min": "-Infinity", "max": "-Infinity"}),
        ([math.nan, None], {"mean": None, "min": None, "max": None, "nan": 1}),
    ],
)
def test_what_is_no_finite_number_has_a_name(
    values: list[float | None], expected: dict[str, Any]
) -> None:
    told = summary(values, ColumnType.NUMBER)
    assert {name: told[name] for name in expected} == expected
    assert told["std"] is None
    counted = [value for value in values if value is not None and not math.isnan(value)]
    assert (told["count"], told["distinct"]) == (len(counted), len(set(counted)))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(
    ["", "north", "south", "\0", "a\0b", "ørsted", "\U0001f600", "\uffff"]
)


@given(st.lists(st.none() | TEXTS, max_size=80))
@example([])
@example([None])
@example([""])
def test_text_is_counted_exactly(values: list[str | None]) -> None:
    told = summary(values, ColumnType.TEXT)
    present = [value for value in values if value is not None]
    counted = Counter(present)
    top = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    assert told == {
        "count": len(present),
        "nulls": len(values) - len(present),
        "distinct": len(counted),
        "min": min(present, default=None),
        "max": max(present, default=None),
        "shortest": min(map(len, present), default=None),
        "longest": max(map(len, present), default=None),
        "top": [{"value": value, "count": count} for value, count in top],
    }


def test_long_text_is_told_by_its_beginning_and_its_length() -> None:
    told = summary(["é" * 1_000, "é" * 1_000, "b"], ColumnType.TEXT)
    assert told["max"] == "é" * SHOWN_CHARACTERS
    assert told["max_length"] == told["longest"] == 1_000
    assert told["top"] == [
        {"value": "é" * SHOWN_CHARACTERS, "value_length": 1_000, "count": 2},
        {"value": "b", "count": 1},
    ]


@given(st.lists(st.none() | st.dates(), max_size=50))
@example([date.min, date.max])
@example([date.max])
def test_dates_have_a_range_and_a_histogram(values: list[date | None]) -> None:
    told = summary(values, ColumnType.DATE)
    present = [value for value in values if value is not None]
    assert (told["count"], told["distinct"]) == (len(present), len(set(present)))
    if present:
        assert (told["min"], told["max"]) == (min(present).isoformat(), max(present).isoformat())
        holds_bins(told, [value.isoformat() for value in present])
    else:
        assert told["histogram"] is told["min"] is told["max"] is None


@pytest.mark.parametrize("zoned", [False, True])
@given(values=st.lists(st.none() | st.datetimes(), max_size=50))
@example(values=[datetime.min, datetime.max])
def test_moments_have_a_range_and_a_histogram(zoned: bool, values: list[datetime | None]) -> None:
    zone = UTC if zoned else None
    present = [value.replace(tzinfo=zone) for value in values if value is not None]
    told = summary(
        [value and value.replace(tzinfo=zone) for value in values], ColumnType.DATETIME, zoned=zoned
    )
    assert (told["count"], told["distinct"]) == (len(present), len(set(present)))
    if present:
        read = datetime.fromisoformat
        assert (read(told["min"]), read(told["max"])) == (min(present), max(present))
        edges = told["histogram"]["edges"]
        assert told["min"].endswith("Z") == edges[0].endswith("Z") == zoned
        told["histogram"]["edges"] = [read(edge) for edge in edges]
        holds_bins(told, present)


def test_bins_of_moments_begin_at_round_times() -> None:
    values = [datetime(2024, 1, 1, hour, 7, 3) for hour in range(24)]
    edges = summary(values, ColumnType.DATETIME)["histogram"]["edges"]
    assert edges[:3] == ["2024-01-01T00:07:00", "2024-01-01T01:17:00", "2024-01-01T02:27:00"]


@given(st.lists(st.none() | st.booleans(), max_size=20))
def test_booleans_are_counted(values: list[bool | None]) -> None:
    told = summary(values, ColumnType.BOOLEAN)
    present = [value for value in values if value is not None]
    assert told == {
        "count": len(present),
        "nulls": len(values) - len(present),
        "distinct": len(set(present)),
        "min": min(present, default=None),
        "max": max(present, default=None),
        "true": present.count(True),
        "false": present.count(False),
    }


def test_few_whole_numbers_have_a_bin_each() -> None:
    told = summary([1, 2, 2, 5], ColumnType.INTEGER)
    assert told["histogram"] == {"edges": [1, 2, 3, 4, 5, 6], "counts": [1, 2, 0, 0, 1]}


def test_one_value_is_one_bin() -> None:
    told = summary([2.5, 2.5], ColumnType.NUMBER)
    assert told["histogram"] == {"edges": [2.5, 2.5], "counts": [2]}
    assert told["std"] == 0


@pytest.mark.parametrize("key", ["v", "c", "key", "select", 'a"b', "売上高", "x; DROP TABLE sheet"])
@pytest.mark.parametrize("type", [ColumnType.TEXT, ColumnType.INTEGER, ColumnType.BOOLEAN])
def test_any_key_names_its_column_and_nothing_else(key: str, type: ColumnType) -> None:
    examples: dict[str, list[Any]] = {
        "text": ["x", "y"],
        "integer": [1, 2],
        "boolean": [True, False],
    }
    values = examples[type]
    assert summary(values, type, key=key)["distinct"] == 2


def test_only_rows_that_meet_the_condition_count() -> None:
    told = summary([1, 2, 3, 4], ColumnType.INTEGER, condition="amount > 1 OR amount = 0")
    assert (told["count"], told["min"], told["mean"]) == (3, 2, 3.0)


def exact_mean(values: Sequence[float]) -> Fraction:
    """The mean as a fraction."""
    return sum(map(Fraction, values), Fraction()) / len(values)


def exact_deviation(values: Sequence[float]) -> float:
    """The deviation in exact fractions, scaled by a power of two and rounded once."""
    exponent = math.frexp(max(map(abs, values)))[1]
    mean = exact_mean(values)
    squares = sum(((Fraction(value) - mean) ** 2 for value in values), Fraction())
    scaled = squares / (len(values) - 1) / Fraction(4) ** exponent
    return math.ldexp(math.sqrt(scaled), exponent)
