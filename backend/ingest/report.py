"""Counted warnings: nothing is repaired, skipped or changed without one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SHOWN_ROWS = 20

SENTENCES = {
    "preamble_skipped": "Lines above the table were left out of it.",
    "blank_rows_skipped": "Blank lines were left out.",
    "short_rows": "Rows had fewer cells than the table has columns; the missing cells are empty.",
    "surplus_cells": "Rows had more cells than the header; the extra cells are in extra columns.",
    "surplus_empty_cells": "Rows ended in extra delimiters with nothing between them.",
    "stray_quotes": "Quotes stood where none belong; they were kept as part of the cell.",
    "unclosed_quotes": "A quote was opened and never closed; it was kept as part of the cell.",
    "rows_in_cells": "A quoted cell holds what looks like whole rows: a quote may be missing.",
    "bare_line_breaks": "A lone line break character was kept as part of a cell.",
    "mixed_line_ends": "A row ended in another kind of line break than the rest of the file.",
    "undecodable_bytes": "Bytes did not fit the encoding; each was read as Windows-1252, or as �.",
    "encoding_in_doubt": "The letters leave a doubt about the encoding; another one may be meant.",
    "joined_headers": "Several header rows were read as one; their names are joined.",
    "repeated_header": "The header came again among the rows; it was left out there.",
    "further_tables": "More tables stand below this one; only the first was read.",
    "footer": "Notes below the table were left out of it.",
    "total_row": "The last row looks like a total; it was kept as a row.",
    "header_cells_missing": "The header is shorter than the table; names were generated.",
    "header_surplus": "The header has more cells than the rows; those columns are empty.",
    "uncalculated_formulas": "Formulas had no stored result; their cells are empty.",
    "dates_as_numbers": "Only the second reader could open it; days are Excel's serial numbers.",
    "nested_as_text": "A column holds lists or records; they are given as JSON text.",
    "binary_as_text": "A column holds bytes that are no text; they are given in base64.",
    "duplicate_keys": "A record names a key more than once; the last value was kept.",
    "nearly_typed": "A column would have a type but for words such as NA; all its cells are text.",
    "mixed_types": "A column mixes numbers, dates or text; all its cells became text.",
}


class Warnings:
    """Counts of what was repaired, with the first line numbers of each kind."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._rows: dict[str, list[int]] = {}
        self._columns: dict[str, list[str]] = {}
        self._details: dict[str, str] = {}

    def add(
        self,
        code: str,
        rows: Iterable[int],
        count: int | None = None,
        column: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Note `code` at the given 1-based lines (rows of a workbook), or in a column; `detail`
        takes the place of the code's sentence."""
        if code not in SENTENCES:
            raise KeyError(code)
        rows = list(rows)
        known = self._rows.setdefault(code, [])
        if len(known) < SHOWN_ROWS or min(rows, default=known[-1]) < known[-1]:
            known[:] = sorted({*known, *rows})[:SHOWN_ROWS]
        if column is not None:
            self._columns.setdefault(code, []).append(column)
        if detail is not None:
            self._details.setdefault(code, detail)
        self._counts[code] = self._counts.get(code, 0) + (len(rows) if count is None else count)

    def count(self, code: str) -> int:
        """How often a code was noted."""
        return self._counts.get(code, 0)

    def merge(self, other: Warnings) -> None:
        """Take over what another part of the file, further down, has noted."""
        for code, rows in other._rows.items():
            self.add(code, rows, other._counts[code], detail=other._details.get(code))
            self._columns.setdefault(code, []).extend(other._columns.get(code, []))

    def as_json(self) -> list[dict[str, Any]]:
        """`[{code, count, rows, columns, detail}]` in the order they were met."""
        return [
            {
                "code": code,
                "count": count,
                "rows": self._rows[code],
                "columns": self._columns.get(code, [])[:SHOWN_ROWS],
                "detail": self._details.get(code, SENTENCES[code]),
            }
            for code, count in self._counts.items()
            if count
        ]
