"""LibreOffice opens an export and has in its cells what was uploaded."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.client import Client
from tests.conftest import Seeded
from tests.office.installing import Office, found_office
from tests.server import Server

ROWS = 100
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TRUTHS = {"of:=TRUE()": True, "of:=FALSE()": False}
TEXTS = [
    "=1+1",
    "+A1",
    "-2+3",
    "@SUM(1)",
    "00123",
    "1e5",
    "TRUE",
    "2024-01-01",
    "a  b",
    " edge ",
    "<&>",
    "é 売上 😀",
    "two\nlines",
    '"',
    "x" * 3_000,
]
COLUMNS = ["code", "text", "whole", "large", "amount", "paid", "day", "old", "moment"]


@pytest.fixture(scope="module")
def office() -> Office:
    return found_office()


def table_of(chance: random.Random, rows: int) -> bytes:
    """A table with what spreadsheet programs are known to change."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number in range(rows):
        moment = datetime(1970, 1, 1) + timedelta(seconds=chance.randrange(4 * 10**9))
        writer.writerow(
            [
                f"{chance.randrange(10**5):08d}",
                TEXTS[number % len(TEXTS)],
                chance.randrange(-(2**53), 2**53),
                2**53 + 1 + number,
                repr(chance.uniform(-1, 1) * 10 ** chance.randrange(-3, 12)),
                chance.choice(["true", "false"]),
                date(1900, 3, 1) + timedelta(days=chance.randrange(80_000)),
                date(1850, 1, 1) + timedelta(days=chance.randrange(18_000)),
                moment.isoformat(),
            ]
        )
    return text.getvalue().encode()


def test_libreoffice_opens_a_workbook_with_the_same_values(
    server: Server, seeded: Seeded, office: Office, tmp_path: Path
) -> None:
    table = table_of(seeded.random, seeded.rounds(ROWS))
    with Client(server.url) as client:
        share = client.create_ready(table, "table.csv")
        book = tmp_path / "table.xlsx"
        book.write_bytes(client.request("GET", f"/s/{share.id}.xlsx").content)
    header, *found = cells_of(office.convert(book, "fods", tmp_path))
    _, *wanted = csv.reader(io.StringIO(table.decode(), newline=""))
    assert header == COLUMNS
    assert len(found) == len(wanted)
    for row, texts in zip(found, wanted, strict=True):
        for key, cell, text in zip(COLUMNS, row, texts, strict=True):
            assert is_same(key, cell, text), (key, cell, text)


def is_same(key: str, cell: Any, text: str) -> bool:
    """Whether a cell, as LibreOffice saves it, is what was written."""
    if key == "whole":
        return isinstance(cell, float) and cell == int(text)
    if key == "amount":
        # The program saves some thirteen digits.
        return isinstance(cell, float) and math.isclose(cell, float(text), rel_tol=1e-12)
    if key == "paid":
        return bool(cell is (text == "true"))
    if key == "moment":
        apart = datetime.fromisoformat(str(cell)) - datetime.fromisoformat(text)
        return abs(apart) <= timedelta(milliseconds=1)
    if key == "day":
        return datetime.fromisoformat(str(cell)) == datetime.fromisoformat(text)
    return bool(cell == text)


def cells_of(flat: Path) -> Iterator[list[Any]]:
    """The rows of a flat OpenDocument file, each cell as its value."""
    (table,) = ElementTree.parse(flat).iter(f"{TABLE}table")
    for row in table.iter(f"{TABLE}table-row"):
        cells: list[Any] = []
        for cell in row.iter(f"{TABLE}table-cell"):
            cells += [value_of(cell)] * int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        for _ in range(int(row.get(f"{TABLE}number-rows-repeated", "1"))):
            if any(one is not None for one in cells):
                yield cells[: len(COLUMNS)]


def value_of(cell: ElementTree.Element) -> Any:
    """Numbers as float, truths as bool, days and moments as ISO 8601, text as it is."""
    formula = cell.get(f"{TABLE}formula")
    if formula is not None:
        # What this program makes of a truth; nothing else may ever be run.
        return TRUTHS[formula]
    kind = cell.get(f"{OFFICE}value-type")
    if kind in ("float", "percentage", "currency"):
        return float(cell.attrib[f"{OFFICE}value"])
    if kind == "boolean":
        return cell.attrib[f"{OFFICE}boolean-value"] == "true"
    if kind == "date":
        return cell.attrib[f"{OFFICE}date-value"]
    if kind is None:
        return None
    return "\n".join(text_of(part) for part in cell.iter(f"{TEXT}p"))


def text_of(part: ElementTree.Element) -> str:
    """The text of a paragraph; several spaces and tabs are elements."""
    made = part.text or ""
    for child in part:
        if child.tag == f"{TEXT}s":
            made += " " * int(child.get(f"{TEXT}c", "1"))
        else:
            made += "\t" if child.tag == f"{TEXT}tab" else text_of(child)
        made += child.tail or ""
    return made
