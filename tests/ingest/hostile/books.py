"""Hostile workbooks, made by hand: each part is what we say it is."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.ingest.hostile.texts import MIB, Write, cut, damaged, pour
from tests.ingest.test_formats import MIXED
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


def xlsx(
    *sheet: Part,
    strings: tuple[Part, ...] = (),
    count: int = 1,
    prologue: str = "",
    more: dict[str, tuple[Part, ...]] | None = None,
) -> Write:
    """A workbook whose every sheet is this XML; `more` are further members."""

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
            members = {"xl/sharedStrings.xml": strings} if strings else {}
            for name, parts in (members | (more or {})).items():
                with archive.open(name, "w", force_zip64=True) as stream:
                    pour(stream.write, parts)

    return write


def sheet_of(*rows: Part, prologue: bytes = b"") -> tuple[Part, ...]:
    start = prologue + f"<worksheet {MAIN}><sheetData>".encode()
    return (start, *rows, b"</sheetData></worksheet>")


def number(place: str, row: int) -> bytes:
    return f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'.encode()


def xlsx_of_ours(path: Path) -> None:
    path.write_bytes(rows_of(*MIXED))


def lying(size: int, *sheet: Part) -> Write:
    """A workbook whose archive says that the sheet has another size."""

    def write(path: Path) -> None:
        xlsx(*sheet)(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("docProps/app.xml", "<x/>")
            archive.getinfo("xl/worksheets/sheet1.xml").file_size = size

    return write


def with_macros(path: Path) -> None:
    xlsx(
        *sheet_of(number("A1", 1), number("A2", 2)), more={"xl/vbaProject.bin": ((b"\xd0\xcf", 9),)}
    )(path)


DDE = (
    b'<row r="1"><c r="A1" t="str"><f>cmd|&apos; /C calc&apos;!A0</f><v>1</v></c></row>'
    b'<row r="2"><c r="A2" t="str"><v>=cmd|\'/C calc\'!A0</v></c></row>'
    b'<row r="3"><c r="A3"><f>[1]Other!A1</f><v>3</v></c></row>'
)
LINK = (
    f'<externalLink {MAIN} xmlns:r="{OFFICE}"><externalBook r:id="rId1"/></externalLink>'.encode(),
)
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
    "a sheet of 3 million empty rows": (xlsx(*sheet_of((b"<row/>", 3 * MIB))), "*"),
    "a sheet of endless numbers": (
        xlsx(*sheet_of((b"<row><c><v>1</v></c><c><v>2</v></c></row>", 600_000))),
        "took_too_long|too_much_memory|read|corrupt_file",
    ),
    "20,000 sheets": (xlsx(*sheet_of(number("A1", 1)), count=20_000), "too_many_sheets"),
    "100,000 sheets": (
        xlsx(*sheet_of(number("A1", 1)), count=100_000),
        "too_many_sheets|took_too_long",
    ),
    "3 million styles": (
        xlsx(
            *sheet_of(number("A1", 1), number("A2", 2)),
            more={
                "xl/styles.xml": (
                    f"<styleSheet {MAIN}><cellXfs>".encode(),
                    (b'<xf numFmtId="14"/>', 3_000_000),
                    b"</cellXfs></styleSheet>",
                )
            },
        ),
        "read|too_much_memory|took_too_long",
    ),
    "formulas that would start programs, and links": (
        xlsx(*sheet_of(DDE), more={"xl/externalLinks/externalLink1.xml": LINK}),
        "read",
    ),
    "macros": (with_macros, "read"),
    "a sheet that says it has 2^60 bytes": (lying(2**60, *sheet_of(number("A1", 1))), "*"),
    "a sheet that says it has 10 bytes": (
        lying(10, *sheet_of((b"<row><c><v>1</v></c></row>", 100_000))),
        "*",
    ),
    "a large sheet in one row": (
        xlsx(*sheet_of(b"<row>", (b"<c><v>1</v></c>", 8 * MIB), b"</row>")),
        "record_too_long|took_too_long",
    ),
    "a large sheet that never ends": (
        xlsx(f"<worksheet {MAIN}><sheetData>".encode(), (b"<row><c><v>1</v></c></row>", 5 * MIB)),
        "too_many_cells|too_much_memory|took_too_long|corrupt_file",
    ),
    "a large sheet with a lone far cell": (
        xlsx(*sheet_of(number("A1", 1), (b" ", 100 * MIB), number("XFD1048576", 1_048_576))),
        "too_many_cells|record_too_long|took_too_long",
    ),
    "one string of a MB for 3 million cells": (
        xlsx(
            *sheet_of((b'<row><c t="s"><v>0</v></c></row>', 3_000_000)),
            strings=(f"<sst {MAIN}><si><t>".encode(), (b"x", MIB), b"</t></si></sst>"),
        ),
        "too_many_cells|too_much_memory|output_too_large|took_too_long",
    ),
    "a large part of strings that is one string": (
        xlsx(
            *sheet_of(b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>'),
            strings=(f"<sst {MAIN}><si><t>".encode(), (b"x", 110 * MIB), b"</t></si></sst>"),
        ),
        "record_too_long|took_too_long",
    ),
    "deep elements": (xlsx(*sheet_of((b"<a>", MIB))), "*"),
    "a cut XLSX": (cut(xlsx_of_ours, 0.6), "corrupt_file"),
    **{f"a damaged XLSX {n}": (damaged(xlsx_of_ours, n), "*") for n in range(3)},
}
