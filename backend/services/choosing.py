"""Which sheet and which columns a caller means, and how an answer names a column."""

from __future__ import annotations

from typing import Any

from backend.domain import Column, Revision, Sheet
from backend.errors import UnknownSheetError
from backend.tables.near import chosen_columns

__all__ = ["chosen_columns", "chosen_sheet", "column_header"]


def chosen_sheet(revision: Revision, name: str | None, index: int | None) -> Sheet:
    """The sheet of that name, or at that position (0: the first). UnknownSheetError tells all."""
    wanted: int | str = (index or 0) if name is None else name
    for sheet in revision.sheets:
        if wanted == (sheet.index if name is None else sheet.name):
            return sheet
    names = ", ".join(repr(sheet.name) for sheet in revision.sheets[:20])
    raise UnknownSheetError(
        f"Revision {revision.number} has no sheet {wanted!r}; its sheets are: {names}."
    )


def column_header(column: Column) -> dict[str, Any]:
    """A column as every answer begins to tell it."""
    told: dict[str, Any] = {"key": column.key, "name": column.name, "type": column.type}
    if not column.exact:
        told["integers_as_strings"] = True
    return told
