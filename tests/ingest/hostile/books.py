"""Hostile workbooks, made by hand: each part is what we say it is."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.ingest.hostile.texts import MIB, Write, cut, damaged, pour
from tests.ingest.test_formats import MIXED, ods_of, saved, xls_of
from tests.ingest.test_workbook import rows_of

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>'
Part = bytes | tuple[bytes, int]


def xlsx(*sheet: Part, strings: tuple[Part, ...] = (), count: int = 1, prologue: str = "") -> Write:
    """A workbook whose every sheet is this XML."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("[Content_Types].xml", TYPES)
            archive.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
                f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            )
            names = range(1, count + 1)
            sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r1"/>' for n in names)
            archive.writestr(
                "xl/workbook.xml",
                f'{prologue}<workbook {MAIN} xmlns:r="{OFFICE}">'
                f"<sheets>{sheets}</sheets></workbook>",
            )
            archive.writestr(
                "xl/_rels/workbook.xml.rels",
                f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
                f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
                f'Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            )
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
                pour(stream.write, sheet)
            if strings:
                with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as stream:
                    pour(stream.write, strings)

    return write


def sheet_of(*rows: Part, prologue: bytes = b"") -> tuple[Part, ...]:
    start = prologue + f"<worksheet {MAIN}><sheetData>".encode()
    return (start, *rows, b"</sheetData></worksheet>")


def number(place: str, row: int) -> bytes:
    return f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'.encode()


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


def xlsx_of_ours(path: Path) -> None:
    path.write_bytes(rows_of(*MIXED))


def ole_in_circles(path: Path) -> None:
    """A compound file whose allocation table leads back to itself."""
    content = bytearray(xls_of(*MIXED))
    content[512:1024] = bytes(512)
    path.write_bytes(content)


FAR = number("A1", 1) + number("XFD1048576", 1_048_576)
BOOKS: dict[str, tuple[Write, str]] = {
    "a lone far cell": (xlsx(*sheet_of(FAR)), "too_many_cells"),
    "a far cell out of order": (
        xlsx(*sheet_of(number("XFD1048576", 1_048_576), (number("A1", 1), 20_000))),
        "too_many_cells",
    ),
    "a far cell in another row": (
        xlsx(
            *sheet_of(
                b'<row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
                (b'<row><c r="A2"><v>2</v></c></row>', 1),
            )
        ),
        "too_many_cells|parser_died|corrupt_file",
    ),
    "a row beyond the last": (xlsx(*sheet_of(number("A4294967295", 4_294_967_295))), "*"),
    "a column beyond the last": (xlsx(*sheet_of(number("ZZZZZZZ1", 1))), "*"),
    "a place that overflows": (xlsx(*sheet_of(number("A" * 40 + "9" * 40, 1))), "*"),
    "a lying dimension": (
        xlsx(
            f'<worksheet {MAIN}><dimension ref="A1:XFD1048576"/><sheetData>'.encode(),
            number("A1", 1),
            number("A2", 2),
            b"</sheetData></worksheet>",
        ),
        "read",
    ),
    "laughs in a sheet": (
        xlsx(
            *sheet_of(
                b'<row r="1"><c r="A1" t="str"><v>&a11;</v></c></row>', prologue=LAUGHS.encode()
            )
        ),
        "*",
    ),
    "laughs in the workbook": (xlsx(*sheet_of(number("A1", 1)), prologue=LAUGHS), "*"),
    "laughs in the strings": (
        xlsx(
            *sheet_of(b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>'),
            strings=(LAUGHS.encode(), f"<sst {MAIN}><si><t>&a11;</t></si></sst>".encode()),
        ),
        "*",
    ),
    "a file from outside": (
        xlsx(
            *sheet_of(
                b'<row r="1"><c r="A1" t="str"><v>&a11;</v></c></row>', prologue=OUTSIDE.encode()
            )
        ),
        "*",
    ),
    "one string of a MB for 100,000 cells": (
        xlsx(
            *sheet_of((b'<row><c t="s"><v>0</v></c></row>', 100_000)),
            strings=(f"<sst {MAIN}><si><t>".encode(), (b"x", MIB), b"</t></si></sst>"),
        ),
        "*",
    ),
    "strings that are not there": (
        xlsx(*sheet_of(b'<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>')),
        "*",
    ),
    "a sheet of 200 MB of spaces": (xlsx(*sheet_of((b" ", 200 * MIB))), "*"),
    "a sheet of 10 million empty rows": (xlsx(*sheet_of((b"<row/>", 10 * MIB))), "*"),
    "a sheet of endless numbers": (
        xlsx(*sheet_of((b"<row><c><v>1</v></c><c><v>2</v></c></row>", 600_000))),
        "took_too_long|too_much_memory|read|corrupt_file",
    ),
    "20,000 sheets": (xlsx(*sheet_of(number("A1", 1)), count=20_000), "too_many_sheets"),
    "deep elements": (xlsx(*sheet_of((b"<a>", MIB))), "*"),
    "a cut XLSX": (cut(xlsx_of_ours, 0.6), "corrupt_file"),
    "a cut XLS": (cut(xls, 0.4), "corrupt_file|parser_died"),
    "a cut ODS": (cut(ods, 0.6), "corrupt_file"),
    "a locked XLS": (locked_xls, "password_protected"),
    "a locked ODS": (locked_ods, "password_protected"),
    "an XLS in circles": (
        ole_in_circles,
        "corrupt_file|took_too_long|parser_died|password_protected",
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
    **{f"a damaged XLSX {n}": (damaged(xlsx_of_ours, n), "*") for n in range(3)},
    **{f"a damaged XLS {n}": (damaged(xls, n), "*") for n in range(3)},
    **{f"a damaged ODS {n}": (damaged(ods, n), "*") for n in range(3)},
}
