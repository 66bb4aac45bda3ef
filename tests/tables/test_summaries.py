"""Summaries of numbers: what pandas' describe says, and exact where pandas is not."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.domain import ColumnType
from tests.tables.summarising import close, holds_bins, summary

LARGEST = 1.7976931348623157e308

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


@pytest.mark.parametrize("spread", [2_000, 10**12])
def test_many_integers_are_counted_or_sorted_in_two_threads(spread: int) -> None:
    values = np.random.default_rng(7).integers(-spread, spread, 2_200_000)
    told = summary(values, ColumnType.INTEGER)
    assert told["distinct"] == len(np.unique(values))
    assert told["quartiles"] == np.percentile(values, [25, 50, 75]).tolist()
    assert (told["min"], told["max"]) == (values.min(), values.max())
    edges = told["histogram"]["edges"]
    assert told["histogram"]["counts"] == np.histogram(values, edges)[0].tolist()
    assert close(told["std"], float(values.std(ddof=1)))


def test_many_numbers_are_sorted_in_two_threads() -> None:
    values = np.random.default_rng(7).normal(size=2_200_000)
    told = summary(values, ColumnType.NUMBER)
    assert told["distinct"] == len(np.unique(values))
    assert told["quartiles"] == pytest.approx(np.percentile(values, [25, 50, 75]), rel=1e-12)
    assert close(told["mean"], float(values.mean()), 1.0)


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
