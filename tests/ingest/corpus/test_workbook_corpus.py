"""Real workbooks, cell by cell against readers that are not ours."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlrd

from tests.ingest.reading_back import Back, read_all

HERE = Path(__file__).parent
FILES = sorted((HERE / "workbooks").iterdir())
COMPARED = [path for path in FILES if path.suffix in (".xlsx", ".xlsm", ".xls")]
EXPLAINED: dict[str, str] = json.loads((HERE / "disagreements.json").read_text())
"""Why a file is not read as the other reader reads it."""
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?\Z", re.IGNORECASE)
Row = list[str]


def independent(path: Path) -> dict[str, list[Row]]:
    """The visible sheets as another reader has them: the texts of each row that is not empty."""
    return by_xlrd(path) if path.suffix == ".xls" else by_openpyxl(path)


def by_xlrd(path: Path) -> dict[str, list[Row]]:
    book = xlrd.open_workbook(path)
    sheets = {}
    for sheet in book.sheets():
        rows = [
            list(texts(xls_value(cell, book.datemode) for cell in sheet.row(number)))
            for number in range(sheet.nrows)
        ]
        if not sheet.visibility and any(rows):
            sheets[sheet.name] = [row for row in rows if row]
    return sheets


def xls_value(cell: Any, datemode: int) -> Any:
    """A cell of xlrd as a Python value."""
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, datemode)
        return moment.time() if cell.value < 1 else moment
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code[cell.value]
    return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value


def by_openpyxl(path: Path) -> dict[str, list[Row]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, data_only=True)
    sheets = {}
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            rows = [list(texts(cell.value for cell in row)) for row in sheet.iter_rows()]
            if any(rows):
                sheets[sheet.title] = [row for row in rows if row]
    return sheets


def ours(back: Back, others: list[Row]) -> list[Row]:
    """The same from our files; rows above the table, which the report names, are put back."""
    columns = back.sheet.columns
    rows = []
    if not all(column.generated for column in columns):
        rows.append(list(texts("" if c.generated else c.name for c in columns)))
    rows += [list(texts(row)) for row in back.texts]
    told = next(s for s in back.report["sheets"]["read"] if s["name"] == back.sheet.name)
    above = told["preamble"]["lines"]
    return others[:above] + [row for row in rows if row]


def texts(values: Any) -> Iterator[str]:
    for value in values:
        if value is not None and value != "":
            yield as_text(value)


def as_text(value: Any) -> str:
    """One spelling for numbers, moments and words, so that only their worth is compared."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(float(value))
    if isinstance(value, datetime | date):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = value.days * 86_400 + value.seconds
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    text = str(value).removesuffix("T00:00:00")
    return repr(float(text)) if NUMBER.match(text) else text


def difference(path: Path) -> str:
    """What differs first, as `sheet, row: ours, theirs`; empty if nothing does."""
    theirs = independent(path)
    backs = {back.sheet.name: back for back in read_all(path.read_bytes())}
    if set(backs) != set(theirs):
        return f"sheets: {sorted(backs)}, {sorted(theirs)}"
    for name, others in theirs.items():
        rows = ours(backs[name], others)
        for number, (mine, other) in enumerate(zip(rows, others, strict=False), 1):
            if mine != other:
                return f"{name}, row {number}: {mine}, {other}"[:400]
        if len(rows) != len(others):
            return f"{name}: {len(rows)} rows, {len(others)}"
    return ""


def test_there_are_enough_workbooks() -> None:
    assert len(FILES) >= 100
    assert set(EXPLAINED) <= {path.name for path in FILES}


@pytest.mark.parametrize("path", COMPARED, ids=lambda path: str(path.name))
def test_a_workbook_says_the_same_to_another_reader(path: Path) -> None:
    try:
        found = difference(path)
    except Exception as error:  # noqa: BLE001 - either reader's refusal is a disagreement too
        found = repr(error)
    assert bool(found) == (path.name in EXPLAINED), found


def test_a_cell_of_a_kind_nobody_knows_keeps_its_text() -> None:
    (back,) = read_all((HERE / "workbooks" / "tablib-unknown_value_type.ods").read_bytes())
    assert back.names == ["abcd"]
