"""Summaries of integers, numbers, dates and datetimes: what has an order and a distance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from backend.domain import Column
from backend.tables.engine.chosen_rows import ChosenRows
from backend.tables.engine.column_values import ColumnValues
from backend.tables.engine.histograms import bin_counts, number_edges, whole_edges
from backend.tables.engine.moments import number_moments, whole_moments
from backend.tables.engine.ranking import Number, Ranked

Stats = dict[str, Any]

INFINITY = math.inf
DAYS = (date.max - date(1970, 1, 1)).days
MICROSECONDS = (datetime.max - datetime(1970, 1, 1)) // datetime.resolution
TIME_UNITS = (1, 1_000, 10**6, 60 * 10**6, 3_600 * 10**6, 86_400 * 10**6)


def whole_numbers(rows: ChosenRows, column: Column) -> Stats:
    """An integer column; its values never pass through a float on their way."""
    values = ColumnValues.read(rows, column)
    edges = _whole_edges(values, 2**53 if column.exact else 2**63 - 1)
    mean, deviation = whole_moments(values.chunks, values.count, int(values.low))
    ranked = values.ranked(_quarter_ranks(values.count), edges[1:-1])
    return {
        **_range(values, ranked),
        "mean": mean,
        "std": deviation,
        "quartiles": _quartiles(ranked.at, values.count),
        "histogram": _histogram(values, edges, ranked),
    }


def numbers(rows: ChosenRows, column: Column) -> Stats:
    """A number column. NaN is missing, as in pandas; infinities are values, but in no bin."""
    values = ColumnValues.read(rows, column)
    mean, deviation = _number_moments(values)
    count = values.count + values.special.negative + values.special.positive
    edges = number_edges(float(values.low), float(values.high)) if values.count else []
    places = [rank - values.special.negative for rank in _quarter_ranks(count)]
    finite = [place for place in places if 0 <= place < values.count]
    ranked = values.ranked(finite, edges[1:-1])
    at = iter(ranked.at)
    ordered = [_infinite(place, values.count) or next(at) for place in places]
    return {
        **_range(values, ranked),
        "mean": mean,
        "std": deviation,
        "quartiles": _named(values, _quartiles(ordered, count)),
        "histogram": _histogram(values, edges, ranked),
    }


def days(rows: ChosenRows, column: Column) -> Stats:
    """A date column: its range and its histogram."""
    return _times(rows, column, DAYS, (1,))


def moments(rows: ChosenRows, column: Column) -> Stats:
    """A datetime column: the same, with edges on round times."""
    return _times(rows, column, MICROSECONDS, TIME_UNITS)


def _times(rows: ChosenRows, column: Column, last: int, units: tuple[int, ...]) -> Stats:
    values = ColumnValues.read(rows, column)
    edges = _whole_edges(values, last, units)
    ranked = values.ranked((), edges[1:-1])
    return {**_range(values, ranked), "histogram": _histogram(values, edges, ranked)}


def _range(values: ColumnValues, ranked: Ranked) -> Stats:
    special = values.special
    present = [
        *([-INFINITY] if special.negative else []),
        *([values.low, values.high] if values.count else []),
        *([INFINITY] if special.positive else []),
    ]
    low, high = values.cells([present[0], present[-1]]) if present else (None, None)
    told = {
        "count": values.count + special.negative + special.positive,
        "nulls": special.nulls,
        "distinct": ranked.distinct + bool(special.negative) + bool(special.positive),
        "min": low,
        "max": high,
    }
    return {**told, "nan": special.nan} if special.nan else told


def _whole_edges(values: ColumnValues, last: int, units: tuple[int, ...] = (1,)) -> list[int]:
    if not values.count:
        return []
    return whole_edges(int(values.low), int(values.high), last, units)


def _number_moments(values: ColumnValues) -> tuple[float | str | None, float | None]:
    special = values.special
    if special.negative and special.positive:
        return None, None
    if special.negative or special.positive:
        mean = -INFINITY if special.negative else INFINITY
        return values.cells([mean])[0], None
    extent = max(abs(values.low), abs(values.high))
    return number_moments(values.chunks, values.count, extent)


def _quarter_ranks(count: int) -> list[int]:
    """Two ranks for each quartile: it lies between their values."""
    lower = [(count - 1) * part // 4 for part in (1, 2, 3)]
    upper = [-(-(count - 1) * part // 4) for part in (1, 2, 3)]
    return [rank for pair in zip(lower, upper, strict=True) for rank in pair] if count else []


def _quartiles(ordered: Sequence[Number], count: int) -> list[float] | None:
    """The quartiles by linear interpolation, as pandas and NumPy take them."""
    if not ordered:
        return None
    pairs = zip(ordered[::2], ordered[1::2], (1, 2, 3), strict=True)
    return [_between(low, high, (count - 1) * part % 4) for low, high, part in pairs]


def _between(low: Number, high: Number, quarters: int) -> float:
    if low == high:
        return float(low)
    if isinstance(low, int) and isinstance(high, int):
        return (low * (4 - quarters) + high * quarters) / 4
    distance = high - low
    if distance == INFINITY:  # too far apart for a float
        return low * (1 - quarters / 4) + high * (quarters / 4)
    return low + distance * (quarters / 4)


def _named(values: ColumnValues, numbers: Sequence[float] | None) -> list[Any] | None:
    """Numbers as JSON has them; null where there is none between two infinities."""
    if numbers is None:
        return None
    named = values.cells(numbers)
    return [
        None if math.isnan(number) else cell for number, cell in zip(numbers, named, strict=True)
    ]


def _infinite(place: int, count: int) -> float | None:
    """What has a rank outside of the finite values."""
    if 0 <= place < count:
        return None
    return INFINITY if place >= count else -INFINITY


def _histogram(values: ColumnValues, edges: Sequence[Number], ranked: Ranked) -> Stats | None:
    if not edges:
        return None
    return {"edges": values.cells(edges), "counts": bin_counts(ranked.below, values.count)}
