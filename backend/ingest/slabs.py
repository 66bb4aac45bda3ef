"""Rows of a sheet, many at once, as columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from backend.ingest.forms import pc

ROWS_AT_ONCE = 256
"""So many rows of a slab are looked at one by one before it is asked again if it may go whole;
then twice as many, so that asking costs little where it never may."""
Numbered = tuple[int, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Slab:
    """Rows that stand directly below one another. A column is an array, or a list where its cells
    are of several kinds; an empty cell is null."""

    first: int
    """The number of the first row."""
    count: int
    columns: list[Any]

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + self.count - 1

    def rows(self) -> Iterator[Numbered]:
        """One by one, each with its number."""
        return self._numbered(range(self.first, self.last + 1), self.columns)

    def split(self, count: int) -> tuple[Slab, Slab | None]:
        """The first rows, and those below them if there are more."""
        if self.count <= count:
            return self, None
        rest = Slab(self.first + count, self.count - count, [c[count:] for c in self.columns])
        return Slab(self.first, count, [c[:count] for c in self.columns]), rest

    def some_rows(self, places: Sequence[int]) -> Iterator[Numbered]:
        """The rows at these places, the first being 0."""
        some = [
            [column[at] for at in places]
            if isinstance(column, list)
            else column.take(pa.array(places, pa.int64()))
            for column in self.columns
        ]
        return self._numbered([self.first + at for at in places], some)

    def blanks(self) -> list[int]:
        """The places of the rows without a value."""
        blank = np.ones(self.count, bool)
        for column in self.columns:
            blank &= _nulls(column)
            if not blank.any():
                return []
        return [int(at) for at in np.flatnonzero(blank)]

    def places_of(self, column: int, value: Any) -> list[int]:
        """The places of the rows in which this column is empty or, perhaps, has this value."""
        if column >= len(self.columns):
            return list(range(self.count))
        cells = self.columns[column]
        found = _nulls(cells)
        if isinstance(cells, list):
            found = found | np.array([cell == value for cell in cells], bool)
        elif isinstance(value, str) and pa.types.is_string(cells.type):
            same = pc.fill_null(pc.equal(cells, value), True)
            found = found | same.to_numpy(zero_copy_only=False)
        elif not isinstance(value, str) and not pa.types.is_string(cells.type):
            found = np.ones(self.count, bool)
        return [int(at) for at in np.flatnonzero(found)]

    def _numbered(self, numbers: Sequence[int], columns: Sequence[Any]) -> Iterator[Numbered]:
        lists = [cells if isinstance(cells, list) else cells.to_pylist() for cells in columns]
        if not lists:
            return iter([(number, []) for number in numbers])
        return zip(numbers, map(list, zip(*lists, strict=True)), strict=True)


class SheetRows:
    """The rows of a sheet from row 1 on: one by one, or a slab as a whole."""

    def __init__(self, items: Iterator[Sequence[Any] | Slab]) -> None:
        self._items = items
        self._rows: Iterator[Numbered] = iter(())
        self._slab: Slab | None = None
        self._back: deque[Numbered] = deque()
        self._number = 0
        """Of the last row that was fetched."""
        self._at_once = ROWS_AT_ONCE

    def put_back(self, rows: Sequence[Numbered]) -> None:
        """These rows are to come again."""
        self._back.extendleft(reversed(rows))

    def __iter__(self) -> Iterator[Numbered]:
        return self

    def __next__(self) -> Numbered:
        if self._back:
            return self._back.popleft()
        while True:
            row = next(self._rows, None)
            if row is not None:
                return row
            if self._slab is None:
                self._fetch()
            if self._slab is not None:
                head, self._slab = self._slab.split(self._at_once)
                self._at_once *= 2
                self._rows = head.rows()

    def whole(self) -> Slab | None:
        """What is left of a slab, if that comes next."""
        if self._back:
            return None
        row = next(self._rows, None)
        if row is not None:
            self._back.append(row)
            return None
        if self._slab is None:
            with suppress(StopIteration):
                self._fetch()
        return self._slab

    def skip_whole(self) -> None:
        """Go on behind it."""
        self._slab = None

    def _fetch(self) -> None:
        """The next slab, or the next row to `_rows`; StopIteration at the end."""
        item = next(self._items)
        if isinstance(item, Slab):
            self._slab = item
            self._at_once = ROWS_AT_ONCE
            self._number = item.last
        else:
            self._number += 1
            self._rows = iter([(self._number, item)])


def _nulls(column: Any) -> Any:
    if isinstance(column, list):
        return np.array([cell is None or cell == "" for cell in column], bool)
    return column.is_null().to_numpy(zero_copy_only=False)
