"""Summaries of text, dates, datetimes and booleans, against counting by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.domain import ColumnType
from backend.tables.engine.summaries import SHOWN_CHARACTERS, TOP
from tests.tables.summarising import holds_bins, summary

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


def test_many_moments_of_whole_seconds_are_counted_by_the_second() -> None:
    seconds = np.random.default_rng(7).integers(0, 86_400, 1_100_000)
    told = summary(seconds.astype("datetime64[s]").astype("datetime64[us]"), ColumnType.DATETIME)
    assert told["distinct"] == 86_400
    assert (told["min"], told["max"]) == ("1970-01-01T00:00:00", "1970-01-01T23:59:59")
    assert sum(told["histogram"]["counts"]) == len(seconds)
