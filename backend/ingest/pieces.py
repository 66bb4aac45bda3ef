"""What piecewise readings of workbooks have in common: small workbooks made from a large one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import python_calamine

from backend.ingest.books import UnclearSheetError, check_last_row
from backend.ingest.slabs import Slab

Numbered = tuple[int, list[Any]]
Errors = Mapping[tuple[int, int], str]


def open_parts(parts: Mapping[str, bytes]) -> Any:
    """A workbook of these members, in memory."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    memory.seek(0)
    return python_calamine.CalamineWorkbook.from_filelike(memory)


def rows_of_piece(
    book: Any, name: str, errors: Errors, texts: Mapping[Any, str]
) -> Iterator[Numbered]:
    """The rows of a small workbook, each with its number from 0, cells from column A.

    Error cells are put back where they were found, and strings in place of what stands for them.
    """
    sheet = book.get_sheet_by_name(name)
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in errors.items():
        by_row.setdefault(row, []).append((column, text))
    if sheet.start is not None:
        top, left = sheet.start
        check_last_row(name, sheet.end[0])
        for at, row in enumerate(sheet.to_python(), start=top):
            cells = [None] * left + [texts.get(c, c) if type(c) is str else c for c in row]
            for column, text in by_row.pop(at, ()):
                if column >= len(cells):
                    raise UnclearSheetError(name)
                cells[column] = text
            yield at, cells
    if by_row:  # error cells beyond what the engine takes for the sheet
        raise UnclearSheetError(name)


def with_gaps(name: str, rows: Iterator[Numbered | Slab]) -> Iterator[list[Any] | Slab]:
    """All rows from the first on; UnclearSheetError where their numbers do not ascend."""
    given = 0
    for one in rows:
        at = one.first - 1 if isinstance(one, Slab) else one[0]
        if at < given:
            raise UnclearSheetError(name)
        check_last_row(name, at)
        for _ in range(at - given):
            yield []
        given = one.last if isinstance(one, Slab) else at + 1
        yield one if isinstance(one, Slab) else one[1]
