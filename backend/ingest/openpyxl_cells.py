"""An XLSX by openpyxl, its cells alone: what is drawn, printed or noted concerns none of them.

openpyxl's own way reads drawings, charts, comments, tables, pivots and properties too, and fails
where one of these is missing or odd; and it makes a value of a link on an empty cell.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import WorksheetReader

from backend.ingest.books import SheetInfo
from backend.ingest.failure import ReadingError


def load_cells(source: Path) -> tuple[openpyxl.Workbook, list[SheetInfo]]:
    """The workbook with the stored values, formats and merged cells of its worksheets; raises
    ReadingError if one is missing."""
    infos: list[SheetInfo] = []
    with source.open("rb") as stream:  # by a path it would insist on a file name's suffix
        reader = ExcelReader(stream, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        for sheet, part in reader.parser.find_sheets():
            if part.target in reader.valid_files:
                infos.append(_read_sheet(reader, sheet, part))
            elif sheet.state == "visible":
                raise ReadingError("corrupt_file", f"The sheet {sheet.name!r} is missing.")
    return reader.wb, infos


def _read_sheet(reader: Any, sheet: Any, part: Any) -> SheetInfo:
    visible = sheet.state == "visible"
    if "chartsheet" in part.Type:
        return SheetInfo(sheet.name, visible, worksheet=False)
    target = reader.wb.create_sheet(sheet.name)
    with reader.archive.open(part.target) as stream:
        cells = WorksheetReader(
            target, stream, reader.shared_strings, data_only=True, rich_text=False
        )
        cells.bind_cells()
        cells.bind_merged_cells()
    return SheetInfo(target.title, visible)
