"""What the fast workbook engine drops: error cells, and formulas nobody has calculated.

The sheet's XML is streamed and searched; nothing is held but what is found.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from backend.ingest.books import MOST_EMPTY_CELLS

BLOCK_BYTES = 1024 * 1024
LONGEST_CELL = 256 * 1024
ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*?\bt=(?:\"e\"|'e')[^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL
)
VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
LETTERS = re.compile(rb"<(?:\w+:)?c r=\"([A-Z]{1,3})\d")
FILLED = re.compile(rb"<(?:\w+:)?c [^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'](?:[^>/]|/(?!>))*>")
ROW = re.compile(rb"<(?:\w+:)?row [^>]*?\br=[\"'](\d{1,7})[\"']")
FAR = re.compile(rb' r="(?:[A-Z]{2}|[A-Z]?(?:[7-9]\d{5}|\d{7}))')
"""A row or a cell beyond row 700,000 or column Z; without one no range is vast."""
UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)><(?:\w+:)?f[^>]*>[^<]*</(?:\w+:)?f>"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
"""As usual workbooks name them, and strict ones (ISO/IEC 29500-1)."""


@dataclass(slots=True)
class Details:
    """0-based (row, column) → the error's text; 1-based rows of formulas without a value."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: list[int] = field(default_factory=list)
    unplaced: bool = False
    """An error cell does not say where it is: another engine must read the sheet."""
    rows: int = 0
    columns: int = 0
    cells: int = 0
    """About how many rows and columns the used range has, and how many cells it holds; 0 where
    that cannot be more than a table has."""


def sheet_parts(source: Path) -> dict[str, str]:
    """The archive member that holds each sheet, by the sheet's name; empty if that is unclear."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = {name.lower().replace("\\", "/"): name for name in archive.namelist()}
            book = ElementTree.fromstring(archive.read(names["xl/workbook.xml"]))
            links = ElementTree.fromstring(archive.read(names["xl/_rels/workbook.xml.rels"]))
    except (KeyError, DefusedXmlException, ElementTree.ParseError, zipfile.BadZipFile, OSError):
        return {}
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found: dict[str, str] = {}
    for sheet in book.iter():
        relation = next(filter(None, map(sheet.get, RELATIONS)), None)
        target = targets.get(relation) if sheet.tag.endswith("}sheet") else None
        if target:
            path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
            found[sheet.get("name", "")] = names.get(path.lower(), path)
    return found


def find_details(source: Path, part: str) -> Details:
    """Searches one sheet's XML."""
    details = Details()
    far = False
    for data in _blocks(source, part):
        find_errors(data, details)
        far = far or FAR.search(data) is not None or b" r='" in data
    if far:
        for data in _blocks(source, part):
            measure(data, details)
    if details.rows * details.columns > MOST_EMPTY_CELLS:
        _measure_again(_blocks(source, part), details)
    return details


def _blocks(source: Path, part: str) -> Iterator[bytes]:
    """The XML in pieces that end where a cell ends."""
    with zipfile.ZipFile(source) as archive, archive.open(part) as stream:
        rest = b""
        while block := stream.read(BLOCK_BYTES):
            data = rest + block
            cut = max(data.rfind(b"</c>"), data.rfind(b":c>")) + 4
            cut = cut if cut > 4 else max(0, len(data) - LONGEST_CELL)
            yield data[:cut]
            rest = data[cut:]
        yield rest


def _measure_again(blocks: Iterator[bytes], details: Details) -> None:
    """By the cells with content alone: a format given to whole columns makes no table vast."""
    details.rows = details.columns = details.cells = 0
    for data in blocks:
        for cell in FILLED.finditer(data):
            details.columns = max(details.columns, _column(cell[1]) + 1)
            details.rows = max(details.rows, int(cell[2]))
            details.cells += 1


def measure(data: bytes, details: Details) -> None:
    """How far the cells reach, and about how many they are."""
    letters = set(LETTERS.findall(data))
    details.columns = max([details.columns, *(_column(some) + 1 for some in letters)])
    details.rows = max([details.rows, *map(int, ROW.findall(data))])
    last = data.rfind(b'<c r="')
    place = REFERENCE.search(data, last) if last >= 0 else None
    if place is not None:
        details.rows = max(details.rows, int(place[2]))
    details.cells += data.count(b"<c ") + data.count(b":c ")


def find_errors(data: bytes, details: Details) -> None:
    """Error cells, and formulas that nobody has calculated."""
    if b't="e"' in data or b"t='e'" in data:
        for cell in ERROR_CELL.finditer(data):
            value, place = VALUE.search(cell[2]), REFERENCE.search(cell[1])
            if place is None:
                details.unplaced = True
            elif value is not None:
                key = int(place[2]) - 1, _column(place[1])
                details.errors[key] = value[1].decode("utf-8", "replace")
    if b"<f" in data or b":f" in data:
        for cell in UNCALCULATED.finditer(data):
            place = REFERENCE.search(cell[1])
            details.uncalculated.append(int(place[2]) if place else 0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
