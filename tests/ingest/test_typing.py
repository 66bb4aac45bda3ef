"""A type is given only if every value survives it; the text is always there."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.ingest.reading_back import read, written_by_csv


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        (["1", "-2", ""], "integer"),
        (["1", " 2", "3 "], "integer"),
        (["9007199254740993"], "integer"),
        (["9223372036854775807"], "integer"),
        (["9223372036854775808"], "text"),
        (["00123"], "text"),
        (["1", "007"], "text"),
        (["+47123"], "text"),
        (["+4712345678901"], "text"),
        (["0x1F"], "text"),
        (["-0"], "number"),
        (["1.10"], "number"),
        (["0.1", "12"], "number"),
        (["1e5"], "number"),
        (["1E+05", "1.0E5", "2.5"], "number"),
        (["1E5", "2E10"], "text"),
        (["1e400"], "text"),
        (["1e-400"], "text"),
        (["0.1234567890123456789"], "text"),
        (["0.30000000000000004"], "number"),
        (["12345678901234567890"], "text"),
        (["9007199254740993", "0.5"], "text"),
        (["NaN"], "text"),
        (["1.5", "inf"], "text"),
        (["1,5"], "number"),
        (["1,234"], "text"),
        (["1_000"], "text"),
        (["１２"], "text"),
        (["1", "n/a"], "text"),
        (["true", "FALSE"], "boolean"),
        (["yes", "no"], "text"),
        (["0", "1"], "integer"),
        (["2024-02-29"], "date"),
        (["2023-02-29"], "text"),
        (["0000-01-01"], "text"),
        (["01/02/2024"], "text"),
        (["2024-01-02", "2024-01-02T03:04"], "text"),
        (["2024-01-02 03:04:05.5"], "datetime"),
        (["2024-01-02T03:04:05Z", "2024-01-02T03:04:05+02:00"], "datetime"),
        (["2024-01-02T03:04:05.1234567"], "text"),
        (["2024-01-02T24:00:00"], "text"),
        (["", ""], "text"),
    ],
)
def test_a_column_gets_the_type_its_cells_survive(cells: list[str], type_: str) -> None:
    rows = [[cell, "x"] for cell in cells]
    back = read(written_by_csv([["value", "filler"], *rows]), header_row=1)
    assert back.types[0] == type_
    assert back.texts == rows


def test_integers_beyond_a_double_are_marked() -> None:
    back = read(b"a,b\n9007199254740993,1\n", header_row=1)
    assert [column.exact for column in back.sheet.columns] == [False, True]


def test_canonical_columns_need_no_companion() -> None:
    back = read(b"a,b,c\n1,1.5,true\n2,2,false\n", header_row=1)
    assert not any(column.written for column in back.sheet.columns)


def readings(text: str) -> set[Decimal]:
    """What a number may mean, by the marks of one country or another."""
    comma = text.replace(".", "").replace(" ", "").replace(",", ".")
    point = text.replace(",", "").replace(" ", "")
    found = set()
    for plain in (text, comma, point):
        with suppress(InvalidOperation):
            found.add(Decimal(plain))
    return found


NUMBERISH = st.text("0123456789.-+eE ,", max_size=25)


@settings(max_examples=500, deadline=None)
@given(st.lists(NUMBERISH | st.floats().map(repr) | st.integers().map(str), min_size=1, max_size=4))
@example(["5e-324", "1.7976931348623157e308"])
@example(["123456789.123456789"])
@example([".5", "5.", "-.5"])
def test_no_typed_number_differs_from_its_text(cells: list[str]) -> None:
    rows = [[cell, "x"] for cell in cells]
    back = read(written_by_csv([["value", "filler"], *rows]), header_row=1, delimiter=",")
    assert back.texts == rows
    if back.types[0] in ("integer", "number"):
        for value, text in zip((row[0] for row in back.values), cells, strict=True):
            assert (value is None) == (text == "")
            if value is not None:
                assert Decimal(repr(value)) in readings(text.strip())
                assert not text.strip().startswith("+")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.datetimes() | st.dates(), min_size=1, max_size=4), st.sampled_from(["T", " "]))
def test_no_typed_moment_differs_from_its_text(moments: list[object], between: str) -> None:
    cells = [str(moment).replace(" ", between) for moment in moments]
    rows = [[cell, "x"] for cell in cells]
    back = read(written_by_csv([["value", "filler"], *rows]), header_row=1)
    assert back.texts == rows
    if back.types[0] != "text":
        assert [row[0] for row in back.values] == moments
