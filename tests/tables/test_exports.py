"""Any table comes back from any format: the same texts, the same values, the same rows."""

from __future__ import annotations

import csv
import io
import json
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain import Column, ColumnType
from backend.errors import WorkbookTooSmallError
from backend.tables.canonical import canonical_value
from backend.tables.cells import typed_cells
from backend.tables.columnar import ARROW_TYPES
from backend.tables.exports import workbook
from backend.tables.exports.blocks import Stored, read_blocks, schema_of
from backend.tables.exports.formats import FORMATS, streamed
from backend.tables.exports.workbook_parts import allowed_name, letters
from backend.tables.exports.workbook_text import cell_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES: dict[ColumnType, st.SearchStrategy[Any]] = {
    ColumnType.TEXT: st.one_of(TEXT, st.sampled_from(["=1", "-1", '"', "a,b", "\r\n", "_x0041_"])),
    ColumnType.INTEGER: st.integers(-(2**53), 2**53),
    ColumnType.NUMBER: st.floats(allow_nan=True, allow_infinity=True),
    ColumnType.BOOLEAN: st.booleans(),
    ColumnType.DATE: st.dates(),
    ColumnType.DATETIME: st.datetimes(),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Column], list[pa.Array[Any]]]:
    """A few columns of any types with nulls, and a few rows."""
    kinds = draw(st.lists(st.sampled_from(ColumnType), min_size=1, max_size=5))
    rows = draw(st.integers(0, 12))
    columns, arrays = [], []
    for position, kind in enumerate(kinds):
        cells = st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows)
        columns.append(Column(f"key_{position}", draw(TEXT) or "name", kind, 0))
        arrays.append(pa.array(draw(cells), ARROW_TYPES[kind]))
    return columns, arrays


def stored(
    folder: str, columns: list[Column], arrays: list[pa.Array[Any]], group_rows: int = 5
) -> list[Stored]:
    """The columns in two files whose row groups end at different rows."""
    made = []
    for part in (0, 1):
        path = Path(folder) / f"{part}.parquet"
        mine = list(range(part, len(columns), 2))
        schema = pa.schema([(f"c{n}", arrays[n].type) for n in mine])
        table = pa.Table.from_arrays([arrays[n] for n in mine], schema=schema)
        if mine:
            pq.write_table(table, path, row_group_size=group_rows + part)
        made += [(n, Stored(columns[n], path, f"c{n}")) for n in mine]
    return [one for _, one in sorted(made, key=lambda pair: pair[0])]


def exported(columns: list[Stored], extension: str) -> bytes:
    """The whole of a streamed export, untouched."""
    made = FORMATS[extension].stream
    assert made is not None
    with ThreadPoolExecutor(2) as threads:
        return b"".join(streamed(made(columns, raw=True), read_blocks(columns), threads))


def rows_of(arrays: list[list[Any]]) -> list[list[Any]]:
    """Columns as rows."""
    return [list(row) for row in zip(*arrays, strict=True)]


@settings(max_examples=40)
@given(tables())
def test_text_formats_hold_the_text_of_every_cell(
    table: tuple[list[Column], list[pa.Array[Any]]],
) -> None:
    columns, arrays = table
    texts = [[canonical_value(cell) or "" for cell in array.to_pylist()] for array in arrays]
    with TemporaryDirectory() as folder:
        made = stored(folder, columns, arrays)
        for extension, delimiter in (("csv", ","), ("tsv", "\t")):
            text = exported(made, extension).decode()
            header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            assert header == [column.name for column in columns]
            assert rows == rows_of(texts)


@settings(max_examples=40)
@given(tables())
def test_json_holds_what_pages_hold(table: tuple[list[Column], list[pa.Array[Any]]]) -> None:
    columns, arrays = table
    cells = [typed_cells(array, column) for array, column in zip(arrays, columns, strict=True)]
    keys = [column.key for column in columns]
    wanted = [dict(zip(keys, row, strict=True)) for row in rows_of(cells)]
    with TemporaryDirectory() as folder:
        made = stored(folder, columns, arrays)
        assert json.loads(exported(made, "json")) == wanted
        lines = exported(made, "jsonl").split(b"\n")[:-1]
        assert [json.loads(line) for line in lines] == wanted


@settings(max_examples=40)
@given(tables())
def test_arrow_and_parquet_hold_the_values(
    table: tuple[list[Column], list[pa.Array[Any]]],
) -> None:
    columns, arrays = table
    with TemporaryDirectory() as folder:
        made = stored(folder, columns, arrays)
        write = FORMATS["parquet"].write
        assert write is not None
        path = Path(folder) / "made.parquet"
        write(path, made, read_blocks(made), sheet="", raw=True)
        with pa.ipc.open_stream(exported(made, "arrow")) as reader:
            stream = reader.read_all()
        for found in (pq.read_table(path), stream):
            assert found.schema.equals(schema_of(made))
            assert found.column_names == [column.key for column in columns]
            for chunked, array in zip(found.columns, arrays, strict=True):
                assert repr(chunked.to_pylist()) == repr(array.to_pylist())


