"""What a reading gives: sheets as files, and a report. Travels from the child as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.domain import Sheet


@dataclass(frozen=True, slots=True)
class SheetFiles:
    """A sheet whose columnar files are not blobs yet: its `data` and `written` ids are empty."""

    sheet: Sheet
    data: Path
    written: Path | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The visible sheets of a file in order, and how it was read (docs/reading.md)."""

    sheets: tuple[SheetFiles, ...]
    report: dict[str, Any]
