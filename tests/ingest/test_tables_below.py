"""Where the first table of a text ends: at another table, or at notes; and where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ingest.reading_back import Back, read

HEAD = "id,name,amount\n"
ROWS = "".join(f"{n},name {n},{n}.5\n" for n in range(2, 12))
TABLE = HEAD + ROWS
"""Eleven lines."""


def spans(back: Back) -> list[tuple[int, int, int | None]]:
    """First and last line and header of each further table."""
    tables: list[dict[str, Any]] = back.report["further_tables"]
    return [(one["first_line"], one["last_line"], one["header_row"]) for one in tables]


def holds_the_first(back: Back) -> bool:
    return back.types == ["integer", "text", "number"] and len(back.texts) == 10


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("\nproduct,price\napple,5\npear,6\n", [(13, 15, 13)]),
        ("\n\nproduct,price\napple,5\npear,6", [(14, 16, 14)]),
        ("\nTable 2\nproduct,price\napple,5\npear,6\n\n", [(13, 16, 14)]),
        ("\nTable 2\n\nproduct,price\napple,5\npear,6\n\n", [(13, 17, 15)]),
        ("\na,b,c,d,e\n1,2,3,4,5\n2,3,4,5,6\n", [(13, 15, 13)]),
        ("\nkey,town,size\na,ulm,5\nb,bonn,6\n", [(13, 15, 13)]),
        (",,\nproduct,price,\napple,5,\npear,6,\n", [(13, 15, 13)]),
        (",,\nTable 2,,\nproduct,owner,\napple,anna,\npear,bert,\n,,\n", [(13, 16, 14)]),
        ("\nproduct,owner\napple,anna\npear,bert\nfig,carl\n", [(13, 16, 13)]),
        ("\n1,2\n3,4\n5,6\n", [(13, 15, None)]),
        ("\nproduct,price\napple,5\npear,6\n\na,b,c,d\n1,2,3,4\n5,6,7,8\n",
         [(13, 15, 13), (17, 19, 17)]),
    ],
)  # fmt: skip
def test_the_first_table_is_read_and_others_are_announced(
    below: str, expected: list[tuple[int, int, int | None]]
) -> None:
    back = read((TABLE + below).encode())
    assert holds_the_first(back)
    assert spans(back) == expected
    assert back.warnings["further_tables"]["rows"] == [first for first, _, _ in expected]
    assert all(0.5 < one["confidence"] < 1 for one in back.report["further_tables"])


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_another_table_can_be_read_by_its_header(line_end: str) -> None:
    text = TABLE + "\nTable 2\nproduct;price\napple;5\npear;6\n\na;b\n1;x\n2;y\n"
    second = read(text.replace("\n", line_end).encode(), header_row=14)
    assert second.names == ["product", "price"]
    assert second.texts == [["apple", "5"], ["pear", "6"]]
    assert spans(second) == [(18, 20, 18)]
    assert second.warnings["preamble_skipped"]["count"] == 13
    third = read(text.replace("\n", line_end).encode(), header_row=18)
    assert third.names == ["a", "b"]
    assert third.texts == [["1", "x"], ["2", "y"]]


@pytest.mark.parametrize(
    "below",
    [
        "\n12,name 12,12.5\n13,name 13,13.5\n",
        "\n\n\n12,name 12,12.5\n\n13,name 13,13.5\n",
        "\n12,name 12\n13,name 13,13.5\n",
        "\n12,name 12\n13,name 13\n",
        "\n12,unknown,n/a\n13,name 13,13.5\n14,name 13,13.5\n",
        "\ntwelve,unknown,unknown\n13,name 13,13.5\n14,name 13,13.5\n",
        ",,\n12,name 12,12.5\n,,\n13,name 13,13.5\n",
        "\nid,name,amount\n12,name 12,12.5\n13,name 13,13.5\n",
        "\nSouth\n12,name 12,12.5\n13,name 13,13.5\n",
    ],
)
def test_a_gap_within_a_table_does_not_end_it(below: str) -> None:
    back = read((TABLE + below).encode())
    assert spans(back) == []
    assert back.report["footer"] is None
    assert len(back.texts) > 11


def test_without_a_header_all_of_the_file_is_rows() -> None:
    text = TABLE + "\nproduct,price\napple,5\npear,6\n\nSource: me\n"
    back = read(text.encode(), header_row=0)
    assert spans(back) == []
    assert len(back.texts) == 15


@pytest.mark.parametrize(
    ("below", "lines", "texts"),
    [
        ("\nSource: the office\n", [13], ["Source: the office"]),
        ("\nAll figures in euros.\nSource: the office", [13, 14],
         ["All figures in euros.", "Source: the office"]),
        ("\nOne.\n\nTwo, with a comma.\n\n", [13, 15], ["One.", "Two, with a comma."]),
        ("Source: the office\n", [12], ["Source: the office"]),
        ("Source: the office,,\n* estimated,,\n", [12, 13],
         ["Source: the office", "* estimated"]),
        ("Source:,the office\n", [12], ["Source: the office"]),
        (",,\nOne,,\nTwo,,\n", [13, 14], ["One", "Two"]),
    ],
)  # fmt: skip
def test_notes_below_a_table_are_left_out_and_told(
    below: str, lines: list[int], texts: list[str]
) -> None:
    back = read((TABLE + below).encode())
    assert holds_the_first(back)
    assert back.warnings["footer"]["rows"] == lines
    footer = back.report["footer"]
    assert (footer["first_line"], footer["last_line"]) == (lines[0], lines[-1])
    assert footer["texts"] == texts
    assert 0.5 < footer["confidence"] < 1


@pytest.mark.parametrize(
    "below",
    ["one\n", "12,Source: x,12.5\n", "Source of it,name,5\n", "\n7\n", "\n12,name 12,12.5\n"],
)
def test_what_may_be_a_row_is_no_note(below: str) -> None:
    back = read((TABLE + below).encode())
    assert back.report["footer"] is None
    assert len(back.texts) == 11


def test_rows_with_one_cell_are_no_notes_in_a_table_that_has_many() -> None:
    todo = "task,owner,due\nbuy,,\nsell,,\nrent,anna,2024-01-01\nlend,,\n\ncall,,\n"
    back = read(todo.encode())
    assert len(back.texts) == 5


def test_a_row_of_totals_stays_and_is_pointed_out() -> None:
    back = read((TABLE + "Total,,65\n\nSource: me\n").encode())
    assert back.texts[-1] == ["Total", "", "65"]
    assert back.warnings["total_row"]["rows"] == [12]
    assert back.warnings["footer"]["rows"] == [14]


def test_a_table_below_a_very_long_one_is_found_where_it_begins() -> None:
    many = "".join(f"{n},name {n},{n}.5\n" for n in range(250_000))
    below = "\nproduct,price\n" + "".join(f"apple {n},{n}\n" for n in range(2_000))
    back = read((HEAD + many + below + "\nSource: me\n").encode())
    assert back.sheet.rows == 250_000
    assert back.types == ["integer", "text", "number"]
    assert spans(back) == [(250_003, 252_003, 250_003)]
    assert back.warnings["footer"]["rows"] == [252_005]
    second = read((HEAD + many + below).encode(), header_row=250_003)
    assert second.names == ["product", "price"]
    assert second.sheet.rows == 2_000


@pytest.mark.parametrize("fewer", range(0, 6))
def test_an_end_at_the_border_of_two_blocks_is_found(fewer: int, small_blocks: int) -> None:
    """The border is within the rows, the gap, or the table below."""
    line = "1234567,some name,123456.5\n"
    rows = small_blocks // len(line) + 2 - fewer
    back = read((HEAD + line * rows + "\n\nproduct,price\napple,5\npear,6\n").encode())
    assert back.sheet.rows == rows
    assert spans(back) == [(rows + 4, rows + 6, rows + 4)]


@pytest.mark.parametrize(
    "facts",
    [
        "Author,Anna\nDate,2024-01-01\nRows,5\n\n",
        "Sales\n\nAuthor,Anna\nRows,5\n\n",
        "Sales,,\nAuthor,Anna,\nRows,5,\n,,\n",
    ],
)
def test_facts_above_a_table_are_no_table(facts: str) -> None:
    back = read((facts + TABLE).encode())
    assert holds_the_first(back)
    assert back.names == ["id", "name", "amount"]
    lines = facts.count("\n")
    assert back.report["preamble"]["lines"] == lines
    assert back.warnings["preamble_skipped"]["rows"] == list(range(1, lines + 1))


@pytest.mark.parametrize("rows", [50, 1000])
def test_the_first_table_is_read_though_a_longer_one_follows(rows: int) -> None:
    wide = "a,b,c,d,e\n" + "1,2,3,4,5\n" * rows
    back = read((TABLE + "\n" + wide).encode())
    assert holds_the_first(back)
    assert spans(back) == [(13, 13 + rows, 13)]
    narrow = read((wide + "\n" + "a,b\n" + "1,2\n" * 20 * rows).encode())
    assert len(narrow.names) == 5
    assert narrow.sheet.rows == rows


def test_a_year_below_a_gap_among_years_is_a_row() -> None:
    text = "town,year\n" + "Ulm,1999\n" * 9 + "\n" + "Bonn,2001\n" + "Kiel,2002\n" * 9
    back = read(text.encode())
    assert len(back.texts) == 19
    assert "further_tables" not in back.warnings


def test_a_day_over_days_heads_no_table_and_one_over_figures_does() -> None:
    back = read((TABLE + "\nUlm,2024-01-01\nBonn,2024-01-02\nKiel,2024-01-03\n").encode())
    assert [table["header_row"] for table in back.report["further_tables"]] == [None]
    back = read((TABLE + "\nTown,2024-01-01\nBonn,5.25\nKiel,6.75\nUlm,7.5\n").encode())
    assert [table["header_row"] for table in back.report["further_tables"]] == [13]
