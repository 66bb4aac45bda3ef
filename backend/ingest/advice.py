"""What a person can do about a file that costs too much: told with how far the reading came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from backend.domain import Failure

COSTS = ("too_much_memory", "took_too_long", "output_too_large")
PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How XLSX, XLSB and ODS begin, and XLS."""
FOR_WORKBOOKS = (
    "Save its sheets as CSV, which needs far less, or delete what stands far from the tables, "
    "and retry."
)
FOR_OTHERS = "Split it into several files and retry."


def with_advice(failure: Failure, rows: int, source: Path) -> Failure:
    """The failure with how many rows had been read, and what to do; others stay as they are."""
    if failure.code not in COSTS or "retry" in failure.detail:
        return failure
    reached = f" It had been read up to row {rows:,}." if rows else ""
    advice = FOR_WORKBOOKS if _is_packed(source) else FOR_OTHERS
    return replace(failure, detail=f"{failure.detail}{reached} {advice}")


def _is_packed(source: Path) -> bool:
    try:
        with source.open("rb") as stream:
            return stream.read(4) in PACKED
    except OSError:  # an upload that was given up meanwhile
        return False
