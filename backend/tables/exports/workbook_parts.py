"""The parts of a workbook that are not cells (ECMA-376, part 1), as short as programs take them."""

from __future__ import annotations

import re

from backend.tables.exports.workbook_text import Style, escaped_value

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

CONTENT_TYPES = (
    f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>'
)
ROOT_RELATIONS = (
    f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
WORKBOOK_RELATIONS = (
    f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>'
)
FORMATS = {
    Style.GENERAL: 'numFmtId="0"',
    Style.WHOLE: 'numFmtId="1" applyNumberFormat="1"',
    Style.DAY: 'numFmtId="164" applyNumberFormat="1"',
    Style.MOMENT: 'numFmtId="165" applyNumberFormat="1"',
    Style.HEADER: 'numFmtId="0" quotePrefix="1" applyFont="1"',
    Style.QUOTED: 'numFmtId="0" quotePrefix="1"',
}
FORMAT_LIST = "".join(
    f'<xf {FORMATS[style]} fontId="{int(style is Style.HEADER)}" fillId="0" borderId="0" xfId="0"/>'
    for style in Style
)
STYLES = (
    f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="{len(Style)}">{FORMAT_LIST}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
FROZEN_HEADER = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)


def workbook(sheet_name: str) -> str:
    """The part that names the only sheet."""
    return (
        f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        f'<sheet name="{escaped_value(allowed_name(sheet_name))}" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>"
    )


def sheet_begin(widths: list[int]) -> str:
    """What comes before the rows; widths are in characters."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(widths, 1)
    )
    listed = f"<cols>{columns}</cols>" if columns else ""
    return f'{DECLARATION}<worksheet xmlns="{MAIN}">{FROZEN_HEADER}{listed}<sheetData>'


SHEET_END = "</sheetData></worksheet>"


def allowed_name(name: str) -> str:
    """The name of a sheet as programs take it: 31 characters of UTF-16, none of `[]:*?/\\`."""
    cleaned = re.sub(r"[\x00-\x1f\[\]:*?/\\]", "_", name).strip().strip("'")
    cut = cleaned.encode("utf-16-le", "replace")[:62].decode("utf-16-le", "ignore").rstrip("'")
    return cut if cut and cut.lower() != "history" else "Sheet1"


def letters(position: int) -> str:
    """The name of a column, from 0: A, B, … Z, AA, AB, …"""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
