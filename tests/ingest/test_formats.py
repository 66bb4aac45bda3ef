"""Every kind of file gives the same cells, whatever it is called."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlwt
import zstandard
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from backend.ingest import workbook
from backend.ingest.books import Book
from backend.ingest.opening import open_book
from backend.ingest.reading import ReadingError
from tests.ingest.reading_back import failure_code, read, read_all
from tests.ingest.test_workbook import rows_of

TEXT = b"name,amount\nanna,1.5\nbert,2.5\n"
ROWS = [["anna", 1.5], ["bert", 2.5]]
RECORDS = json.dumps([dict(zip(["name", "amount"], row, strict=True)) for row in ROWS]).encode()


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def as_gzip(content: bytes) -> bytes:
    return gzip.compress(content)


def as_zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


def as_zip(content: bytes) -> bytes:
    return zipped(**{"some/where/inner.csv": content})


CONTENTS = {"text": TEXT, "json": RECORDS, "xlsx": rows_of(["name", "amount"], *ROWS)}
PACKERS = {"gzip": as_gzip, "zstd": as_zstd, "zip": as_zip}


@pytest.mark.parametrize("packed", PACKERS)
@pytest.mark.parametrize("kind", CONTENTS)
def test_a_compressed_file_is_read_like_what_is_in_it(packed: str, kind: str) -> None:
    content = CONTENTS[kind]
    plain, back = read(content), read(PACKERS[packed](content))
    assert back.values == plain.values == ROWS
    assert back.names == ["name", "amount"]
    assert back.report["compression"] == {"value": packed}
    assert plain.report["compression"] is None
    assert back.report["format"] == plain.report["format"]


@pytest.mark.parametrize("packed", PACKERS)
def test_a_compressed_file_that_is_cut_is_corrupt(packed: str) -> None:
    content = PACKERS[packed](TEXT * 2000)
    assert failure_code(content[: len(content) // 2]) == "corrupt_file"


@pytest.mark.usefixtures("small_blocks")
def test_a_long_compressed_text_takes_as_many_passes_as_it_needs() -> None:
    lines = ["a,b"] + [f"{number},x" for number in range(30_000)] + ["end,2.50"]
    back = read(gzip.compress("\n".join(lines).encode()))
    assert back.sheet.rows == 30_001
    assert back.types == ["text", "text"]
    assert back.texts[-1] == ["end", "2.50"]


def test_several_gzip_members_are_one_text() -> None:
    assert read(gzip.compress(TEXT[:12]) + gzip.compress(TEXT[12:])).values == ROWS


def test_an_archive_with_several_files_names_them() -> None:
    with pytest.raises(ReadingError, match=r"2 files \(a.csv, b.csv\)") as caught:
        read(zipped(**{"a.csv": TEXT, "b.csv": TEXT}))
    assert caught.value.failure.code == "unsupported_format"


def test_what_a_mac_adds_to_an_archive_does_not_count() -> None:
    content = zipped(**{"dir/": b"", "dir/t.csv": TEXT, "__MACOSX/dir/._t.csv": b"\0\1\2"})
    assert read(content).values == ROWS


def test_a_file_compressed_twice_says_so() -> None:
    assert failure_code(as_zip(as_gzip(TEXT))) == "unsupported_format"


def xls_of(*rows: list[Any], hidden: bool = False) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("First")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    moment = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM:SS")
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if isinstance(value, str) and value.startswith("#"):
                sheet.row(y).set_cell_error(x, value)
            elif isinstance(value, date):
                sheet.write(y, x, value, moment if isinstance(value, datetime) else day)
            elif value is not None:
                sheet.write(y, x, value)
    if hidden:
        book.add_sheet("Hidden").visibility = 1
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


MIXED: list[list[Any]] = [
    ["whole", "decimal", "flag", "day", "moment", "code", "broken"],
    [1, 1.5, True, date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5), "00123", "#DIV/0!"],
    [-2, 2.25, False, date(2024, 1, 3), datetime(2024, 1, 3), "x", "#NAME?"],
]  # fmt: skip


@pytest.mark.parametrize("skip", [0, 1])
def test_an_xls_is_read_alike_by_both_engines(skip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_engines(monkeypatch, skip)
    back = read(xls_of(*MIXED, hidden=True))
    assert [back.names, *back.values] == MIXED
    assert back.types == ["integer", "number", "boolean", "date", "datetime", "text", "text"]
    assert back.report["format"] == "xls"
    assert back.report["engine"] == ["calamine", "xlrd"][skip]
    assert back.report["sheets"]["hidden"] == ["Hidden"]


def skip_engines(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    def open_later(source: Path, kind: str, *, skip: int) -> tuple[Book, int]:
        return open_book(source, kind, skip=max(skip, count))

    monkeypatch.setattr(workbook, "open_book", open_later)


def ods_of(*rows: list[Any]) -> OpenDocumentSpreadsheet:
    document = OpenDocumentSpreadsheet()
    table = Table(name="First")
    document.spreadsheet.addElement(table)
    for row in rows:
        element = TableRow()
        table.addElement(element)
        for value in row:
            element.addElement(ods_cell(value))
    element = TableRow(numberrowsrepeated=1_048_000)
    element.addElement(TableCell(numbercolumnsrepeated=16_384))
    table.addElement(element)
    return document


def ods_cell(value: Any) -> TableCell:
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=str(value))
    if isinstance(value, date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, timedelta):
        return TableCell(valuetype="time", timevalue=f"PT{int(value.total_seconds())}S")
    cell = TableCell(valuetype="string")
    cell.addElement(P(text=value))
    return cell


def saved(document: OpenDocumentSpreadsheet) -> bytes:
    target = io.BytesIO()
    document.write(target)
    return target.getvalue()


@pytest.mark.parametrize("skip", [0, 1])
def test_an_ods_is_read_alike_by_both_engines(skip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_engines(monkeypatch, skip)
    back = read(saved(ods_of(*MIXED)))
    assert [back.names, *back.values] == MIXED
    assert back.report["format"] == "ods"
    assert back.report["engine"] == ["calamine", "defusedxml"][skip]


def test_a_length_in_an_ods_is_no_code() -> None:
    back = read(saved(ods_of(["a"], [timedelta(hours=30)], [timedelta(seconds=5)])))
    assert back.values == [["30:00:00"], ["0:00:05"]]
    assert back.report["engine"] == "defusedxml"


def test_a_flat_document_is_read_like_a_zipped_one() -> None:
    document = ods_of(*MIXED)
    back = read(document.xml())
    assert back.report["format"] == "fods"
    assert [back.names, *back.values] == MIXED


UNREAD = {
    "bzip2": (b"BZh91AY&SY", "unsupported_format"),
    "pdf": (b"%PDF-1.7 ...", "unsupported_format"),
    "html": (b"<html><table>", "unsupported_format"),
    "word": (zipped(**{"word/document.xml": b"<a/>"}), "unsupported_format"),
    "nothing in gzip": (gzip.compress(b"", mtime=0), "empty_file"),
    "nothing in zip": (zipped(), "empty_file"),
    "bad parquet": (b"PAR1" + bytes(50), "corrupt_file"),
    "bad arrow": (b"ARROW1\0\0" + bytes(50), "corrupt_file"),
}


@pytest.mark.parametrize("kind", UNREAD)
def test_what_is_not_read_says_why(kind: str) -> None:
    content, code = UNREAD[kind]
    assert failure_code(content) == code


def test_sheets_of_an_xls_are_all_read() -> None:
    book = xlwt.Workbook()
    for name in ("One", "Zwei €"):
        book.add_sheet(name).write(0, 0, name)
        book.get_sheet(name).row(1).set_cell_error(0, "#REF!")
    target = io.BytesIO()
    book.save(target)
    backs = read_all(target.getvalue(), header_row=1)
    assert [(back.sheet.name, back.values) for back in backs] == [
        ("One", [["#REF!"]]),
        ("Zwei €", [["#REF!"]]),
    ]
