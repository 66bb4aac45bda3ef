"""Workbooks of any length, written part by part, as Excel writes them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from backend.domain import ColumnType

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PARTS = {
    "[Content_Types].xml": (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{HEAD}<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (
        f'{HEAD}<styleSheet {MAIN}><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>'
    ),
}
REGIONS = ("north", "south", "east", "west")
NOTES = ("on time", "called back", "see letter of &lt;Monday&gt;", "ørsted, 2nd floor")
CUSTOMERS = 50_000
COLUMNS = {
    "id": ColumnType.INTEGER,
    "customer": ColumnType.TEXT,
    "region": ColumnType.TEXT,
    "amount": ColumnType.NUMBER,
    "quantity": ColumnType.INTEGER,
    "price": ColumnType.NUMBER,
    "paid": ColumnType.BOOLEAN,
    "day": ColumnType.DATE,
    "moment": ColumnType.DATETIME,
    "code": ColumnType.TEXT,
    "note": ColumnType.TEXT,
    "reference": ColumnType.INTEGER,
}
ROWS_AT_ONCE = 10_000


def write_orders(path: Path, rows: int) -> None:
    """A sheet of `rows` orders under a header: 12 columns, all strings shared."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            for text in _sheet(rows):
                stream.write(text.encode())
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as stream:
            for text in _strings(rows):
                stream.write(text.encode())


def _sheet(rows: int) -> Iterator[str]:
    yield f'{HEAD}<worksheet {MAIN}><dimension ref="A1:L{rows + 1}"/><sheetData><row r="1">'
    yield "".join(
        f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate("ABCDEFGHIJKL")
    )
    yield "</row>"
    for start in range(0, rows, ROWS_AT_ONCE):
        yield "".join(_row(number) for number in range(start, min(rows, start + ROWS_AT_ONCE)))
    yield "</sheetData></worksheet>"


def _row(number: int) -> str:
    r = number + 2
    strings = len(COLUMNS)
    customer = strings + 8 + number % CUSTOMERS
    note = strings + 4 + number % 4
    return (
        f'<row r="{r}" spans="1:12"><c r="A{r}"><v>{number}</v></c>'
        f'<c r="B{r}" t="s"><v>{customer}</v></c>'
        f'<c r="C{r}" t="s"><v>{strings + number % 4}</v></c>'
        f'<c r="D{r}"><v>{number * 7919 % 10_000_000 / 100}</v></c>'
        f'<c r="E{r}"><v>{number * 31 % 100}</v></c>'
        f'<c r="F{r}"><v>{number * 104729 % 1_000_000 / 10_000}</v></c>'
        f'<c r="G{r}" t="b"><v>{int(number % 3 > 0)}</v></c>'
        f'<c r="H{r}" s="1"><v>{43831 + number % 2000}</v></c>'
        f'<c r="I{r}" s="2"><v>{45292 + number % 24 / 24}</v></c>'
        f'<c r="J{r}" t="s"><v>{strings + 8 + CUSTOMERS + number}</v></c>'
        + (f'<c r="K{r}" t="s"><v>{note}</v></c>' if number % 5 else f'<c r="K{r}" s="1"/>')
        + f'<c r="L{r}"><v>{number * 1_000_003 % 10**15}</v></c></row>'
    )


def _strings(rows: int) -> Iterator[str]:
    yield f"{HEAD}<sst {MAIN}>"
    first = [*COLUMNS, *REGIONS, *NOTES, *(f"customer {n}" for n in range(CUSTOMERS))]
    yield "".join(f"<si><t>{text}</t></si>" for text in first)
    for start in range(0, rows, ROWS_AT_ONCE):
        last = min(rows, start + ROWS_AT_ONCE)
        yield "".join(f"<si><t>{number:08d}</t></si>" for number in range(start, last))
    yield "</sst>"
