"""Dirty files: every repair is counted, placed and contained; no row is lost."""

from __future__ import annotations

import pytest

from tests.ingest.reading_back import failure_code, read

CLEAN = "".join(f"{n},name {n},{n}.5\n" for n in range(2, 40))
HEAD = "id,name,amount\n"


def rows_of(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize(
    ("line", "cells", "code"),
    [
        ("x,y", ["x", "y", ""], "short_rows"),
        ("x", ["x", "", ""], "short_rows"),
        ("x,y,z,,", ["x", "y", "z"], "surplus_empty_cells"),
        ('x,"y,z', ["x", '"y', "z"], "unclosed_quotes"),
        ('x,"y"s,z', ["x", '"y"s', "z"], "unclosed_quotes"),
        ('x,"the "best" one",z', ["x", 'the "best" one', "z"], "stray_quotes"),
        ('x,5" pipe,z', ["x", '5" pipe', "z"], "stray_quotes"),
        ("x,a\rb,z", ["x", "a\rb", "z"], "bare_line_breaks"),
    ],
)
def test_damage_stays_in_its_row(line: str, cells: list[str], code: str) -> None:
    back = read((HEAD + CLEAN + line + "\n" + CLEAN).encode())
    assert back.names == ["id", "name", "amount"]
    assert back.texts == [*rows_of(CLEAN), cells, *rows_of(CLEAN)]
    assert list(back.warnings) == [code]
    assert back.warnings[code]["rows"] == [40]
    assert back.report["path"] == "tolerant"


def test_a_surplus_cell_gets_a_column_of_its_own() -> None:
    back = read((HEAD + CLEAN + "x,y,z,more\n" + CLEAN).encode())
    assert back.names == ["id", "name", "amount", "column_4"]
    assert back.sheet.columns[3].generated
    assert back.texts[38] == ["x", "y", "z", "more"]
    assert back.texts[39] == ["2", "name 2", "2.5", ""]
    assert back.warnings["surplus_cells"]["rows"] == [40]


def test_rows_ended_in_three_ways_are_all_rows() -> None:
    back = read(b"a,b\n1,2\r\n3,4\r5,6\n7,8\n9,10\n11,12\n", header_row=1)
    assert back.values == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12]]
    assert back.warnings["mixed_line_ends"]["rows"] == [3]


def test_blank_lines_are_counted_and_left_out_of_a_table_of_several_columns() -> None:
    back = read(b'a,b\n1,2\n\n3,"x\n\ny"\n \n5,6\n\n')
    assert back.texts == [["1", "2"], ["3", "x\n\ny"], ["5", "6"]]
    assert back.warnings["blank_rows_skipped"]["rows"] == [3, 7, 9]


def test_blank_lines_of_a_clean_file_are_counted_too() -> None:
    back = read(b'a,b\r\n1,2\r\n\r\n3,"x\r\n\r\ny"\r\n5,6\r\n')
    assert back.report["path"] == "fast"
    assert back.warnings["blank_rows_skipped"]["rows"] == [3]


def test_blank_lines_are_rows_of_a_single_column() -> None:
    back = read(b"name\nanna\n\nbert\n", header_row=1)
    assert back.texts == [["anna"], [""], ["bert"]]
    assert back.report["warnings"] == []


def test_an_unclosed_quote_does_not_swallow_the_rest() -> None:
    rows = "".join(f'{n},"name {n}",{n}\n' for n in range(1000))
    back = read((HEAD + '0,"oops,1\n' + rows).encode())
    assert back.sheet.rows == 1001
    assert back.texts[0] == ["0", '"oops', "1"]
    assert back.warnings["unclosed_quotes"] == {
        "code": "unclosed_quotes",
        "count": 1,
        "rows": [2],
        "columns": [],
        "detail": back.warnings["unclosed_quotes"]["detail"],
    }


def test_line_numbers_count_lines_within_cells() -> None:
    back = read(b'a,b\n1,"x\ny\nz"\n2\n3,4\n5,6\n')
    assert back.warnings["short_rows"]["rows"] == [5]


def test_only_the_first_twenty_lines_are_named() -> None:
    back = read((HEAD + CLEAN * 3 + "x,y\n" * 30).encode())
    assert back.warnings["short_rows"]["count"] == 30
    assert back.warnings["short_rows"]["rows"] == list(range(116, 136))


def test_zero_bytes_are_kept() -> None:
    assert read(b"a,b\n1,x\x00y\n2,z\n").texts == [["1", "x\x00y"], ["2", "z"]]


def test_one_foreign_byte_does_not_spoil_a_utf_8_file() -> None:
    text = "".join(f"{n},Zürich {n}\n" for n in range(100)).encode()
    back = read(b"id,city\n" + text + b"100,Gen\xe8ve\n")
    assert back.report["encoding"]["value"] == "utf-8"
    assert back.texts[-1] == ["100", "Genève"]
    assert back.texts[5] == ["5", "Zürich 5"]
    assert back.warnings["undecodable_bytes"]["rows"] == [102]


def test_a_line_of_many_megabytes_is_read_or_refused_by_its_size() -> None:
    long = b"x" * 5_000_000
    assert read(b"a,b\n1," + long + b"\n2,y\n").texts[0][1] == long.decode()


def test_too_many_columns_are_refused() -> None:
    assert failure_code(b"," * 20_000 + b"\n1,2\n") == "too_many_columns"


def test_the_mark_with_which_dos_ended_files_spoils_no_type() -> None:
    back = read((HEAD + CLEAN + "\x1a").encode())
    assert back.types == ["integer", "text", "number"]
    assert len(back.texts) == 38
    assert back.warnings["blank_rows_skipped"]["rows"] == [40]
