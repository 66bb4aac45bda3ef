"""The same sheets in every format: what stands where, what is hidden, merged, broken or long."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.ingest.hostile.other_books import cell, ods_content
from tests.ingest.reading_back import Back, failure_code, read, read_all
from tests.ingest.test_workbook import rows_of, workbook_of

BOOKS = Path(__file__).parent / "corpus" / "workbooks"
FORMATS = ("xlsx", "xlsb", "xls", "ods", "fods")
WITH_FORMATS = ("xlsx", "xlsb", "xls")
"""SheetJS keeps hidden sheets and the formats that make a number a day in these alone."""


def saved(name: str, kind: str) -> list[Back]:
    return read_all((BOOKS / f"sheetjs-{name}.{kind}").read_bytes())


@pytest.mark.parametrize("kind", FORMATS)
def test_empty_rows_and_columns_before_a_table_are_no_part_of_it(kind: str) -> None:
    (back,) = saved("shifted", kind)
    assert back.names == ["name", "amount"]
    assert back.values == [["anna", 5.0], ["bert", 6.25]]
    assert back.report["header"]["rows"] == [4]
    assert back.warnings == {}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_merged_cell_has_its_value_once(kind: str) -> None:
    (back,) = saved("merged", kind)
    assert back.values == [["x", 1], [None, 2], ["y", 3]]


@pytest.mark.parametrize("kind", WITH_FORMATS)
def test_hidden_sheets_are_listed_and_not_published(kind: str) -> None:
    backs = saved("hidden", kind)
    assert [back.sheet.name for back in backs] == ["One", "Three"]
    assert backs[0].report["sheets"]["hidden"] == ["Two"]
    content = (BOOKS / f"sheetjs-hidden.{kind}").read_bytes()
    assert read(content, sheet="Two").sheet.rows == 4


@pytest.mark.parametrize("kind", WITH_FORMATS)
def test_every_kind_of_cell_is_what_it_is(kind: str) -> None:
    (back,) = saved("kinds", kind)
    columns = dict(zip(back.names, zip(*back.values, strict=True), strict=True))
    assert columns["whole"] == (1, -2, None, 4503599627370497)
    assert columns["decimal"] == (1.5, 2.0, 1e20, 0.1)
    assert columns["flag"] == (True, False, None, True)
    assert columns["day"] == (date(2024, 1, 2), date(1900, 2, 28), None, date(2099, 12, 31))
    assert columns["moment"][:2] == (datetime(2024, 1, 2, 6), datetime(2024, 1, 3, 12))
    assert columns["clock"] == ("01:30:00", "12:00:00", None, "00:00:00")
    assert columns["length"] == ("30:00:00", "60:00:00", None, "2400:00:00")
    assert columns["code"] == ("00123", "5", " 7 ", "true")
    assert columns["word"] == ("ørsted & <co>", "売上高 😀", "two\nlines", 'say "so"')
    assert columns["broken"] == ("#DIV/0!", "#N/A", "9", "#REF!")


def test_a_table_far_below_the_top_of_its_sheet_has_its_header() -> None:
    def fill(sheet: Worksheet) -> None:
        table: list[list[str | int]] = [["name", "amount"], ["anna", 5], ["bert", 6]]
        for at, row in enumerate(table, start=500):
            for column, value in enumerate(row, start=40):
                sheet.cell(at, column, value)

    back = read(workbook_of(fill))
    assert (back.names, back.values) == (["name", "amount"], [["anna", 5], ["bert", 6]])
    assert back.report["header"]["rows"] == [500]


def test_a_column_that_begins_late_is_a_column_of_the_table() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["a", "b"])
        for number in range(2_000):
            sheet.append([number, "x"] + (["late"] if number == 1_500 else []))

    back = read(workbook_of(fill))
    assert back.names == ["a", "b", "column_3"]
    assert [row[2] for row in back.values].count("late") == 1
    assert back.values[1_500] == [1_500, "x", "late"]


def test_an_archive_whose_list_of_files_is_damaged_is_a_damaged_workbook() -> None:
    content = bytearray(rows_of(["a", "b"], [1, 2]))
    start = content.rindex(b"PK\x01\x02")
    content[start : start + 4] = b"XXXX"
    assert failure_code(bytes(content)) == "corrupt_file"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("x<text:tab/>y", "x\ty"),
        ("x<text:line-break/>y", "x\ny"),
        ("#DIV/0!", "#DIV/0!"),
    ],
)
def test_what_the_fast_engine_drops_of_an_ods_is_kept(
    written: str, value: str, tmp_path: Path
) -> None:
    """An error as LibreOffice writes it: an empty string that is shown as something else."""
    calc = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    kind = f'office:string-value="" xmlns:calcext="{calc}" calcext:value-type="error"'
    kind = kind if written.startswith("#") else ""
    rows = (cell("name") + cell("text"), cell("anna") + cell(written, kind))
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    ods_content(body)(tmp_path / "book.ods")
    back = read((tmp_path / "book.ods").read_bytes())
    assert back.values == [["anna", value]]
    assert back.report["engine"] == "defusedxml"
