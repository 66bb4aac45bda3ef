"""What is in the real files, read by Python's own csv module and by openpyxl: never by our code."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

FILES = Path(__file__).resolve().parent.parent / "files"

Row = list[str]


@dataclass(frozen=True)
class TextFile:
    """How a person who opened the file in an editor would say that it is written."""

    name: str
    rows: int
    """Rows of data, counted by hand (or `wc`), so that the reading below is checked too."""
    delimiter: str = ","
    encoding: str = "utf-8"
    header_line: int = 1
    """1-based; 0: there is none."""
    quoting: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    """Reading options for the upload; empty: the server has to find out by itself."""
    types: dict[str, str] = field(default_factory=dict)
    """The type that columns must get, by the name in the header."""
    dates: str | None = None
    """How a date is written in it, where not as ISO 8601 (strptime)."""

    @property
    def path(self) -> Path:
        return FILES / self.name

    def read(self) -> tuple[Row, list[Row]]:
        """The header (empty if there is none) and every row below it, as text."""
        text = self.path.read_bytes().decode(self.encoding)
        lines = list(
            csv.reader(
                io.StringIO(text, newline=""),
                delimiter=self.delimiter,
                quoting=csv.QUOTE_MINIMAL if self.quoting else csv.QUOTE_NONE,
            )
        )
        header = lines[self.header_line - 1] if self.header_line else []
        return header, lines[self.header_line :]


TEXT_FILES = [
    TextFile("zone1970.tab", rows=337, delimiter="\t", header_line=38, quoting=False,
             options={"header_row": 38}),
    TextFile("ubuntu.csv", rows=44, types={"version": "text", "created": "date", "eol": "date"}),
    TextFile("sql_features.txt", rows=755, delimiter="\t", header_line=0, quoting=False),
    TextFile("FY09_EDU_Recipients_by_State.csv", rows=53, types={"Code": "text", "TOTAL": "text"}),
    TextFile("Datagov_FY10_EDU_recp_by_State.csv", rows=55, header_line=3),
    TextFile("ks_1033_data.csv", rows=1575, dates="%m/%d/%Y %H:%M:%S",
             types={"fips": "integer", "quantity": "integer", "nsn": "text"}),
    TextFile("determination.csv", rows=1555,
             types={"AIANHH": "text", "STATE": "text", "COUNTY": "text", "POP": "integer"}),
    TextFile("event-notification-rpt-lastmonth.txt", rows=72, delimiter="|", quoting=False,
             dates="%m/%d/%Y %H:%M:%S",
             types={"Docket No": "text", "En No": "integer"}),
    TextFile("tbl_Bundesministerien_2021-2025.csv", rows=15, delimiter=";",
             types={"ReihenfolgeID": "integer", "HH-Plan": "text"}),
]  # fmt: skip

WORKBOOKS = ["ne_1033_data.xlsx", "covid_19-iss.xlsx"]


def read_workbook(path: Path) -> dict[str, list[list[Any]]]:
    """Every visible sheet as openpyxl sees it: rows of Python values, blank edges cut off."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    sheets = {}
    for sheet in book:
        if sheet.sheet_state == "visible":
            sheet.reset_dimensions()  # what the file says of its size may be wrong
            sheets[sheet.title] = trimmed([list(row) for row in sheet.iter_rows(values_only=True)])
    book.close()
    return sheets


def trimmed(rows: Sequence[list[Any]]) -> list[list[Any]]:
    """The rows without the empty ones at the end, all as wide as the widest that holds a value."""
    filled = [index for index, row in enumerate(rows) if any(cell is not None for cell in row)]
    if not filled:
        return []
    kept = rows[: filled[-1] + 1]
    width = max(index + 1 for row in kept for index, cell in enumerate(row) if cell is not None)
    return [(row + [None] * width)[:width] for row in kept]
