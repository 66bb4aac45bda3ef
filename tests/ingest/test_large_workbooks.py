"""Workbooks that are read piece by piece: the same cells as read at once, in little memory."""

from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain import ReadingOptions
from backend.ingest import calamine_books, opening, xlsb_pieces
from backend.ingest.books import Book, UnclearSheetError
from backend.ingest.cage import Cage
from backend.ingest.cells import cell_text
from backend.ingest.failure import ReadingError
from backend.ingest.limits import Limits
from backend.ingest.slabs import SheetRows
from backend.ingest.xlsb_pieces import PiecewiseXlsb
from backend.ingest.xlsx_pieces import PiecewiseXlsx
from tests.conftest import Seeded
from tests.ingest.corpus.test_workbook_corpus import FILES
from tests.ingest.hostile.beside import resident
from tests.ingest.large_books import COLUMNS, write_orders
from tests.ingest.reading_back import failure_code, read_all
from tests.ingest.test_workbook import KINDS, rows_of

MOST_BYTES = 450 * 1024 * 1024
"""Whatever the number of rows; read at once a full sheet would take four times as much."""
BOOKS = [path for path in FILES if path.suffix in (".xlsx", ".xlsm")]
BINARY = [path for path in FILES if path.suffix == ".xlsb"]
TINY = 300
"""Bytes of XML: hardly a row."""
Cell = Any
Cells = list[list[Cell]] | str


def cells_of(book: Book, name: str) -> Cells:
    """Every cell with a value, where it stands; or that the engine is not sure."""
    try:
        rows = [[plain(cell) for cell in row] for _, row in SheetRows(book.rows(name))]
    except UnclearSheetError:
        return "unclear"
    filled = [[at for at, cell in enumerate(row) if cell is not None] for row in rows]
    left = min((places[0] for places in filled if places), default=0)
    right = max((places[-1] + 1 for places in filled if places), default=0)
    return [[*row[left:right], *[None] * (right - max(left, len(row)))] for row in rows]


def plain(cell: Cell) -> Cell:
    """A time as its text, a day as its first moment: a midnight may be told as either."""
    if type(cell) is date:
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, (time, timedelta)):
        return cell_text(cell)
    return None if cell == "" else cell


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: str(path.name))
def test_a_real_workbook_says_the_same_in_pieces(path: Path) -> None:
    whole, pieces = calamine_books.open_xlsx(path), PiecewiseXlsx(path, TINY)
    assert pieces.sheets == whole.sheets
    for sheet in whole.sheets:
        if sheet.worksheet:
            assert cells_of(pieces, sheet.name) == cells_of(whole, sheet.name)
            assert pieces.uncalculated(sheet.name) == whole.uncalculated(sheet.name)


@pytest.mark.parametrize("path", BINARY, ids=lambda path: str(path.name))
def test_a_binary_workbook_says_the_same_in_small_pieces(path: Path) -> None:
    whole, pieces = PiecewiseXlsb(path), PiecewiseXlsb(path, TINY)
    for sheet in whole.sheets:
        assert cells_of(pieces, sheet.name) == cells_of(whole, sheet.name) != "unclear"


def test_the_slower_engine_is_not_given_what_it_would_leave_out() -> None:
    (path,) = [path for path in BINARY if path.name == "sheetjs-shifted.xlsb"]
    with pytest.raises(UnclearSheetError):
        opening.open_pyxlsb(path)


def test_what_only_a_small_reader_understands_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, target = zipfile.ZipFile(io.BytesIO(KINDS)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name).replace(b"<sheetData>", b"<sheetData><!-- a note -->")
            archive.writestr(name, content)
    assert read_all(target.getvalue())[0].report["engine"] == "calamine"
    monkeypatch.setattr(opening, "is_large", lambda _: True)
    assert failure_code(target.getvalue()) == "too_much_memory"


def test_a_large_document_is_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    content = (FILES[0].parent / "pyexcel-ods3-multilineods.ods").read_bytes()
    (whole,) = read_all(content)
    monkeypatch.setattr(opening, "LARGE_BYTES", 0)
    (streamed,) = read_all(content)
    assert (whole.report["engine"], streamed.report["engine"]) == ("calamine", "defusedxml")
    assert (streamed.names, streamed.values) == (whole.names, whole.values)


def test_an_xlsb_with_too_many_words_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsb_pieces, "MOST_SKELETON_BYTES", 10)
    with pytest.raises(ReadingError, match="save it as XLSX or CSV"):
        read_all(BINARY[0].read_bytes())


CELLS = st.one_of(
    st.none(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")),
    st.sampled_from(["", " ", "#DIV/0!", "#N/A", "=1+1", "<row r='1'>", "a & b", "0", "12"]),
    st.dates(date(1905, 1, 1)),
    st.datetimes(datetime(1905, 1, 1), datetime(2100, 1, 1)).map(
        lambda d: d.replace(microsecond=0)
    ),
    st.just(time(1, 2, 3)),
    st.just(timedelta(hours=30)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=30), st.integers(1, 5000))
def test_any_table_says_the_same_in_pieces(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[Cell]], piece_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("table") / "table.xlsx"
    path.write_bytes(rows_of(*table))
    whole, pieces = calamine_books.open_xlsx(path), PiecewiseXlsx(path, piece_bytes)
    assert cells_of(pieces, "Sheet 1") == cells_of(whole, "Sheet 1")
    assert pieces.uncalculated("Sheet 1") == whole.uncalculated("Sheet 1")


def test_types_and_warnings_are_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_all(KINDS)
    monkeypatch.setattr(opening, "is_large", lambda _: True)
    assert read_all(KINDS) == whole


def test_a_large_workbook_is_read_in_little_memory(tmp_path: Path, seeded: Seeded) -> None:
    """In `make soak` as large as a sheet can be."""
    read_in_the_cage(tmp_path, min(1_048_575, seeded.rounds(250_000)))


def read_in_the_cage(tmp_path: Path, rows: int) -> None:
    source = tmp_path / "orders.xlsx"
    write_orders(source, rows)

    async def read() -> tuple[Any, int]:
        cage = Cage(Limits())
        most = 0
        try:
            reading = asyncio.ensure_future(
                cage.read(
                    source, "o.xlsx", ReadingOptions(), tmp_path / "out", on_progress=lambda _: None
                )
            )
            while not reading.done():
                await asyncio.sleep(0.02)
                most = max([most, *map(resident, psutil.Process().children())])
            return await reading, most
        finally:
            await cage.close()

    reading, most = asyncio.run(read())
    (files,) = reading.sheets
    assert files.sheet.rows == rows
    assert {column.name: column.type for column in files.sheet.columns} == COLUMNS
    assert most < MOST_BYTES
