"""Rows from anywhere in a sheet, in any order: out of its flat file, or of its row groups."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from backend.tables.columnar import arrow_type
from backend.tables.engine.opened import OpenRows
from backend.tables.engine.orders import Numbers
from backend.tables.engine.sql import TEXT_PREFIX
from backend.tables.open_files import ColumnarFile, OpenFiles

MAX_FLAT_FILES = 32
BATCH_BYTES = 64 * 1024 * 1024

Spend = Callable[[pa.RecordBatch], None]

_columnar = OpenFiles()


class FlatFile:
    """An uncompressed Arrow file, mapped: a row costs the pages it lies on."""

    def __init__(self, path: Path) -> None:
        self._file = pa.ipc.open_file(pa.memory_map(str(path)))
        count = self._file.num_record_batches
        self._batches = [self._file.get_batch(number) for number in range(count)]
        self._starts = np.cumsum([0, *(batch.num_rows for batch in self._batches)])

    def take(self, numbers: Numbers, names: Sequence[str], spend: Spend) -> pa.Table:
        """The columns `names` of the rows `numbers`, in their order."""
        positions = [self._file.schema.get_field_index(name) for name in names]
        order = np.argsort(numbers, kind="stable")
        ascending = numbers[order]
        places = np.searchsorted(self._starts, ascending, side="right") - 1
        parts = []
        for place in np.unique(places):
            inside = ascending[places == place] - self._starts[place]
            parts.append(self._batches[place].select(positions).take(_indices(inside)))
            spend(parts[-1])
        return _restored(parts, order)


class FlatFiles:
    """The flat files used last, open. A file built anew has another inode. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[tuple[Path, int], FlatFile] = OrderedDict()

    def get(self, path: Path) -> FlatFile:
        """The file, opened unless it is open already."""
        key = (path, path.stat().st_ino)
        with self._lock:
            file = self._files.get(key)
        if file is None:
            file = FlatFile(path)
        with self._lock:
            self._files[key] = file
            self._files.move_to_end(key)
            while len(self._files) > MAX_FLAT_FILES:
                self._files.popitem(last=False)
        return file


_flat = FlatFiles()


def gather(
    rows: OpenRows, numbers: Numbers, keys: Sequence[str], texts: Sequence[str], spend: Spend
) -> pa.Table:
    """The values of the columns `keys` and the written text of `texts`, under `#text:` + key.

    `spend` is told of each part as it is read, and may raise where that becomes too much.
    """
    if not len(numbers):
        return _no_rows(rows, keys, texts)
    source = rows.source
    if source.flat is not None:
        names = [*keys, *(TEXT_PREFIX + key for key in texts)]
        return _flat.get(source.flat).take(numbers, names, spend)
    columns: dict[str, Any] = {}
    if keys:
        table = _from_groups(source.data, source.sheet.data, numbers, keys, spend)
        columns |= zip(keys, table.columns, strict=True)
    if texts and source.written is not None:
        table = _from_groups(source.written, source.sheet.written or "", numbers, texts, spend)
        columns |= zip((TEXT_PREFIX + key for key in texts), table.columns, strict=True)
    return pa.table(columns)


def _no_rows(rows: OpenRows, keys: Sequence[str], texts: Sequence[str]) -> pa.Table:
    fields = [(key, arrow_type(rows.columns[key].type)) for key in keys]
    fields += [(TEXT_PREFIX + key, pa.string()) for key in texts]
    schema = pa.schema(fields)
    return pa.Table.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def _from_groups(
    path: Path, blob_id: str, numbers: Numbers, keys: Sequence[str], spend: Spend
) -> pa.Table:
    file = _columnar.get(blob_id, path)
    order = np.argsort(numbers, kind="stable")
    ascending = numbers[order]
    parts: list[pa.RecordBatch] = []
    at = 0
    while at < len(ascending):
        group = file.group_of(int(ascending[at]))
        start, stop = file.group_range(group)
        end = int(np.searchsorted(ascending, stop, side="left"))
        for part in _from_group(file, group, ascending[at:end] - start, keys):
            spend(part)
            parts.append(part)
        at = end
    return _restored(parts, order)


def _from_group(
    file: ColumnarFile, group: int, inside: Numbers, keys: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    begun = 0
    for batch in file.decode(group, keys, file.fitting_rows(group, keys, BATCH_BYTES)):
        count = batch.num_rows
        here = inside[(inside >= begun) & (inside < begun + count)] - begun
        if len(here):
            yield batch.take(_indices(here))
        begun += count


def _restored(parts: list[pa.RecordBatch], order: Numbers) -> pa.Table:
    """The parts, which are ascending, in the order that was asked for."""
    table = pa.Table.from_batches(parts).combine_chunks()
    if np.all(order[:-1] < order[1:]):
        return table  # as the rows of a filter are: they were ascending already
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return table.take(_indices(back))


def _indices(numbers: Numbers) -> pa.Array[Any]:
    """Places as Arrow takes them. Handed over as they are, they would have it import pandas first:
    a quarter of a second for the first question to a process.
    """
    wide: Any = np.ascontiguousarray(numbers, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(wide), [None, pa.py_buffer(wide)])
