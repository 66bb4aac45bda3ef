"""Periods of the calendar (proleptic Gregorian, weeks from Monday: ISO 8601) as places on an axis.

Moments are whole microseconds from 1970-01-01, without a zone or in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import numpy as np

from backend.domain import ColumnType
from backend.tables.engine.places import Places
from backend.tables.engine.ranking import Number

FITTING = 120
"""So many marks can be told apart on a line; with more a longer period fits better."""
MOST_PERIODS = 1_000
"""More are refused; all periods of the calendar fit into so many decades."""


class Period(StrEnum):
    """How long a mark of a line over time is."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    DECADE = "decade"


TIMES = (ColumnType.DATE, ColumnType.DATETIME)
"""The types of columns that lie in the calendar."""
OF_DAYS = tuple(Period)[3:]
"""What a column of dates can be counted by."""

DAY_US = 86_400 * 10**6
EPOCH = datetime(1970, 1, 1)
FIRST = (datetime.min - EPOCH) // datetime.resolution
LAST = (datetime.max - EPOCH) // datetime.resolution
MONDAY = -3 * DAY_US
"""1969-12-29."""
EPOCH_MONTH = 1970 * 12

LENGTHS = {
    Period.SECOND: 10**6,
    Period.MINUTE: 60 * 10**6,
    Period.HOUR: 3_600 * 10**6,
    Period.DAY: DAY_US,
    Period.WEEK: 7 * DAY_US,
}
MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12, Period.DECADE: 120}


def fitting_period(low: int, high: int, allowed: tuple[Period, ...], most: int) -> Period:
    """The shortest period that makes no more marks than this; else the longest."""
    fits = (period for period in allowed if count_periods(low, high, period) <= most)
    return next(fits, allowed[-1])


def count_periods(low: int, high: int, period: Period) -> int:
    """How many periods there are from the one of `low` to the one of `high`."""
    first, step = _first(low, period)
    return (_unit(high, period) - first) // step + 1


def period_places(moment: str, low: int, high: int, period: Period) -> Places:
    """Every period between two moments, those in which nothing lies too. `moment`: a TIMESTAMP.

    No edge lies outside of the years 1 to 9999.
    """
    first, step = _first(low, period)
    units = [first + number * step for number in range(count_periods(low, high, period) + 1)]
    if period in LENGTHS:
        edges, sql = units, f"(epoch_us({moment}) - {first}) // {step}"
    else:
        edges = [_moment_of(month) for month in units]
        sql = f"(year({moment}) * 12 + month({moment}) - {EPOCH_MONTH + first + 1}) // {step}"
    return Places([max(FIRST, min(edge, LAST)) for edge in edges], sql)


def partly_covered(
    edges: Sequence[Number], spans: Mapping[int, tuple[int, int]]
) -> tuple[bool, bool]:
    """Whether the first period is covered only from some moment on, the last one only until one.

    `spans`: the least and the greatest moment of each period that has any. A period is covered in
    part where it begins later, or ends earlier, than every other one. Both is measured from both of
    its edges: months differ in length, and what is told once in each of them covers it whole.
    """

    def within(number: int, moment: int) -> tuple[Number, Number]:
        return moment - edges[number], edges[number + 1] - moment

    begins = {number: within(number, low) for number, (low, _) in spans.items()}
    ends = {number: within(number, high) for number, (_, high) in spans.items()}
    into, left = begins.pop(0)
    late = all(into > other and left < rest for other, rest in begins.values())
    into, left = ends.pop(len(edges) - 2)
    early = all(into < other and left > rest for other, rest in ends.values())
    return late and bool(begins), early and bool(ends)


def _first(low: int, period: Period) -> tuple[int, int]:
    """Where the first period begins, and how long one is: microseconds, or months."""
    if period in LENGTHS:
        step = LENGTHS[period]
        begin = MONDAY if period is Period.WEEK else 0
        return low - (low - begin) % step, step
    month, step = _unit(low, period), MONTHS[period]
    return month - month % step, step


def _unit(moment: int, period: Period) -> int:
    if period in LENGTHS:
        return moment
    return int(np.datetime64(moment, "us").astype("M8[M]").astype(np.int64))


def _moment_of(month: int) -> int:
    return int(np.datetime64(month, "M").astype("M8[us]").astype(np.int64))
