"""Columnar files held open, because reading the footer costs ten times what a page does."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.tables.columnar import text_bytes

MAX_OPEN_FILES = 64
MAX_FOOTER_BYTES = 16 * 1024 * 1024
"""Of all open files, as written; a parsed footer takes about 16 times that in memory."""


class ColumnarFile:
    """One open columnar file: where its rows and columns are, and how to decode them.

    Safe to use from several threads: each decoding has a reader of its own, all share one footer.
    """

    def __init__(self, source: Path | Callable[[], Any]) -> None:
        """Parse the footer. pyarrow.ArrowInvalid if it is not one, OSError if it cannot be read.

        `source` is a path, or opens a file to read from: one for each reader.
        """
        self._source = source
        self._lock = threading.Lock()
        self._idle: list[pq.ParquetFile] = []
        self._closed = False
        reader = _open(source, None)
        self._footer = reader.metadata
        self._idle.append(reader)
        groups = range(self._footer.num_row_groups)
        counts = (self._footer.row_group(group).num_rows for group in groups)
        self._starts = list(accumulate(counts, initial=0))
        names = reader.schema_arrow.names
        # By position: pyarrow takes a name with a dot for a path into a nested column.
        self._positions = {name: position for position, name in enumerate(names)}
        self._text_bytes = text_bytes(self._footer)

    @property
    def rows(self) -> int:
        """How many rows the file holds."""
        return self._starts[-1]

    @property
    def footer_bytes(self) -> int:
        """How large the footer is as written."""
        return int(self._footer.serialized_size)

    def __contains__(self, key: str) -> bool:
        return key in self._positions

    def group_of(self, row: int) -> int:
        """The row group that holds `row`."""
        return bisect_right(self._starts, row) - 1

    def group_range(self, group: int) -> tuple[int, int]:
        """The first row of a row group, and the one after its last."""
        return self._starts[group], self._starts[group + 1]

    def groups(self) -> Iterator[tuple[int, int, int]]:
        """Every row group that has rows: its number, its first row, and the one after its last."""
        for group, (start, stop) in enumerate(pairwise(self._starts)):
            if start < stop:
                yield group, start, stop

    def group_bytes(self, group: int, keys: Sequence[str]) -> int:
        """About how many bytes the columns of a row group take once decoded, or more."""
        description = self._footer.row_group(group)
        total = 0
        for key in keys:
            encoded = description.column(self._positions[key]).total_uncompressed_size
            total += max(encoded, self._text_bytes.get(key, 0))
        return total

    def whole_group_bytes(self, group: int) -> int:
        """The same for all columns together: one number of the footer, so it costs nothing."""
        encoded = int(self._footer.row_group(group).total_byte_size)
        return encoded + sum(self._text_bytes.values())

    def fitting_rows(self, group: int, keys: Sequence[str], max_bytes: int) -> int:
        """How many rows of a row group take at most so many bytes; at least one."""
        start, stop = self.group_range(group)
        fitting = (stop - start) * max_bytes // max(1, self.group_bytes(group, keys))
        return max(1, min(stop - start, fitting))

    def decode(self, group: int, keys: Sequence[str], batch_rows: int) -> Iterator[pa.RecordBatch]:
        """The columns `keys` of a row group in batches of at most `batch_rows` rows, in order.

        pyarrow.ArrowInvalid or OSError where the file is damaged.
        """
        positions = [self._positions[key] for key in keys]
        with self._reader() as reader:
            # One thread: two would save a third of a lone page and cost more under load.
            yield from reader.reader.iter_batches(
                batch_rows, row_groups=[group], column_indices=positions, use_threads=False
            )

    def close(self) -> None:
        """Close it; a decoding under way goes on to its end."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.close()

    @contextmanager
    def _reader(self) -> Iterator[pq.ParquetFile]:
        with self._lock:
            reader = self._idle.pop() if self._idle else None
        if reader is None:
            reader = _open(self._source, self._footer)
        try:
            yield reader
        finally:
            with self._lock:
                keep = not self._closed
                if keep:
                    self._idle.append(reader)
            if not keep:
                reader.close()


class OpenFiles:
    """The columnar files used last, open: so many, and so many bytes of footers. Thread-safe."""

    def __init__(
        self, max_files: int = MAX_OPEN_FILES, max_footer_bytes: int = MAX_FOOTER_BYTES
    ) -> None:
        self._max_files = max_files
        self._max_footer_bytes = max_footer_bytes
        self._lock = threading.Lock()
        self._files: OrderedDict[str, ColumnarFile] = OrderedDict()
        self._footer_bytes = 0

    def get(self, blob_id: str, source: Path | Callable[[], Any]) -> ColumnarFile:
        """The file of a blob, opened from `source` unless it is open already."""
        with self._lock:
            file = self._files.get(blob_id)
            if file is not None:
                self._files.move_to_end(blob_id)
                return file
        return self._keep(blob_id, ColumnarFile(source))

    def opened(self, blob_id: str) -> ColumnarFile | None:
        """The file of a blob if it is open; touches no disk."""
        with self._lock:
            return self._files.get(blob_id)

    def close(self, blob_id: str) -> None:
        """Close the file of a blob, if it is open."""
        with self._lock:
            file = self._files.pop(blob_id, None)
            if file is None:
                return
            self._footer_bytes -= file.footer_bytes
        file.close()

    def close_all(self) -> None:
        """Close every file."""
        for blob_id in list(self._files):
            self.close(blob_id)

    def __len__(self) -> int:
        return len(self._files)

    def _keep(self, blob_id: str, file: ColumnarFile) -> ColumnarFile:
        with self._lock:
            # Two threads may have opened it at once; the second one wins nothing.
            kept = self._files.setdefault(blob_id, file)
            self._files.move_to_end(blob_id)
            surplus = [file] if kept is not file else []
            if kept is file:
                self._footer_bytes += file.footer_bytes
            while self._is_full():
                _, oldest = self._files.popitem(last=False)
                self._footer_bytes -= oldest.footer_bytes
                surplus.append(oldest)
        for closing in surplus:
            closing.close()
        return kept

    def _is_full(self) -> bool:
        too_many = len(self._files) > self._max_files
        too_large = self._footer_bytes > self._max_footer_bytes
        return len(self._files) > 1 and (too_many or too_large)


def _open(source: Path | Callable[[], Any], footer: pq.FileMetaData | None) -> pq.ParquetFile:
    if callable(source):
        opened: Any = pa.PythonFile(source(), mode="r")
        return pq.ParquetFile(opened, metadata=footer, pre_buffer=False)
    # Plain reads are as fast as a memory map here, and a cut file is an error rather than SIGBUS.
    return pq.ParquetFile(source, metadata=footer, memory_map=False, pre_buffer=False)
