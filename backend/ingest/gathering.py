"""The rows of a sheet while it is not yet known what its columns are: on the disk, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from backend.ingest.cells import GatheredColumn
from backend.ingest.slabs import Slab

BATCH_CELLS = 100_000
Row = Sequence[Any]


class GatheredRows:
    """Rows of any widths; a cell that a row does not have is empty.

    Used as a context manager, which removes the file.
    """

    def __init__(self, place: Path) -> None:
        self.columns: list[GatheredColumn] = []
        self._place = place
        place.parent.mkdir(parents=True, exist_ok=True)
        self._sink = place.open("wb")
        self._waiting: list[Row] = []
        self._cells = 0
        self._blank: list[int] = []
        self._blanks: list[list[int]] = []
        """For each batch the places of rows without a value."""

    def add(self, row: Row, *, blank: bool) -> None:
        """The next row."""
        if blank:
            self._blank.append(len(self._waiting))
        self._waiting.append(row)
        self._cells += len(row) + 1
        if self._cells >= BATCH_CELLS:
            self._flush()

    def finish(self) -> None:
        """No row comes any more."""
        self._flush()
        self._sink.close()

    def add_slab(self, slab: Slab, blanks: Sequence[int]) -> None:
        """The next rows, of which these (by their places) have no value."""
        self._flush()
        self.widen(len(slab.columns))
        pairs = zip(self.columns, slab.columns, strict=False)
        self._keep([column.take(cells) for column, cells in pairs], slab.count, list(blanks))

    def arrays(self, rows: Sequence[Row]) -> list[Any]:
        """Rows as one array for each column, of the kind that these cells are."""
        width = max(map(len, rows))
        if any(len(row) != width for row in rows):
            rows = [[*row, *[None] * (width - len(row))] for row in rows]
        self.widen(width)
        cells = zip(*rows, strict=True)
        return [column.take(some) for column, some in zip(self.columns, cells, strict=False)]

    def widen(self, width: int) -> None:
        """There are at least so many columns."""
        self.columns += [GatheredColumn() for _ in range(width - len(self.columns))]

    def batches(self, *, with_blanks: bool) -> Iterator[list[Any]]:
        """What was added, as arrays of each batch; columns that came later are not in them."""
        with self._place.open("rb") as source:
            for blank in self._blanks:
                table = pa.ipc.open_stream(source).read_all()
                if blank and not with_blanks:
                    table = table.filter(_all_but(blank, table.num_rows))
                yield [column.combine_chunks() for column in table.columns]

    def __enter__(self) -> GatheredRows:
        return self

    def __exit__(self, *_: object) -> None:
        self._sink.close()
        self._place.unlink(missing_ok=True)

    def _flush(self) -> None:
        rows, self._waiting, self._cells = self._waiting, [], 0
        blank, self._blank = self._blank, []
        if not rows:
            return
        self._keep(self.arrays(rows), len(rows), blank)

    def _keep(self, arrays: list[Any], count: int, blank: list[int]) -> None:
        # without any column a batch would not know how many rows it has
        arrays = arrays or [pa.nulls(count)]
        batch = pa.record_batch(arrays, [str(number) for number in range(len(arrays))])
        with pa.ipc.new_stream(self._sink, batch.schema) as stream:
            stream.write_batch(batch)
        self._blanks.append(blank)


def is_blank(row: Row) -> bool:
    """Whether no cell has a value."""
    for cell in row:  # noqa: SIM110 - asked of every row: all() takes five times as long
        if cell is not None and cell != "":
            return False
    return True


def _all_but(places: Sequence[int], length: int) -> Any:
    keep = [True] * length
    for place in places:
        keep[place] = False
    return pa.array(keep)
