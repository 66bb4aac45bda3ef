"""Numbers and days of many countries: read where a column leaves no doubt, else kept as text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.reading_back import read

# strftime does not pad a year to four digits everywhere, and 01-01-31 padded is another day
DAYS = st.dates(date(1000, 1, 1))
AMOUNTS = st.integers(-(10**11), 10**11)


def column(cells: list[str]) -> bytes:
    return ("name;other\n" + "".join(f"{cell};x\n" for cell in cells)).encode()


@pytest.mark.parametrize(
    ("cells", "values", "type_"),
    [
        (["1,5", "2", "1.234,25"], [1.5, 2.0, 1234.25], "number"),
        (["1 234,56", "7"], [1234.56, 7.0], "number"),
        (["1\u202f234,56", "-7,5"], [1234.56, -7.5], "number"),
        (["1,234.56", "7"], [1234.56, 7.0], "number"),
        (["1’234.56", "7.5"], [1234.56, 7.5], "number"),
        (["1,234,567", "7"], [1234567.0, 7.0], "number"),
        (["31/12/2024", "01/02/2024"], [date(2024, 12, 31), date(2024, 2, 1)], "date"),
        (["12/31/2024", "01/02/2024"], [date(2024, 12, 31), date(2024, 1, 2)], "date"),
        (["31.12.2024", "1.2.2024"], [date(2024, 12, 31), date(2024, 2, 1)], "date"),
        (["2024/1/2", "2024/12/31"], [date(2024, 1, 2), date(2024, 12, 31)], "date"),
        (["31.12.2023 23:59", "1.2.2024 7:05"],
         [datetime(2023, 12, 31, 23, 59), datetime(2024, 2, 1, 7, 5)], "datetime"),
        (["12/31/2023 11:59 PM", "1/2/2024 12:00 AM", "1/2/2024 12:30:15 pm"],
         [datetime(2023, 12, 31, 23, 59), datetime(2024, 1, 2), datetime(2024, 1, 2, 12, 30, 15)],
         "datetime"),
        (["31/12/2023, 23:59:59.25"], [datetime(2023, 12, 31, 23, 59, 59, 250_000)], "datetime"),
        (["2024/1/2 03:04"], [datetime(2024, 1, 2, 3, 4)], "datetime"),
        (["2024-01-02 03:04 PM"], [datetime(2024, 1, 2, 15, 4)], "datetime"),
    ],
)  # fmt: skip
def test_a_column_without_doubt_is_read(cells: list[str], values: Any, type_: str) -> None:
    back = read(column(cells))
    assert [row[0] for row in back.values] == values
    assert [row[0] for row in back.texts] == cells
    assert back.types[0] == type_


@pytest.mark.parametrize(
    "cells",
    [
        ["1,234", "5,678"],  # thousands, or decimals
        ["1.234.567", "8.901.234"],  # an identity number in many countries
        ["123 456", "789 012"],  # a telephone number
        ["1,5", "1.5"],
        ["1.234,5", "1,234.5"],
        ["1,5", "01,5"],
        ["1,5", "+1,5"],
        ["12.34,5", "1,5"],
        ["01/02/2024", "03/04/2024"],
        ["31/12/2024", "12/31/2024"],
        ["31/02/2024", "30/01/2024"],
        ["31/12/24", "30/11/24"],
        ["0,12345678901234567890", "1,5"],
        ["01/02/2024 10:00", "03/04/2024 11:00"],
        ["31/12/2024 10:00", "12/31/2024 10:00"],
        ["31/12/2024 10:00", "30/12/2024"],
        ["31/12/2024 24:00", "30/12/2024 10:00"],
        ["12/31/2024 13:00 PM", "12/30/2024 1:00 PM"],
        ["31/02/2024 10:00"],
    ],
)
def test_doubt_is_text(cells: list[str]) -> None:
    back = read(column(cells))
    assert back.types[0] == "text"
    assert [row[0] for row in back.texts] == cells


@given(st.lists(DAYS, min_size=1, max_size=20), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_a_day_is_never_taken_for_another(days: list[date], form: str) -> None:
    cells = [day.strftime(form).rjust(10, "0") for day in days]
    back = read(column(cells))
    assert [row[0] for row in back.texts] == cells
    if back.types[0] == "date":
        assert [row[0] for row in back.values] == days


@given(
    st.lists(st.datetimes(datetime(1000, 1, 1)), min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%Y %H:%M:%S.%f", "%m/%d/%Y %I:%M:%S.%f %p", "%d.%m.%Y %H:%M:%S.%f"]),
)
def test_a_moment_is_never_taken_for_another(moments: list[datetime], form: str) -> None:
    cells = [moment.strftime(form) for moment in moments]
    back = read(column(cells))
    assert [row[0] for row in back.texts] == cells
    if back.types[0] == "datetime":
        assert [row[0] for row in back.values] == moments


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_an_amount_is_never_taken_for_another(cents: list[int]) -> None:
    plain = [f"{cent / 100:,.2f}" for cent in cents]
    cells = [text.translate(str.maketrans(",.", ".,")) for text in plain]
    back = read(column(cells))
    assert [row[0] for row in back.texts] == cells
    if back.types[0] == "number":
        assert [row[0] for row in back.values] == [cent / 100 for cent in cents]


@pytest.mark.usefixtures("small_blocks")
def test_a_late_cell_may_decide_or_forbid() -> None:
    many = ["5"] * 50_000
    assert read(column([*many, "1,5"])).types[0] == "number"
    assert read(column(["1,5", *many, "1.5"])).types[0] == "text"


def test_a_point_before_three_digits_is_in_doubt_beside_decimal_commas() -> None:
    back = read(b"name;people;area\nA;1.234;1,5\nB;5.678;2,25\n")
    assert back.types == ["text", "text", "number"]
    assert [row[1] for row in back.values] == ["1.234", "5.678"]
    assert read(b"name;people;area\nA;1.234;1,5\nB;0.678;2,25\n").types[1] == "number"
    assert read(b"name;people;area\nA;1.234;1.5\nB;5.678;2.25\n").types[1] == "number"


@pytest.mark.usefixtures("small_blocks")
def test_whole_numbers_among_thousands_decide_nothing_and_a_late_comma_does() -> None:
    back = read(b"name;people;area\nA;850;1,5\nB;1.234;2,25\nC;12.345;3\n")
    assert back.types == ["text", "text", "number"]
    late = "".join(f"A;{n % 9 + 1}.{n % 900 + 100};{n}\n" for n in range(20_000))
    back = read(f"name;people;area\n{late}B;1.234;2,25\n".encode())
    assert back.types == ["text", "text", "number"]
    back = read(b"name;people;area\nA;850;1,5\nB;1.234;2,25\nC;1234;3\n")
    assert back.types == ["text", "number", "number"]  # who parts thousands parts them everywhere
