"""Where a chart puts a value: in a bin between round numbers, or in a period of the calendar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pandas
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.domain import Column
from backend.tables.columnar import arrow_type
from backend.tables.engine import charts
from backend.tables.engine.chosen_rows import ChosenRows
from backend.tables.engine.places import round_edges, whole_round_edges
from tests.tables.charting import (
    DATE,
    DATETIME,
    INTEGER,
    MEASURES,
    NUMBER,
    Told,
    amounts,
    drawn,
    same,
    wild,
)
from tests.tables.summarising import database

floats = st.floats(allow_nan=False, allow_infinity=False)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))


@given(st.lists(wild, max_size=60))
@example([])
@example([None])
@example([2.5, 2.5])
@example([1.7976931348623157e308, -1.7976931348623157e308])
@example([5e-324, 0.0])
@example([1.0, math.nextafter(1.0, 2.0)])
def test_every_number_lies_in_the_bin_whose_edges_hold_it(values: list[float | None]) -> None:
    told = drawn((NUMBER, values))
    finite = [value for value in values if value is not None and math.isfinite(value)]
    in_their_bins(told["marks"], finite)
    assert told["x"]["nulls"] == values.count(None)
    assert told["x"]["infinite"] == sum(math.isinf(v) for v in values if v is not None)


@given(st.lists(st.integers(-(2**53), 2**53) | st.integers(0, 99), max_size=40))
@example([1990, 2024])
@example([2**53, -(2**53)])
@example([2**53, 2**53 - 1000])
def test_every_integer_lies_in_the_bin_whose_edges_hold_it(values: list[int]) -> None:
    in_their_bins(drawn((INTEGER, values))["marks"], values)


@given(floats, floats, st.integers(2, 40))
def test_edges_are_few_and_rise(one: float, other: float, most: int) -> None:
    low, high = sorted((one + 0.0, other + 0.0))
    edges = round_edges(low, high, most)
    assert edges[0] <= low <= high <= edges[-1]
    assert len(edges) <= max(most, 20) + 3
    assert low == high or all(a < b for a, b in zip(edges, edges[1:], strict=False))


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64), st.integers(2, 40))
def test_whole_edges_are_few_and_rise(low: int, width: int, most: int) -> None:
    edges = whole_round_edges(low, low + width, most)
    assert edges[0] <= low <= low + width < edges[-1]
    assert len(edges) <= 2 * most + 2


def test_edges_are_numbers_that_people_would_choose() -> None:
    assert round_edges(0.13, 0.98, 10) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert whole_round_edges(1, 1_000, 10)[:3] == [0, 100, 200]
    assert whole_round_edges(2015, 2024, 30) == list(range(2015, 2026))


@given(st.lists(st.tuples(st.integers(0, 30), amounts), max_size=40), st.sampled_from(MEASURES))
def test_measures_of_bins_are_those_of_pandas(
    rows: list[tuple[int, float | None]], measure: str
) -> None:
    xs, ys = [x for x, _ in rows], [y for _, y in rows]
    told = drawn((INTEGER, xs), (NUMBER, ys), measure)
    frame = pandas.DataFrame({"x": xs, "y": pandas.Series(ys, dtype="float64")})
    theirs = frame.groupby("x")["y"].agg(measure)
    for mark in told["marks"]:
        assert mark["to"] - mark["from"] == 1
        if mark["rows"]:
            assert same(mark["value"], float(theirs[mark["from"]]))
        else:
            assert mark["value"] == (0 if measure in ("count", "sum") else None)


FREQUENCIES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}


@given(
    st.lists(st.dates(date(1890, 1, 1), date(1892, 1, 1)), min_size=1, max_size=30),
    st.sampled_from(list(FREQUENCIES)),
)
def test_periods_are_those_of_pandas(values: list[date], period: str) -> None:
    told = drawn((DATE, values), period=period)
    moments = pandas.Series(pandas.to_datetime(values))
    theirs = moments.dt.to_period(FREQUENCIES[period]).value_counts()
    every = pandas.period_range(min(theirs.index), max(theirs.index))
    assert [mark["from"] for mark in told["marks"]] == [
        one.start_time.date().isoformat() for one in every
    ]
    assert [mark["to"] for mark in told["marks"]] == [
        (one + 1).start_time.date().isoformat() for one in every
    ]
    assert [mark["rows"] for mark in told["marks"]] == [theirs.get(one, 0) for one in every]


@given(st.lists(days, min_size=1, max_size=10))
@example([date(1, 1, 1), date(9999, 12, 31)])
@example([date(9999, 12, 31)])
def test_any_days_have_a_period_that_fits(values: list[date]) -> None:
    told = drawn((DATE, values))
    assert 1 <= len(told["marks"]) <= 1_000
    for mark in told["marks"]:
        begin, end = date.fromisoformat(mark["from"]), date.fromisoformat(mark["to"])
        last = mark is told["marks"][-1]
        assert mark["rows"] == sum(begin <= v < end or (last and v == end) for v in values)


@pytest.mark.parametrize(
    ("span", "period", "marks"),
    [
        (timedelta(seconds=30), "second", 31),
        (timedelta(minutes=90), "minute", 91),
        (timedelta(hours=60), "hour", 61),
        (timedelta(days=60), "day", 61),
        (timedelta(days=365), "week", 53),
        (timedelta(days=4 * 365), "month", 48),
        (timedelta(days=20 * 365), "quarter", 80),
        (timedelta(days=90 * 365), "year", 90),
        (timedelta(days=900 * 365), "decade", 90),
    ],
)
def test_the_period_fits_the_range(span: timedelta, period: str, marks: int) -> None:
    begin = datetime(1000, 1, 1)
    told = drawn((DATETIME, [begin, begin + span]))
    assert told["period"] == period
    assert abs(len(told["marks"]) - marks) <= 1
    assert told["marks"][0]["rows"] == told["marks"][-1]["rows"] == 1
    assert sum(mark["rows"] for mark in told["marks"][1:-1]) == 0


def daily(first: str, last: str) -> list[datetime]:
    """Every day from one to the other."""
    return list(pandas.date_range(first, last).to_pydatetime())


def on(*days: str) -> list[datetime]:
    """A few days."""
    return [datetime.fromisoformat(day) for day in days]


@pytest.mark.parametrize(
    ("values", "period", "first", "last"),
    [
        (daily("2025-06-20", "2025-11-14"), "month", "2025-06-20", "2025-11-14"),
        (daily("2025-06-20", "2025-11-14"), "quarter", "2025-06-20", "2025-11-14"),
        # whole months are not alike; a day has no part; a single period is like no other one
        (daily("2025-01-01", "2025-02-28"), "month", None, None),
        (daily("2025-06-20", "2025-11-14"), "day", None, None),
        (daily("2025-06-20", "2025-11-14"), "year", None, None),
        # what is told once in each month, on its first or on its last day
        (on("2025-02-01", "2025-03-01", "2025-05-01"), "month", None, None),
        (on("2025-01-31", "2025-02-28"), "month", None, None),
        (on("2025-03-31", "2025-04-30"), "month", None, None),
        # another one begins as late, or ends as early: nobody can tell
        (on("2025-01-31", "2025-02-03", "2025-03-31", "2025-04-03"), "month", None, None),
    ],
)
def test_a_period_that_is_covered_in_part_is_told(
    values: list[datetime], period: str, first: str | None, last: str | None
) -> None:
    told = drawn((DATE, [value.date() for value in values]), period=period)
    assert partial(told) == (first, last)
    moments = drawn((DATETIME, values), period=period)
    assert partial(moments) == tuple(at and f"{at}T00:00:00" for at in (first, last))


def test_a_day_that_ends_earlier_than_every_other_is_told() -> None:
    hours = [datetime(2025, 11, day, hour) for day in (3, 4, 5, 6, 7) for hour in range(9, 18)]
    whole = drawn((DATETIME, [*hours, None]), (NUMBER, [1.0] * 45 + [None]), "sum", period="day")
    assert partial(whole) == (None, None)
    part = drawn((DATETIME, hours[2:-4]), period="day")
    assert partial(part) == ("2025-11-03T11:00:00", "2025-11-07T13:00:00")


def test_only_periods_are_covered_in_part() -> None:
    assert "partial_until" not in drawn((INTEGER, [1, 2, 3]))
    assert partial(drawn((DATE, [None]))) == (None, None)


def partial(told: Told) -> tuple[str | None, str | None]:
    """From when the first period is covered, and until when the last one."""
    return told["partial_from"], told["partial_until"]


def test_too_many_periods_are_refused_with_one_that_fits() -> None:
    told = drawn((DATE, [date(1990, 1, 1), date(2024, 1, 1)]), period="day")
    assert told == {
        **{name: told[name] for name in ("total", "x", "y")},
        "refused": "period",
        "marks": 12_419,
        "fitting": "month",
    }


@pytest.mark.parametrize("zoned", [False, True])
def test_moments_are_counted_in_utc_and_written_as_cells(zoned: bool) -> None:
    values = pa.array([datetime(2024, 3, 1, 23, 59, 59), datetime(2024, 3, 3)])
    table = pa.table({"x": values.cast(arrow_type(DATETIME, zoned=zoned))})
    database().register("sheet", table)
    told = charts.draw(
        ChosenRows(database(), "sheet"), Column("x", "x", DATETIME, 0), None, None, period="day"
    )
    zone = "Z" * zoned
    assert [(mark["from"], mark["value"]) for mark in told["marks"]] == [
        (f"2024-03-01T00:00:00{zone}", 1),
        (f"2024-03-02T00:00:00{zone}", 0),
        (f"2024-03-03T00:00:00{zone}", 1),
    ]


def in_their_bins(marks: Sequence[Told], values: Sequence[float]) -> None:
    """Each value is counted in the one bin whose edges hold it."""
    for mark in marks:
        last = mark is marks[-1]
        held = [v for v in values if mark["from"] <= v < mark["to"] or (last and v == mark["to"])]
        assert mark["rows"] == mark["value"] == len(held)
    assert sum(mark["rows"] for mark in marks) == len(values)
