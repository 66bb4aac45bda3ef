"""Where the first table of a sheet ends, as in a text: other tables, notes, a header again."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from tests.ingest.reading_back import Back, failure_code, read, read_all

HEAD: list[Any] = ["id", "name", "amount"]
TABLE: list[list[Any]] = [HEAD, *([n, f"name {n}", n + 0.5] for n in range(2, 12))]
"""Eleven rows."""
GAP: list[Any] = []
PRICES: list[list[Any]] = [["product", "price"], ["apple", 5], ["pear", 6]]
WIDE: list[list[Any]] = [["a", "b", "c", "d", "e"], [1, 2, 3, 4, 5], [6, 7, 8, 9, 0]]


def workbook_of(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells, start=1):
                sheet.cell(row, column, cell)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def spans(back: Back) -> list[tuple[int, int, int | None]]:
    tables: list[dict[str, Any]] = back.report["further_tables"]
    return [(one["first_line"], one["last_line"], one["header_row"]) for one in tables]


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ([GAP, *PRICES], [(13, 15, 13)]),
        ([GAP, ["Table 2"], *WIDE], [(13, 16, 14)]),
        ([GAP, GAP, ["Table 2"], GAP, *WIDE, GAP], [(14, 18, 16)]),
        ([GAP, *PRICES, GAP, *WIDE], [(13, 15, 13), (17, 19, 17)]),
    ],
)
def test_the_first_table_is_read_and_others_are_announced(
    below: list[list[Any]], expected: list[tuple[int, int, int | None]]
) -> None:
    back = read(workbook_of(TABLE + below))
    assert back.types == ["integer", "text", "number"]
    assert len(back.texts) == 10
    assert spans(back) == expected
    assert back.warnings["further_tables"]["rows"] == [first for first, _, _ in expected]


def test_another_table_can_be_read_by_its_header_however_far_down() -> None:
    many: list[list[Any]] = [HEAD, *([n, f"name {n}", n + 0.5] for n in range(500))]
    content = workbook_of([*many, GAP, *PRICES])
    assert spans(read(content)) == [(503, 505, 503)]
    back = read(content, header_row=503)
    assert back.names == ["product", "price"]
    assert back.texts == [["apple", "5"], ["pear", "6"]]
    assert back.warnings["preamble_skipped"]["count"] == 501
    assert failure_code(content, header_row=502) == "header_row_not_found"
    assert failure_code(content, header_row=600) == "header_row_not_found"


@pytest.mark.parametrize(
    "below",
    [
        [GAP, [12, "name 12", 12.5], [13, "name 13", 13.5]],
        [GAP, GAP, [12, "name 12"], GAP, [13, "name 13", 13.5]],
        [GAP, [12, None, None], [13, "name 13", 13.5]],
    ],
)
def test_a_gap_within_a_table_does_not_end_it(below: list[list[Any]]) -> None:
    back = read(workbook_of(TABLE + below))
    assert spans(back) == []
    assert len(back.texts) == 12
    assert back.types == ["integer", "text", "number"]


@pytest.mark.parametrize(
    ("below", "rows"),
    [
        ([GAP, ["All is well."], ["Source: me"]], [13, 14]),
        ([["Source: me"]], [12]),
        ([["Source: me"], GAP, ["One more."]], [12, 14]),
    ],
)
def test_notes_below_a_table_are_left_out_and_told(below: list[list[Any]], rows: list[int]) -> None:
    back = read(workbook_of(TABLE + below))
    assert len(back.texts) == 10
    assert back.warnings["footer"]["rows"] == rows
    assert "Source: me" in back.report["footer"]["texts"]


def test_what_looks_like_a_note_between_rows_stays() -> None:
    back = read(workbook_of([*TABLE, ["Source: me"], [12, "name 12", 12.5]]))
    assert back.texts[10:] == [["Source: me", "", ""], ["12", "name 12", "12.5"]]


def test_without_a_header_all_of_the_sheet_is_rows() -> None:
    back = read(workbook_of([*TABLE, GAP, *PRICES, GAP, ["Source: me"]]), header_row=0)
    assert spans(back) == []
    assert len(back.texts) == 15


def test_a_header_that_comes_again_spoils_no_type() -> None:
    back = read(workbook_of([*TABLE, HEAD, [12, "name 12", 12.5], GAP, HEAD, [13, "x", 1.5]]))
    assert back.types == ["integer", "text", "number"]
    assert len(back.texts) == 12
    assert back.warnings["repeated_header"]["rows"] == [12, 15]


def test_facts_above_a_table_are_no_table() -> None:
    facts: list[list[Any]] = [["Author", "Anna"], ["Rows", 10], GAP]
    back = read(workbook_of(facts + TABLE))
    assert back.names == HEAD
    assert back.warnings["preamble_skipped"]["rows"] == [1, 2]
    assert back.report["header"]["rows"] == [4]


def test_several_header_rows_are_joined() -> None:
    rows: list[list[Any]] = [[None, 2023, None, 2024], ["Town", "Q1", "Q2", "Q1", "Q2"]]
    back = read(workbook_of([["Rain"], *rows, *([f"town {n}", n, n, n, n] for n in range(9))]))
    assert back.names == ["Town", "2023 / Q1", "2023 / Q2", "2024 / Q1", "2024 / Q2"]
    assert back.report["header"]["rows"] == [2, 3]
    assert back.warnings["joined_headers"]["rows"] == [2, 3]


def test_several_header_rows_can_be_said() -> None:
    rows: list[list[Any]] = [["Title"], ["Name", "Price", None], [None, "net", "gross"]]
    content = workbook_of([*rows, ["anna", "x", "y"], [], ["bert", "y", "z"]])
    back = read(content, header_row="2-3")
    assert back.names == ["Name", "Price / net", "Price / gross"]
    assert back.values == [["anna", "x", "y"], ["bert", "y", "z"]]
    assert back.report["header"]["rows"] == [2, 3]
    assert failure_code(content, header_row="2-5") == "header_row_not_found"


def test_every_sheet_tells_of_its_own_tables() -> None:
    sheets = read_all(workbook_of(TABLE, [*TABLE, GAP, *PRICES]))
    assert [len(back.texts) for back in sheets] == [10, 10]
    (table,) = sheets[0].report["further_tables"]
    assert (table["sheet"], table["first_line"]) == ("Sheet 2", 13)
