"""Which sheet of a revision and which of its columns a caller means: for pages and for exports."""

from __future__ import annotations

from backend.domain import Revision, Sheet
from backend.errors import UnknownSheetError
from backend.tables.near import chosen_columns

__all__ = ["chosen_columns", "chosen_sheet"]


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
