"""What stands above a table is left out of it, and quoted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.reading_back import read
from tests.ingest.test_workbook import rows_of

ROWS = "".join(f"{n},state {n},{n}.5,x,7\n" for n in range(30))
TABLE = f"id,state,amount,sign,more\n{ROWS}"


def quoted(content: bytes, **options: Any) -> tuple[int, list[str]]:
    preamble = read(content, **options).report["preamble"]
    return preamble["lines"], preamble["texts"]


@pytest.mark.parametrize(
    ("above", "lines", "texts"),
    [
        ("", 0, []),
        ("\n\n", 0, []),
        ("Number of Beneficiaries FY 2010\n", 1, ["Number of Beneficiaries FY 2010"]),
        (
            "Beneficiaries,,,,\n\nby state,,,,\n",
            3,
            ["Beneficiaries", "by state"],
        ),
        ('"Title, in quotes",,,,\n', 1, ["Title, in quotes"]),
        ("Author,Anna\nDate,2024-01-01\n\n", 3, ["Author Anna", "Date 2024-01-01"]),
        ("x" * 1000 + "\n", 1, ["x" * 300]),
        ("Ünïcode\n", 1, ["Ünïcode"]),
    ],
)
def test_lines_above_the_table_are_quoted(above: str, lines: int, texts: list[str]) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert quoted((above + TABLE).encode(encoding)) == (lines, texts)


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(["A title", "of 2010", "by state and year", "draft"]), max_size=30),
    st.integers(1, 31),
)
def test_lines_above_a_header_that_is_pointed_at_are_quoted(above: list[str], row: int) -> None:
    content = "".join(line + "\n" for line in above) + TABLE
    lines = content.splitlines()[: min(row, len(above) + 1) - 1]
    assert quoted(content.encode(), header_row=len(lines) + 1) == (len(lines), lines[:20])


def test_of_very_much_above_the_table_the_first_lines_are_quoted() -> None:
    log = "".join(f"line {n} of a long log that somebody kept\n" for n in range(40_000))
    lines, texts = quoted((log + TABLE).encode(), header_row=40_001)
    assert lines == 40_000
    assert texts == [f"line {n} of a long log that somebody kept" for n in range(20)]


def test_rows_above_the_table_of_a_sheet_are_quoted() -> None:
    rows: list[list[Any]] = [
        ["id", "state", "n", "m", "more"],
        [1, "a", 5, 6, 7],
        [2, "b", 6, 5, 4],
    ]
    content = rows_of(["Beneficiaries"], ["by state"], *rows)
    for report in (read(content).report, read(content, header_row=3).report):
        assert report["preamble"]["texts"] == ["Beneficiaries", "by state"]
        assert report["sheets"]["read"][0]["preamble"] == report["preamble"]