@settings(max_examples=40)
@given(tables())
def test_a_workbook_holds_typed_cells_and_text_for_what_it_has_no_value_for(
    table: tuple[list[Column], list[pa.Array[Any]]],
) -> None:
    columns, arrays = table
    with TemporaryDirectory() as folder:
        made = stored(folder, columns, arrays)
        path = Path(folder) / "made.xlsx"
        workbook.write_workbook(path, "sheet", made, read_blocks(made), raw=False)
        book = openpyxl.load_workbook(path)
        rows = list(book.worksheets[0].iter_rows(min_row=2, max_col=len(columns)))
        book.close()
    assert len(rows) in (len(arrays[0]), *([1] if not len(arrays[0]) else []))
    for row, values in zip(rows, rows_of([array.to_pylist() for array in arrays]), strict=False):
        for cell, value, column in zip(row, values, columns, strict=True):
            assert is_shown(cell, value, column.type), (cell.value, value)


def is_shown(cell: Any, value: Any, kind: ColumnType) -> bool:
    """Whether a cell, as openpyxl reads it, shows a value."""
    if value is None or value == "":
        return cell.value in (None, "")
    if kind is ColumnType.TEXT:
        return bool(cell.data_type == "s" and workbook_text(value) == cell.value)
    if kind is ColumnType.NUMBER and (not math.isfinite(value) or abs(value) > 9.99e307):
        return bool(cell.value == canonical_value(value))
    if kind in (ColumnType.DATE, ColumnType.DATETIME) and value.year < 1900:
        return bool(cell.value == canonical_value(value))
    if kind in (ColumnType.DATE, ColumnType.DATETIME) and cell.data_type == "s":
        return value < type(value)(1900, 3, 1) and bool(cell.value == canonical_value(value))
    if kind is ColumnType.DATE:
        return bool(cell.value.date() == value)
    if kind is ColumnType.DATETIME:
        return bool(abs(cell.value - value) <= timedelta(milliseconds=1))
    return bool(cell.value == value) and isinstance(cell.value, bool) == isinstance(value, bool)


def workbook_text(text: str) -> str:
    """Text as openpyxl gives it back: escapes stay, and XML makes one line break of each."""
    spelled = (
        cell_text(pa.array([text], pa.string()), Column("k", "n", ColumnType.TEXT, 0), raw=True)
        .text[0]
        .as_py()
    )
    return str(spelled).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_moments_with_a_zone_are_in_utc(tmp_path: Path) -> None:
    moment = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)
    column = Column("at", "at", ColumnType.DATETIME, 0)
    made = stored(str(tmp_path), [column], [pa.array([moment], pa.timestamp("us", "UTC"))])
    assert exported(made, "csv") == b"at\n2024-02-29T12:30:15Z\n"
    assert json.loads(exported(made, "jsonl")) == {"at": "2024-02-29T12:30:15Z"}
    workbook.write_workbook(tmp_path / "a.xlsx", "s", made, read_blocks(made), raw=True)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.worksheets[0]["A2"].value == datetime(2024, 2, 29, 12, 30, 15)
    book.close()


def test_the_first_days_that_workbooks_count_right() -> None:
    days = pa.array([date(1900, 2, 28), date(1900, 3, 1), date(9999, 12, 31)])
    made = cell_text(days, Column("d", "d", ColumnType.DATE, 0), raw=True)
    assert made.text.to_pylist() == ["1900-02-28", "61", "2958465"]


def test_rows_that_do_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 10)
    column = Column("a", "a", ColumnType.INTEGER, 0)
    for rows, fits in ((10, True), (11, False)):
        made = stored(str(tmp_path), [column], [pa.array(range(rows), pa.int64())])
        if fits:
            workbook.write_workbook(tmp_path / "a", "s", made, read_blocks(made), raw=True)
        else:
            with pytest.raises(WorkbookTooSmallError):
                workbook.write_workbook(tmp_path / "a", "s", made, read_blocks(made), raw=True)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("Sales", "Sales"),
        ("a/b:c[d]*e?f\\g", "a_b_c_d__e_f_g"),
        ("x" * 40, "x" * 31),
        ("", "Sheet1"),
        ("History", "Sheet1"),
        ("'quoted'", "quoted"),
        ("x" * 30 + "'s", "x" * 30),
        ("a" + "😀" * 20, "a" + "😀" * 15),
        ("売上", "売上"),
    ],
)
def test_names_of_sheets_are_made_such_as_programs_take(name: str, allowed: str) -> None:
    assert allowed_name(name) == allowed


def test_columns_are_named_as_in_a_spreadsheet() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702, 16_383)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]
