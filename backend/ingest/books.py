"""Workbook engines behind one shape: sheets by name, rows of plain Python values from row 1 on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from backend.ingest.failure import ReadingError
from backend.ingest.slabs import Slab

MOST_ROWS = 1_048_576
"""As many as a sheet of any spreadsheet program has."""
MOST_EMPTY_CELLS = 20_000_000
SPARSE = 50
"""In a table with fewer than one filled cell in so many, a few cells have strayed."""


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A sheet as the workbook lists it. Only visible worksheets are published."""

    name: str
    visible: bool
    worksheet: bool = True


class Book(Protocol):
    """An opened workbook."""

    engine: str
    sheets: list[SheetInfo]

    def rows(self, name: str) -> Iterator[list[Any] | Slab]:
        """All rows from row 1 of the sheet on; empty cells are None or ''."""

    def uncalculated(self, name: str) -> list[int]:
        """Rows (1-based) with formulas whose value was never stored."""

    def warnings(self) -> list[str]:
        """Codes of what this engine cannot tell."""


class Engine(Protocol):
    """Opens a workbook."""

    def __call__(self, source: Path) -> Book: ...


class UnclearSheetError(Exception):
    """This engine cannot tell every cell of a sheet."""


def check_area(name: str, rows: int, columns: int, cells: int) -> None:
    """Raises ReadingError if a table of the used range would be vast and nearly all empty."""
    area = rows * columns
    if area > MOST_EMPTY_CELLS and area > SPARSE * cells:
        raise ReadingError(
            "too_many_cells",
            f"The sheet {name!r} uses {rows} rows and {columns} columns for about {cells} cells: "
            "delete what stands far from the table and retry.",
        )


def check_last_row(name: str, row: int) -> None:
    """Raises ReadingError for a row (from 0) that no sheet has: all above it would be filled."""
    if row >= MOST_ROWS:
        raise ReadingError(
            "too_many_cells",
            f"The sheet {name!r} names row {row + 1}; a sheet has at most {MOST_ROWS:,} rows: "
            "open and save it with a spreadsheet program and retry.",
        )
