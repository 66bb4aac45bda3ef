"""Hostile workbooks of the other kinds: ODS, FODS, XLS and XLSB."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.ingest.hostile.books import LAUGHS
from tests.ingest.hostile.texts import Write, cut, damaged, of
from tests.ingest.test_formats import MIXED, ods_of, saved, xls_of

CORPUS = Path(__file__).parents[1] / "corpus" / "workbooks"


def ods_content(body: str, prologue: str = "") -> Callable[[Path], None]:
    """An ODS whose content.xml is this."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text", "style")
    )
    content = (
        f"{prologue}<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="T">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>%s'
        "</manifest:manifest>"
    )

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("content.xml", content)
            archive.writestr("META-INF/manifest.xml", manifest % "")

    return write


def cell(text: str, more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


SPANS = "<text:span>" * 50_000 + "x" + "</text:span>" * 50_000
SPACES = '<text:s text:c="2147483647"/>x'


def locked_ods(path: Path) -> None:
    entry = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">'
        '<manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b"\x8f\x01" * 500)
        archive.writestr("META-INF/manifest.xml", entry)


def xls(path: Path) -> None:
    path.write_bytes(xls_of(*MIXED))


def locked_xls(path: Path) -> None:
    """An XLS whose stream says, first thing, that the rest is encrypted."""
    content = bytearray(xls_of(*MIXED))
    start = content.index(b"\x09\x08\x10\x00")
    after = start + 4 + struct.unpack_from("<H", content, start + 2)[0]
    content[after : after + 4] = struct.pack("<HH", 0x2F, 6)
    path.write_bytes(content)


def ods(path: Path) -> None:
    path.write_bytes(saved(ods_of(*MIXED)))


def ole_in_circles(path: Path) -> None:
    """A compound file whose allocation table leads back to itself."""
    content = bytearray(xls_of(*MIXED))
    content[512:1024] = bytes(512)
    path.write_bytes(content)


def ole_that_stands_still(path: Path) -> None:
    """A compound file in which every sector is followed by itself."""
    content = bytearray(xls_of(*MIXED))
    content[512:1024] = b"".join(struct.pack("<I", at) for at in range(128))
    path.write_bytes(content)


def xlsb(path: Path) -> None:
    path.write_bytes((CORPUS / "sheetjs-kinds.xlsb").read_bytes())


def changed_xlsb(change: Callable[[bytes], bytes]) -> Write:
    """An XLSB whose sheet is other records."""

    def write(path: Path) -> None:
        with (
            zipfile.ZipFile(CORPUS / "sheetjs-kinds.xlsb") as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for name in source.namelist():
                content = source.read(name)
                target.writestr(name, change(content) if "sheet1" in name else content)

    return write


def far_row(records: bytes) -> bytes:
    """The second row is the last that there can be, and its first cell in the last column."""
    place = records.index(b"\x00\x19" + struct.pack("<I", 1))
    return records[: place + 2] + struct.pack("<I", 1_048_575) + records[place + 6 :]


def endless_record(records: bytes) -> bytes:
    """A record that says it is 256 MB long."""
    end = records.index(b"\x92\x01\x00")
    return records[:end] + b"\x06\xff\xff\xff\x7f" + records[end:]


OTHER_BOOKS: dict[str, tuple[Write, str]] = {
    "an XLSB with a far row": (changed_xlsb(far_row), "*"),
    "an XLSB with an endless record": (changed_xlsb(endless_record), "corrupt_file"),
    "a cut XLSB": (cut(xlsb, 0.6), "corrupt_file"),
    "a cut XLS": (cut(xls, 0.4), "corrupt_file|parser_died"),
    "a cut ODS": (cut(ods, 0.6), "corrupt_file"),
    "a locked XLS": (locked_xls, "password_protected"),
    "a locked ODS": (locked_ods, "password_protected"),
    "an XLS in circles": (
        ole_in_circles,
        "corrupt_file|took_too_long|parser_died|password_protected",
    ),
    "an XLS that stands still": (
        ole_that_stands_still,
        "corrupt_file|took_too_long|parser_died|not_a_table",
    ),
    "an ODS of 17 billion cells": (
        ods_content(
            f'<table:table-row table:number-rows-repeated="1048576">'
            f"{cell('x', 'table:number-columns-repeated=' + chr(34) + '16384' + chr(34))}"
            "</table:table-row>"
        ),
        "*",
    ),
    "an ODS with a lone far cell": (
        ods_content(
            '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/>'
            "</table:table-row><table:table-row><table:table-cell "
            f'table:number-columns-repeated="16383"/>{cell("x")}</table:table-row>'
        ),
        "*",
    ),
    "an ODS with two billion columns": (
        ods_content(
            '<table:table-row><table:table-cell table:number-columns-repeated="2147483647" '
            'office:value-type="float" office:value="1"/></table:table-row>'
        ),
        "*",
    ),
    "an ODS with two billion spaces": (
        ods_content(f"<table:table-row>{cell(SPACES)}</table:table-row>"),
        "*",
    ),
    "an ODS with deep spans": (
        ods_content("<table:table-row>" + cell(SPANS) + "</table:table-row>"),
        "*",
    ),
    "laughs in an ODS": (
        ods_content(f"<table:table-row>{cell('&a11;')}</table:table-row>", LAUGHS),
        "*",
    ),
    "laughs in an FODS": (
        of(
            LAUGHS.encode(),
            b'<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            b'office:mimetype="application/vnd.oasis.opendocument.spreadsheet">&a11;',
            b"</office:document>",
        ),
        "*",
    ),
    "a damaged XLSB": (damaged(xlsb, 1), "*"),
    **{f"a damaged XLS {n}": (damaged(xls, n), "*") for n in range(3)},
    **{f"a damaged ODS {n}": (damaged(ods, n), "*") for n in range(3)},
}
