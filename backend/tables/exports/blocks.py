"""The rows of a few columns out of columnar files, block by block, with flat memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain import Column
from backend.tables.columnar import row_group_rows
from backend.tables.open_files import ColumnarFile

Block = list["pa.Array[Any]"]
"""The columns of the same rows, in the order of the export."""

MAX_BLOCK_BYTES = 8 * 1024 * 1024
"""How much a block may hold once decoded; one row may be more."""


def stored_name(position: int) -> str:
    """What the column at a position of a view is called in the file that is made of it."""
    return f"column_{position}"


@dataclass(frozen=True, slots=True)
class Stored:
    """One column of an export, and where its cells lie: column `name` of the file at `path`."""

    column: Column
    path: Path
    name: str
    written: bool = False
    """Whether these are the texts as they were written, rather than values."""


def schema_of(columns: Sequence[Stored]) -> pa.Schema:
    """The Arrow schema of the blocks: column keys, and the types as they are stored."""
    files = {path: pq.read_schema(path) for path in {column.path for column in columns}}
    return pa.schema([files[one.path].field(one.name).with_name(one.column.key) for one in columns])


def read_blocks(columns: Sequence[Stored]) -> Generator[Block]:
    """Every row in order; the files must hold the same rows. Nothing is kept in any cache.

    pyarrow.ArrowInvalid or OSError where a file is damaged.
    """
    order = sorted(range(len(columns)), key=lambda position: str(columns[position].path))
    parts: list[Iterator[Block]] = []
    for path, positions in groupby(order, key=lambda position: columns[position].path):
        names = [columns[position].name for position in positions]
        parts.append(_read_file(path, names, row_group_rows(len(columns))))
    for aligned in _side_by_side(parts):
        block: Block = [aligned[0]] * len(columns)
        for position, array in zip(order, aligned, strict=True):
            block[position] = array
        yield block


def _read_file(path: Path, names: list[str], most_rows: int) -> Iterator[Block]:
    file = ColumnarFile(path)
    try:
        row = 0
        while row < file.rows:
            group = file.group_of(row)
            start, stop = file.group_range(group)
            bytes_of_row = file.group_bytes(group, names) / (stop - start)
            fitting = int(MAX_BLOCK_BYTES / max(1, bytes_of_row))
            for batch in file.decode(group, names, max(1, min(fitting, most_rows))):
                yield batch.columns
            row = stop
    finally:
        file.close()


def _side_by_side(parts: Sequence[Iterator[Block]]) -> Iterator[Block]:
    """The columns of several files in blocks that end at the same rows."""
    waiting: list[Block] = [[] for _ in parts]
    while True:
        for position, part in enumerate(parts):
            if not waiting[position] or not len(waiting[position][0]):
                waiting[position] = next(part, [])
        if not all(waiting):
            return
        rows = min(len(arrays[0]) for arrays in waiting)
        yield [array.slice(0, rows) for arrays in waiting for array in arrays]
        waiting = [[array.slice(rows) for array in arrays] for arrays in waiting]
