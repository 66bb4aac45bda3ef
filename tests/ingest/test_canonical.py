"""Canonical text says the same of one value and of a column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.tables.canonical import canonical_text, canonical_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (12.5, "12.5"),
        (-0.0, "0"),
        (1e22, "10000000000000000000000"),
        (1e-5, "0.00001"),
        (True, "true"),
        (-7, "-7"),
        (date(2024, 2, 3), "2024-02-03"),
        (datetime(2024, 2, 3, 4, 5, 6), "2024-02-03T04:05:06"),
        (datetime(2024, 2, 3, 4, 5, 6, 70, tzinfo=UTC), "2024-02-03T04:05:06.000070Z"),
        ("007", "007"),
        (None, None),
    ],
)
def test_a_value_has_one_plain_text(value: Any, text: str | None) -> None:
    assert canonical_value(value) == text


@given(st.lists(st.none() | st.floats()))
def test_a_column_of_numbers_is_written_as_its_values_are(values: list[float | None]) -> None:
    column = pa.array(values, pa.float64())
    assert canonical_text(column).to_pylist() == [canonical_value(value) for value in values]


@given(st.lists(st.none() | st.datetimes()), st.booleans())
def test_a_column_of_datetimes_is_written_as_its_values_are(
    values: list[datetime | None], zoned: bool
) -> None:
    zone = UTC if zoned else None
    values = [value and value.replace(tzinfo=zone) for value in values]
    column = pa.chunked_array([pa.array(values, pa.timestamp("us", tz="UTC" if zoned else None))])
    assert canonical_text(column).to_pylist() == [canonical_value(value) for value in values]
