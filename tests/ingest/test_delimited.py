"""Delimited text comes back cell for cell: any text, any delimiter, quote, line end, encoding."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from backend.ingest import delimited
from tests.ingest.reading_back import failure_code, read, written_by_csv

NASTY = st.sampled_from(
    [*"\"',;|\t \n\r\\", "\r\n", '""', "\x00", "\ufeff", "é", "売", "😀", "N", "0"]
)
CELL = st.lists(NASTY | st.characters(exclude_categories=["Cs"]), max_size=6).map("".join)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    rows = st.lists(CELL, min_size=width, max_size=width)
    return draw(st.lists(rows, min_size=1, max_size=8))


@settings(max_examples=150, deadline=None)
@given(
    table=tables(),
    delimiter=st.sampled_from([",", ";", "\t", "|", " ", "^", ":"]),
    quote=st.sampled_from(['"', "'"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    block=st.sampled_from([7, 64, delimited.BLOCK_BYTES]),
)
@example(
    table=[["\r\n"], [""]],  # one column, in which the only line feed is within quotes
    delimiter=",",
    quote='"',
    quoting=csv.QUOTE_MINIMAL,
    line_end="\r",
    encoding="utf-8",
    block=64,
)
def test_any_table_comes_back_cell_for_cell(
    table: list[list[str]], block: int, encoding: str, **style: Any
) -> None:
    content = written_by_csv(table, encoding=encoding, **style)
    assume(len(table[0]) > 1 or any(cell for row in table for cell in row))  # no row at all
    marked = encoding in ("utf-8-sig", "utf-16")
    assume(marked or not content.decode(encoding).startswith("\ufeff"))  # a mark, to any reader
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK_BYTES", block)
        back = read(
            content,
            delimiter=style["delimiter"],
            quote=style["quote"],
            encoding=encoding,
            header_row=0,
        )
    assert back.texts == table


def test_a_clean_file_takes_the_fast_path() -> None:
    back = read(b'a,b\n1,"x, y"\n2,"say ""hi"""\n')
    assert back.report["path"] == "fast"
    assert back.report["warnings"] == []
    assert back.names == ["a", "b"]
    assert back.values == [[1, "x, y"], [2, 'say "hi"']]


@settings(max_examples=100, deadline=None)
@given(tables(), st.sampled_from([",", ";", "\t"]))
def test_both_paths_give_the_same_cells(table: list[list[str]], delimiter: str) -> None:
    content = written_by_csv(table, delimiter=delimiter)
    assume(len(table[0]) > 1 or any(cell for row in table for cell in row))
    assume(not content.startswith(b"\xef\xbb\xbf"))
    fast = read(content, delimiter=delimiter, quote='"', header_row=0, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.ingest.dialect.Dialect.plain", property(lambda _self: False))
        slow = read(content, delimiter=delimiter, quote='"', header_row=0, encoding="utf-8")
    assert fast.report["path"] == "fast"
    assert slow.report["path"] == "tolerant"
    assert (fast.values, fast.types) == (slow.values, slow.types)


@pytest.mark.usefixtures("small_blocks")
def test_a_guess_that_turns_out_wrong_at_the_end_costs_a_pass_and_no_cell() -> None:
    rows = [[str(number), "", "1.5", "2024-01-01"] for number in range(15_000)]
    rows.append(["none", "7", "1.50", "soon"])
    back = read(written_by_csv([["a", "b", "c", "d"], *rows]))
    assert back.types == ["text", "integer", "number", "text"]
    assert back.texts == rows


@pytest.mark.usefixtures("small_blocks")
def test_rows_keep_their_order_over_many_chunks() -> None:
    rows = [[str(number), f"line\n{number}"] for number in range(30_000)]
    back = read(written_by_csv([["a", "b"], *rows]))
    assert back.texts == rows


def test_a_file_without_a_header_gets_generated_names() -> None:
    back = read(b"1,2.5\n2,3.5\n3,4.5\n")
    assert back.names == ["column_1", "column_2"]
    assert all(column.generated for column in back.sheet.columns)
    assert back.report["header"] == {"rows": [], "generated": True, "confidence": 0.9}


def test_lines_above_the_table_are_skipped_with_a_warning() -> None:
    back = read(b"Sales report\nmade by me\n\nday,amount\n2024-01-01,5\n2024-01-02,6\n")
    assert back.names == ["day", "amount"]
    assert back.warnings["preamble_skipped"]["rows"] == [1, 2, 3]
    assert back.report["preamble"]["lines"] == 3
    assert back.texts == [["2024-01-01", "5"], ["2024-01-02", "6"]]


def test_the_header_row_can_be_said() -> None:
    back = read(b"1,2\n3,4\n5,6\n", header_row=2)
    assert back.names == ["3", "4"]
    assert back.texts == [["5", "6"]]
    assert failure_code(b"a,b\n1,2\n", header_row=9) == "header_row_not_found"


def test_an_empty_header_cell_is_named_by_its_place() -> None:
    back = read(b"a,,a,A\n1,2,3,4\n")
    assert [column.key for column in back.sheet.columns] == ["a", "column_2", "a_2", "a_3"]
    assert [column.generated for column in back.sheet.columns] == [False, True, False, False]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe\n\x00"])
def test_a_file_without_a_row_says_so(content: bytes) -> None:
    assert failure_code(content) == "empty_file"


def test_a_header_alone_is_a_table_without_rows() -> None:
    back = read(b"name,amount\n")
    assert (back.names, back.sheet.rows) == (["name", "amount"], 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 ...", "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n", "unsupported_format"),
        (b"PK\x03\x04broken", "corrupt_file"),
        (bytes(range(256)) * 20, "not_a_table"),
        (b"<!DOCTYPE html><table></table>", "unsupported_format"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    assert failure_code(content) == code


@pytest.mark.parametrize("options", [{"encoding": "klingon"}, {"delimiter": '"'}, {"quote": "ab"}])
def test_an_option_that_makes_no_sense_is_named(options: dict[str, Any]) -> None:
    assert failure_code(b"a,b\n1,2\n", **options) == "invalid_option"
