"""Workbooks: every visible sheet, every cell as what it is."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from backend.ingest import workbook
from backend.ingest.careful_books import OpenpyxlBook
from backend.ingest.limits import Limits
from tests.ingest.reading_back import Back, failure_code, read, read_all


def workbook_of(*fills: Callable[[Worksheet], None]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, fill in enumerate(fills, start=1):
        fill(book.create_sheet(f"Sheet {number}"))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def rows_of(*rows: list[Any]) -> bytes:
    def fill(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(row)

    return workbook_of(fill)


KINDS = rows_of(
    ["whole", "decimal", "flag", "day", "moment", "clock", "length", "broken", "code", "mixed"],
    [1, 1.5, True, date(2024, 1, 2), datetime(2024, 1, 2), time(1, 2, 3), timedelta(hours=30),
     "#DIV/0!", "00123", 1],
    [-2, 2, False, date(2024, 1, 3), datetime(2024, 1, 3, 4, 5, 6), time(23, 59), timedelta(1),
     "#N/A", "5", "a"],
    [None, 1e20, None, None, None, None, None, 7, None, True],
)  # fmt: skip


def check_kinds(back: Back) -> None:
    assert back.types == [
        "integer", "number", "boolean", "date", "datetime", "text", "text", "text", "text", "text"
    ]  # fmt: skip
    assert back.values == [
        [1, 1.5, True, date(2024, 1, 2), datetime(2024, 1, 2), "01:02:03", "30:00:00",
         "#DIV/0!", "00123", "1"],
        [-2, 2.0, False, date(2024, 1, 3), datetime(2024, 1, 3, 4, 5, 6), "23:59:00", "24:00:00",
         "#N/A", "5", "a"],
        [None, 1e20, None, None, None, None, None, "7", None, "true"],
    ]  # fmt: skip


def test_cells_are_what_they_are() -> None:
    back = read(KINDS)
    check_kinds(back)
    assert back.report["engine"] == "calamine"
    assert back.warnings["mixed_types"]["columns"] == ["broken", "mixed"]


def test_the_second_engine_reads_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "open_book", lambda source, *_, **__: (OpenpyxlBook(source), 2))
    back = read(KINDS)
    check_kinds(back)
    assert back.report["engine"] == "openpyxl"


def test_a_strict_workbook_is_read_as_any_other() -> None:
    """Other namespaces (ISO/IEC 29500-1); spreadsheet programs save so where they are asked to."""
    usual = (b"http://schemas.openxmlformats.org/", b"officeDocument/2006/", b"spreadsheetml/2006/")
    strict = (b"http://purl.oclc.org/ooxml/", b"officeDocument/", b"spreadsheetml/")
    source, target = zipfile.ZipFile(BytesIO(KINDS)), BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/"):
                for one, other in zip(usual, strict, strict=True):
                    content = content.replace(one, other)
            archive.writestr(name, content)
    back = read(target.getvalue())
    check_kinds(back)
    assert back.report["engine"] == "calamine"


def test_all_visible_sheets_are_read_and_hidden_ones_are_named() -> None:
    book = openpyxl.Workbook()
    for name, state in [("One", "visible"), ("Two", "hidden"), ("Three", "visible")]:
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        sheet.append(["name"])
        sheet.append([name])
    content = saved(book)
    backs = read_all(content)
    assert [back.sheet.name for back in backs] == ["One", "Three"]
    assert [back.sheet.index for back in backs] == [0, 1]
    assert backs[0].report["sheets"]["hidden"] == ["Two"]
    assert backs[0].report["sheets"]["empty"] == ["Sheet"]
    assert read(content, sheet="Two").texts == [["Two"]]
    assert failure_code(content, sheet="Four") == "sheet_not_found"


def test_a_table_may_stand_anywhere_under_a_title() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["C2"] = "Report of the year"
        sheet["C4"], sheet["D4"], sheet["E4"] = "name", "amount", "share"
        sheet["C5"], sheet["D5"], sheet["E5"] = "anna", 5, 0.5
        sheet["C7"], sheet["D7"], sheet["E7"] = "bert", 6, 0.25

    back = read(workbook_of(fill))
    assert back.names == ["name", "amount", "share"]
    assert back.values == [["anna", 5, 0.5], ["bert", 6, 0.25]]
    assert back.warnings["preamble_skipped"]["rows"] == [2]
    assert back.warnings["blank_rows_skipped"]["rows"] == [6]


def test_an_error_cell_outside_the_first_column_or_block_is_put_back() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["B3"], sheet["C3"] = "a", "b"
        for row in range(4, 3000):
            sheet.cell(row, 2, row)
            sheet.cell(row, 3, "#REF!" if row == 2500 else "ok")

    back = read(workbook_of(fill))
    assert back.values[2500 - 4] == [2500, "#REF!"]
    assert sum(row[1] != "ok" for row in back.values) == 1


def test_a_formula_nobody_calculated_is_counted() -> None:
    back = read(rows_of(["a", "b"], [1, "=A2+1"], [2, 3]))
    assert back.values == [[1, None], [2, 3]]
    assert back.warnings["uncalculated_formulas"]["rows"] == [2]


def test_merged_cells_count_once() -> None:
    def fill(sheet: Worksheet) -> None:
        for row in (["a", "b"], ["x", 1], ["y", 2], ["z", 3]):
            sheet.append(row)
        sheet.merge_cells("A2:A3")

    assert read(workbook_of(fill)).values == [["x", 1], [None, 2], ["z", 3]]


def test_a_header_can_be_pointed_at() -> None:
    content = rows_of(["x", "y"], ["a", "b"], [1, 2])
    assert read(content, header_row=2).names == ["a", "b"]
    assert read(content, header_row=0).sheet.rows == 3


@pytest.mark.parametrize("cut", [100, 1000, -200])
def test_a_cut_workbook_is_corrupt(cut: int) -> None:
    assert failure_code(KINDS[:cut]) == "corrupt_file"


def test_a_workbook_with_a_damaged_sheet_is_corrupt() -> None:
    source, target = zipfile.ZipFile(BytesIO(KINDS)), BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, content[:300] if "sheet1.xml" in name else content)
    assert failure_code(target.getvalue()) == "corrupt_file"


def test_a_zip_of_another_kind_of_document_is_not_read() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<hello/>")
    assert failure_code(target.getvalue()) == "unsupported_format"


def test_a_password_is_named_as_the_reason() -> None:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    content = magic + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    assert failure_code(content) == "password_protected"


def test_an_empty_workbook_says_so() -> None:
    assert failure_code(rows_of()) == "empty_file"


def test_sheets_are_limited() -> None:
    fills = [lambda sheet: sheet.append(["a"])] * 3
    assert failure_code(workbook_of(*fills), Limits(max_sheets=2)) == "too_many_sheets"
