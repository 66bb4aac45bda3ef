"""Error cells of binary workbooks, which the fast engine gives back empty.

The records are walked over, nothing but their type and place is looked at. [MS-XLS] 2.4, [MS-XLSB]
2.3 tell what they are.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from xlrd import XLRDError
from xlrd.compdoc import CompDoc, CompDocError

from backend.ingest.books import UnclearSheetError
from backend.ingest.xlsx_details import Details

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
XLS_SHEET, XLS_FORMAT, XLS_FORMULA, XLS_BOOLEAN_OR_ERROR, XLS_END, XLS_BEGIN = (
    0x85,
    0x41E,
    0x06,
    0x205,
    0x0A,
    0x809,
)
XLSB_SHEET = 156
WIDEST_STRING = 0xFFFF_FFFF
LOST = (XLRDError, CompDocError, struct.error, IndexError, KeyError, ValueError, AssertionError)


def find_xls_errors(source: Path, name: str) -> Details:
    """The error cells of one sheet; UnclearSheetError where the records make no sense."""
    try:
        stream = _workbook_stream(source)
        start, strange = _sheet_start(stream, name)
        return Details(errors=dict(_errors_of_xls(stream, start)), unplaced=strange)
    except LOST as error:
        raise UnclearSheetError(name) from error


def _workbook_stream(source: Path) -> bytes:
    compound = CompDoc(source.read_bytes(), logfile=io.StringIO())
    for name in ("Workbook", "Book"):
        memory, start, size = compound.locate_named_stream(name)
        if memory:
            return bytes(memory[start : start + size])
    raise KeyError("Workbook")


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Type, place and size of each record's content."""
    header = struct.Struct("<HH")
    while at + 4 <= len(stream):
        kind, size = header.unpack_from(stream, at)
        yield kind, at + 4, size
        at += 4 + size


def _sheet_start(stream: bytes, name: str) -> tuple[int, bool]:
    """Where a sheet begins, and whether the workbook has formats in two bytes a letter.

    The fast engine does not understand those, and would give days as numbers.
    """
    start, strange = None, False
    for kind, at, size in _records(stream, 0):
        if kind == XLS_END:
            break
        if kind == XLS_FORMAT and size > 5:
            strange |= stream[at + 4] == 1
        if kind == XLS_SHEET and _sheet_name(stream[at + 6 : at + size]) == name:
            (start,) = struct.unpack_from("<I", stream, at)
    if start is None:
        raise KeyError(name)
    return int(start), strange


def _sheet_name(content: bytes) -> str:
    count, flags = content[0], content[1]
    if flags & 1:
        return content[2 : 2 + 2 * count].decode("utf-16-le")
    return content[2 : 2 + count].decode("latin-1")


def _errors_of_xls(stream: bytes, start: int) -> Iterator[tuple[tuple[int, int], str]]:
    depth = 0
    for kind, at, _ in _records(stream, start):
        if kind == XLS_BEGIN:
            depth += 1
        elif kind == XLS_END:
            depth -= 1
            if not depth:
                return
        elif depth == 1 and kind in (XLS_FORMULA, XLS_BOOLEAN_OR_ERROR):
            code = _xls_error(stream, kind, at)
            if code is not None:
                row, column = struct.unpack_from("<HH", stream, at)
                yield (row, column), ERRORS.get(code, "#N/A")


def _xls_error(stream: bytes, kind: int, at: int) -> int | None:
    if kind == XLS_BOOLEAN_OR_ERROR:
        return stream[at + 6] if stream[at + 7] else None
    is_error = stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2
    return stream[at + 8] if is_error else None


def find_xlsb_part(archive: zipfile.ZipFile, name: str) -> str:
    """The member that holds a sheet; UnclearSheetError where it cannot be found."""
    try:
        return _xlsb_part(archive, name)
    except (*LOST, ElementTree.ParseError, DefusedXmlException) as error:
        raise UnclearSheetError(name) from error


def _xlsb_part(archive: zipfile.ZipFile, name: str) -> str:
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.bin.rels"))
    targets: dict[Any, str] = {link.get("Id"): link.get("Target", "") for link in links}
    book = archive.read("xl/workbook.bin")
    for kind, at, _ in _binary_records(book):
        if kind == XLSB_SHEET:
            link, after = _wide_string(book, at + 8)
            if _wide_string(book, after)[0] == name:
                path = posixpath.join("/xl", targets[link])
                return posixpath.normpath(path).lstrip("/")
    raise KeyError(name)


def _wide_string(content: bytes, at: int) -> tuple[str, int]:
    (count,) = struct.unpack_from("<I", content, at)
    if count == WIDEST_STRING:
        return "", at + 4
    end = at + 4 + 2 * count
    return content[at + 4 : end].decode("utf-16-le"), end


def _binary_records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, place and size of each record; both are numbers of seven bits a byte."""
    at = 0
    while at < len(content):
        kind = content[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (content[at] & 0x7F) << 7
            at += 1
        size, shift = 0, 0
        while shift < 28:
            byte = content[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, at, size
        at += size
