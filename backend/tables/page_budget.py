"""What a page weighs, known from the sizes of Arrow buffers before a cell is converted."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from backend.domain import Column
from backend.errors import PageTooLargeError
from backend.tables.cells import held_bytes, json_bytes

MARGIN = 0.9
"""Rows differ in size, so the number of rows advised stays below the one computed."""

KEY_BYTES = 4
"""What a key costs in an object beside itself: quotes, colon, comma."""


class PageBudget:
    """The bytes one page may take as JSON; each part read is spent from it."""

    def __init__(
        self, max_bytes: int, rows: int, columns: Sequence[Column], *, objects: bool
    ) -> None:
        """PageTooLargeError if the keys of `rows` objects alone are too much."""
        self._max_bytes = max_bytes
        self._rows = rows
        self._columns = len(columns)
        self._row_bytes = 2
        if objects:
            self._row_bytes += sum(len(column.key.encode()) + KEY_BYTES for column in columns)
        self._weighed = rows * self._row_bytes
        self._weighed_cells = 0
        self._unweighed: list[pa.RecordBatch] = []
        self._bound = self._weighed
        self._check()

    def spend(self, part: pa.RecordBatch) -> None:
        """Account for a part of the page. PageTooLargeError if that is more than there is."""
        self._unweighed.append(part)
        # Most pages are far below the limit, and an upper bound is cheaper than the weight.
        self._bound += held_bytes(part)
        if self._bound <= self._max_bytes:
            return
        self._weighed += sum(map(json_bytes, self._unweighed))
        self._weighed_cells += sum(one.num_columns * one.num_rows for one in self._unweighed)
        self._unweighed.clear()
        self._bound = self._weighed
        self._check()

    def _check(self) -> None:
        if self._weighed <= self._max_bytes:
            return
        fitting = self._fitting_rows()
        fewer = f"at most limit={fitting}, or for " if fitting else ""
        raise PageTooLargeError(
            f"{self._rows} rows of {self._columns} columns come to more than the "
            f"{self._max_bytes} bytes that one page may have. "
            f"Ask for {fewer}fewer columns with columns=.",
            max_page_bytes=self._max_bytes,
            suggested_limit=fitting or None,
        )

    def _fitting_rows(self) -> int:
        row_bytes = float(self._row_bytes)
        if self._weighed_cells:
            cells_bytes = self._weighed - self._rows * self._row_bytes
            row_bytes += self._columns * cells_bytes / self._weighed_cells
        return min(int(MARGIN * self._max_bytes / row_bytes), self._rows - 1)
