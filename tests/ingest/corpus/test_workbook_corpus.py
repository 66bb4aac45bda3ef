"""Real workbooks, cell by cell against readers that are not ours."""

from __future__ import annotations

import csv
import json
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import odf.opendocument
import openpyxl
import pytest
import pyxlsb
import xlrd
from odf.style import Style, TableProperties
from odf.table import Table, TableRow
from odf.teletype import extractText
from odf.text import P

from tests.ingest.reading_back import Back, read_all

HERE = Path(__file__).parent
FILES = sorted((HERE / "workbooks").iterdir())
COMPARED = [path for path in FILES if path.suffix != ".fods"]
FLAT = [path for path in FILES if path.suffix == ".fods"]
EXPLAINED: dict[str, str] = json.loads((HERE / "disagreements.json").read_text())
"""Why a file is not read as the other reader reads it."""
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?\Z", re.IGNORECASE)
Row = list[str]


def independent(path: Path) -> dict[str, list[Row]]:
    """The visible sheets as another reader has them: the texts of each row that is not empty."""
    return READERS.get(path.suffix, by_openpyxl)(path)


def by_pyxlsb(path: Path) -> dict[str, list[Row]]:
    """pyxlsb, or where it does not know a kind of cell what the file was made from."""
    twin, table = path.with_suffix(".xlsx"), HERE / "tables" / f"{path.stem[8:]}.csv"
    if twin.exists():
        return by_openpyxl(twin)
    if table.exists():
        with table.open(encoding="utf-8", newline="") as stream:
            return {"Sheet1": [row for row in map(list, map(texts, csv.reader(stream))) if row]}
    sheets = {}
    with pyxlsb.open_workbook(str(path)) as book:
        for name in book.sheets:
            with book.get_sheet(name) as sheet:
                rows = [list(texts(xlsb_value(cell.v) for cell in row)) for row in sheet.rows()]
            if any(rows):
                sheets[name] = [row for row in rows if row]
    return sheets


def xlsb_value(value: Any) -> Any:
    """Errors come as their numbers in hexadecimal."""
    if isinstance(value, str) and value.startswith("0x"):
        return xlrd.error_text_from_code[int(value, 16)]
    return value


def by_odfpy(path: Path) -> dict[str, list[Row]]:
    """odfpy gives the document's elements; what they mean is said here once more."""
    book = odf.opendocument.load(str(path))
    hidden = {
        style.getAttribute("name")
        for style in book.getElementsByType(Style)
        for properties in style.getElementsByType(TableProperties)
        if properties.getAttribute("display") == "false"
    }
    sheets = {}
    for table in book.getElementsByType(Table):
        rows = [row for element in table.getElementsByType(TableRow) for row in odf_rows(element)]
        if table.getAttribute("stylename") not in hidden and rows:
            sheets[table.getAttribute("name")] = rows
    return sheets


def odf_rows(element: Any) -> list[Row]:
    row = []
    for cell in element.childNodes:
        if getattr(cell, "qname", ("", ""))[1] in ("table-cell", "covered-table-cell"):
            times = int(cell.getAttribute("numbercolumnsrepeated") or 1)
            value = odf_value(cell)
            row += [] if value in ("", None) else list(texts([value])) * times
    return [row] * int(element.getAttribute("numberrowsrepeated") or 1) if row else []


def odf_value(cell: Any) -> Any:
    kind = cell.getAttribute("valuetype")
    if kind in ("float", "percentage", "currency"):
        return float(cell.getAttribute("value"))
    if kind == "boolean":
        return cell.getAttribute("booleanvalue") == "true"
    if kind == "date":
        return datetime.fromisoformat(cell.getAttribute("datevalue"))
    if kind == "time":
        hours, minutes, seconds = re.findall(r"[\d.]+", cell.getAttribute("timevalue"))
        return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    paragraphs = [part for part in cell.childNodes if getattr(part, "qname", "") == PARAGRAPH]
    return "\n".join(map(extractText, paragraphs))


PARAGRAPH = P(check_grammar=False).qname
READERS: dict[str, Callable[[Path], dict[str, list[Row]]]] = {}


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


READERS.update({".xls": by_xlrd, ".xlsb": by_pyxlsb, ".ods": by_odfpy})


def ours(back: Back, others: list[Row]) -> list[Row]:
    """The same from our files; what the report says stands above or below is put back."""
    columns = back.sheet.columns
    rows = []
    if not all(column.generated for column in columns):
        rows.append(list(texts("" if c.generated else c.name for c in columns)))
    rows += [list(texts(row)) for row in back.texts]
    told = next(s for s in back.report["sheets"]["read"] if s["name"] == back.sheet.name)
    above = others[: told["preamble"]["lines"]]
    rows = above + [row for row in rows if row]
    named = [*told["further_tables"], *filter(None, [told["footer"]])]
    below = sum(one["last_line"] - one["first_line"] + 1 for one in named)
    return rows + others[len(rows) :] if len(others) - len(rows) <= below else rows


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
        return as_text(value.isoformat())
    if isinstance(value, timedelta):
        seconds = value.days * 86_400 + value.seconds
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    text = re.sub(r"^0(\d:\d\d:\d\d)$", r"\1", str(value).removesuffix("T00:00:00"))
    return repr(float(text)) if NUMBER.match(text) else text


def as_serial(text: str) -> str:
    """A day, a moment or a length of time as the number that Excel keeps for it."""
    if re.fullmatch(r"\d+:\d\d:\d\d", text):
        hours, minutes, seconds = map(int, text.split(":"))
        return as_serial(repr((hours * 3600 + minutes * 60 + seconds) / 86_400))
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*)?", text):
        length = datetime.fromisoformat(text) - datetime(1899, 12, 30)
        days = length / timedelta(days=1)
        return repr(round(days if days > 60 else days - 1, 9))  # Excel's 1900 is a leap year
    return repr(round(float(text), 9)) if NUMBER.match(text) else text


def difference(path: Path) -> str:
    """What differs first, as `sheet, row: ours, theirs`; empty if nothing does."""
    theirs = independent(path)
    backs = {back.sheet.name: back for back in read_all(path.read_bytes())}
    if set(backs) != set(theirs):
        return f"sheets: {sorted(backs)}, {sorted(theirs)}"
    for name, others in theirs.items():
        rows = ours(backs[name], others)
        if path.suffix == ".xlsb":
            rows, others = (
                [[as_serial(text) for text in row] for row in x] for x in (rows, others)
            )
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


@pytest.mark.parametrize("path", FLAT, ids=lambda path: str(path.name))
def test_a_flat_document_says_what_the_zipped_one_says(path: Path) -> None:
    (flat,), (zipped,) = (read_all(p.read_bytes()) for p in (path, path.with_suffix(".ods")))
    assert (flat.names, flat.values) == (zipped.names, zipped.values)


def test_a_cell_of_a_kind_nobody_knows_keeps_its_text() -> None:
    (back,) = read_all((HERE / "workbooks" / "tablib-unknown_value_type.ods").read_bytes())
    assert back.names == ["abcd"]
