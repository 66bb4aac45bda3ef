"""A workbook whose drawings, notes or looks are missing or damaged has all its cells."""

from __future__ import annotations

import zipfile
from io import BytesIO

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from backend.ingest import workbook
from backend.ingest.careful_books import OpenpyxlBook
from tests.ingest.reading_back import Back, failure_code, read
from tests.ingest.test_workbook import saved

ROWS = [["name", "amount"], ["anna", 50], ["bert", 4.5], ["carl", -3]]
OF_NO_CELL = (
    "xl/drawings/drawing1.xml", "xl/charts/chart1.xml", "xl/comments/comment1.xml",
    "xl/drawings/commentsDrawing1.vml", "xl/tables/table1.xml", "xl/theme/theme1.xml",
    "docProps/core.xml", "docProps/app.xml", "xl/worksheets/_rels/sheet1.xml.rels",
    "xl/drawings/_rels/drawing1.xml.rels",
)  # fmt: skip


def book_with_everything() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in ROWS:
        sheet.append(row)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=4), titles_from_data=True)
    sheet.add_chart(chart, "E5")
    sheet["A2"].comment = Comment("a note", "me")
    sheet["A3"].hyperlink = "https://example.org/"
    sheet.add_table(Table(displayName="Sales", ref="A1:B4"))
    return saved(book)


BOOK = book_with_everything()


def rewritten(changes: dict[str, bytes | None]) -> bytes:
    """The book with parts replaced, or left out."""
    source, target = zipfile.ZipFile(BytesIO(BOOK)), BytesIO()
    assert set(changes) <= set(source.namelist())
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = changes.get(name, source.read(name))
            if content is not None:
                archive.writestr(name, content)
    return target.getvalue()


@pytest.fixture(params=["the first engine", "the second engine"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "the second engine":
        monkeypatch.setattr(
            workbook, "open_book", lambda source, *_, **__: (OpenpyxlBook(source), 2)
        )
    return str(request.param)


def check(back: Back, engine: str) -> None:
    assert [back.names, *back.values] == ROWS
    assert back.warnings == {}
    assert back.report["engine"] == ("calamine" if "first" in engine else "openpyxl")


@pytest.mark.parametrize("content", [None, b"", b"<nonsense/>", b"\x00 no XML"])
@pytest.mark.parametrize("part", OF_NO_CELL)
def test_a_part_of_no_cell_can_be_missing_or_odd(
    part: str, content: bytes | None, engine: str
) -> None:
    check(read(rewritten({part: content})), engine)


def test_all_of_them_can_be_missing(engine: str) -> None:
    check(read(rewritten(dict.fromkeys(OF_NO_CELL))), engine)


@pytest.mark.parametrize("missing", [(), OF_NO_CELL])
def test_numbers_padded_with_spaces_are_numbers(missing: tuple[str, ...]) -> None:
    """As R writes columns that were formatted; the first engine refuses them."""
    part = "xl/worksheets/sheet1.xml"
    sheet = zipfile.ZipFile(BytesIO(BOOK)).read(part)
    assert b"<v>50</v>" in sheet
    padded = sheet.replace(b"<v>50</v>", b"<v> 50</v>").replace(b"<v>-3</v>", b"<v>\n-3 </v>")
    back = read(rewritten({part: padded} | dict.fromkeys(missing)))
    assert [back.names, *back.values] == ROWS
    assert back.types == ["text", "number"]


def test_a_link_on_an_empty_cell_is_no_value(engine: str) -> None:
    book = openpyxl.load_workbook(BytesIO(BOOK))
    book.worksheets[0]["B3"].value = None
    book.worksheets[0]["B3"].hyperlink = "https://example.org/"
    book.worksheets[0]["B3"].value = None
    back = read(saved(book))
    assert back.values[1] == ["bert", None]
    assert back.report["engine"] == ("calamine" if "first" in engine else "openpyxl")


def test_a_missing_sheet_is_no_small_matter() -> None:
    assert failure_code(rewritten({"xl/worksheets/sheet1.xml": None})) == "corrupt_file"


def test_a_missing_sheet_beside_another_is_not_left_out_in_silence() -> None:
    book = openpyxl.load_workbook(BytesIO(BOOK))
    book.create_sheet("More").append(["more"])
    source, target = zipfile.ZipFile(BytesIO(saved(book))), BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            if "sheet2.xml" not in name:
                archive.writestr(name, source.read(name))
    assert failure_code(target.getvalue()) == "corrupt_file"


def test_parts_named_in_the_way_of_windows_are_found() -> None:
    """Some old programs write `xl\\worksheets\\sheet1.xml`, in letters of any case."""
    source, target = zipfile.ZipFile(BytesIO(BOOK)), BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name.replace("/", "\\").lower(), source.read(name))
    check(read(target.getvalue()), "the first engine")
