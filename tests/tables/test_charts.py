"""Charts: what pandas says of the same groups, exactly, and of points."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import pandas
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tables.charting import BOOLEAN, INTEGER, MEASURES, NUMBER, TEXT, drawn, same, wild

floats = st.floats(allow_nan=False, allow_infinity=False)
categories = st.none() | st.sampled_from(["north", "south", "øst", "", "売上", "a" * 300])


@given(st.lists(st.tuples(categories, wild), max_size=40), st.sampled_from(MEASURES))
def test_groups_of_text_are_those_of_pandas(rows: list[tuple[Any, Any]], measure: str) -> None:
    names, values = [name for name, _ in rows], [value for _, value in rows]
    told = drawn((TEXT, names), (NUMBER, values), measure)
    ours = {(mark["x"], mark.get("x_length")): mark["value"] for mark in told["marks"]}
    finite = [v if v is not None and math.isfinite(v) else None for v in values]
    frame = pandas.DataFrame({"x": names, "y": pandas.Series(finite, dtype="float64")})
    theirs = frame.groupby("x", dropna=True)["y"].agg(measure)
    assert len(ours) == len(theirs)
    for name, value in theirs.items():
        key = (str(name)[:200], 300 if len(str(name)) > 200 else None)
        assert same(ours[key], float(value))
    missing = frame[frame["x"].isna()]["y"]
    if len(missing):
        assert told["unplaced"]["rows"] == len(missing)
        assert same(told["unplaced"]["value"], float(missing.agg(measure)))


@given(st.lists(st.none() | st.text(max_size=2), max_size=60), st.integers(1, 5))
def test_the_largest_groups_have_marks_and_all_others_are_told_together(
    names: list[str | None], top: int
) -> None:
    told = drawn((TEXT, names), top=top)
    counted = Counter(name for name in names if name is not None)
    theirs = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    assert [(mark["x"], mark["value"]) for mark in told["marks"]] == theirs[:top]
    rest = theirs[top:]
    if not rest:
        assert told["others"] is None
    else:
        assert told["others"] == {
            "categories": len(rest),
            "rows": sum(count for _, count in rest),
            "value": sum(count for _, count in rest),
        }


def test_a_large_loss_is_not_hidden_among_the_others() -> None:
    names, values = ["a", "b", "c", "d"], [5.0, -900.0, 7.0, 0.5]
    told = drawn((TEXT, names), (NUMBER, values), "sum", top=2)
    assert [(mark["x"], mark["value"]) for mark in told["marks"]] == [("c", 7.0), ("b", -900.0)]
    assert told["others"] == {"categories": 2, "rows": 2, "count": 2, "value": 5.5}


@pytest.mark.parametrize(("measure", "value"), [("min", -4), ("max", 9), ("mean", 2.5)])
def test_the_others_are_measured_as_one_group(measure: str, value: float) -> None:
    names = ["a", "a", "a", "b", "c"]
    told = drawn((TEXT, names), (INTEGER, [1, 2, 3, -4, 9]), measure, top=1)
    assert [mark["x"] for mark in told["marks"]] == ["a"]
    assert told["others"] == {"categories": 2, "rows": 2, "count": 2, "value": value}


def test_truths_are_categories() -> None:
    told = drawn((BOOLEAN, [True, None, False, True]))
    assert [(mark["x"], mark["value"]) for mark in told["marks"]] == [(True, 2), (False, 1)]
    assert told["unplaced"] == {"rows": 1, "value": 1}


@given(st.lists(st.tuples(wild, wild), max_size=30))
def test_few_points_are_told_one_by_one(rows: list[tuple[float | None, float | None]]) -> None:
    told = drawn((NUMBER, [x for x, _ in rows]), (NUMBER, [y for _, y in rows]), None)
    ours = [(mark["x"], mark["y"]) for mark in told["marks"]]
    usable = [
        (x, y)
        for x, y in rows
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    ]
    assert (told["form"], told["drawn"], told["total"]) == ("points", len(usable), len(rows))
    assert ours == sorted(usable)


def test_many_points_are_counted_in_cells_and_none_is_left_out() -> None:
    xs = [(number * 7919) % 10_007 / 10 for number in range(4_000)]
    ys = [(number * 104_729) % 2_003 for number in range(4_000)]
    told = drawn((NUMBER, xs), (INTEGER, ys), None)
    assert (told["form"], told["drawn"]) == ("cells", 4_000)
    for mark in told["marks"][::50]:
        inside = sum(
            mark["from"] <= x < mark["to"] and mark["y_from"] <= y < mark["y_to"]
            for x, y in zip(xs, ys, strict=True)
        )
        assert mark["rows"] == inside


@given(st.lists(floats, min_size=1, max_size=20))
@example([1.7976931348623157e308] * 3)
@example([5e-324, 5e-324])
@example([0.1] * 10)
@example([1e300, 1.0, -1e300])
def test_sums_and_means_are_rounded_once(values: list[float]) -> None:
    exact = sum(map(Fraction, values), Fraction())
    told = {
        measure: drawn((BOOLEAN, [True] * len(values)), (NUMBER, values), measure)["marks"][0]
        for measure in ("sum", "mean")
    }
    # what is beyond 10^-20 of the largest of them may be lost
    slack = max(abs(Fraction(value)) for value in values) / 10**20
    assert near(told["mean"]["value"], exact / len(values), slack)
    try:
        float(exact)
    except OverflowError:
        assert told["sum"]["value"] == ("Infinity" if exact > 0 else "-Infinity")
    else:
        assert near(told["sum"]["value"], exact, slack)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20))
def test_sums_of_integers_are_exact_and_texts_where_a_reader_would_round(values: list[int]) -> None:
    told = drawn((BOOLEAN, [True] * len(values)), (INTEGER, values), "sum")
    (mark,) = told["marks"]
    beyond = abs(sum(values)) > 2**53
    assert told.get("values_as_strings", False) == beyond
    assert mark["value"] == (str(sum(values)) if beyond else sum(values))


@pytest.mark.parametrize(
    "keys", [("v", "r"), ("raw", "n"), ("y", "x"), ("place", 'a"b'), ("売", "rows")]
)
def test_any_key_names_its_column_and_nothing_else(keys: tuple[str, str]) -> None:
    condition = f'"{keys[0]}" >= 2'
    told = drawn((INTEGER, [1, 2, 3]), (INTEGER, [9, 5, 6]), "sum", keys=keys, condition=condition)
    assert [(mark["from"], mark["value"]) for mark in told["marks"]] == [(2, 5), (3, 6)]
    condition = f"\"{keys[0]}\" >= 'b'"
    told = drawn((TEXT, ["a", "b"]), (INTEGER, [9, 5]), "max", keys=keys, condition=condition)
    assert [(mark["x"], mark["value"]) for mark in told["marks"]] == [("b", 5)]
    told = drawn(
        (INTEGER, [1, 2]), (INTEGER, [9, 5]), None, keys=keys, condition=f'"{keys[0]}" > 1'
    )
    assert told["marks"] == [{"x": 2, "y": 5}]


def near(ours: float, exact: Fraction, slack: Fraction) -> bool:
    """Whether a float is the nearest one to a number, or to one that is almost the same."""
    return abs(Fraction(ours) - exact) <= slack + abs(Fraction(math.ulp(ours))) / 2
