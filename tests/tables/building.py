"""Builds the columnar files of a sheet out of plain Python values, as ingest would."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from backend.domain import Column, ColumnType, Sheet
from backend.tables.columnar import arrow_type, open_writer
from backend.tables.files import FileCache
from backend.tables.pages import PageReader

EXACT = 2**53
MIB = 1024 * 1024


@dataclass(frozen=True)
class Values:
    """One column to build: its values and, where they differ from it, the text as written."""

    key: str
    type: ColumnType
    values: Sequence[Any]
    written: Sequence[str | None] | None = None
    zoned: bool = False

    @property
    def column(self) -> Column:
        """What a revision would say of this column."""
        integers = self.type is ColumnType.INTEGER
        return Column(
            key=self.key,
            name=self.key.upper(),
            type=self.type,
            nulls=sum(value is None for value in self.values),
            exact=not integers or all(abs(value or 0) <= EXACT for value in self.values),
            written=self.written is not None,
        )


class BlobStore:
    """Stands for the database: brings blobs from files, and counts how often it was asked."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.fetched: list[str] = []

    def new(self) -> tuple[str, Path]:
        """A fresh blob id, and where its bytes go."""
        blob_id = f"{next(self._numbers):032x}"
        return blob_id, self.path(blob_id)

    def path(self, blob_id: str) -> Path:
        """Where the bytes of a blob are."""
        return self._directory / blob_id

    def fetch(self, blob_id: str, path: Path) -> None:
        """Bring a blob, as the real one does."""
        with self._lock:
            self.fetched.append(blob_id)
        shutil.copyfile(self.path(blob_id), path)


@dataclass
class Bench:
    """A blob store, a file cache and a page reader, wired as the application does it."""

    directory: Path
    row_group_cache_bytes: int = 16 * MIB
    max_page_bytes: int = 32 * MIB
    file_cache_bytes: int = 1024 * MIB
    store: BlobStore = field(init=False)
    files: FileCache = field(init=False)
    reader: PageReader = field(init=False)

    def __post_init__(self) -> None:
        self.store = BlobStore(self.directory / "store")
        self.files = FileCache(self.directory / "cache", self.file_cache_bytes)
        self.reader = PageReader(
            self.files,
            self.store.fetch,
            row_group_cache_bytes=self.row_group_cache_bytes,
            max_page_bytes=self.max_page_bytes,
        )

    def sheet(self, columns: Sequence[Values], *, group_rows: int = 1_000) -> Sheet:
        """Store a sheet with row groups of `group_rows` rows."""
        rows = len(columns[0].values) if columns else 0
        written = [column for column in columns if column.written is not None]
        return Sheet(
            index=0,
            name="Sheet 1",
            rows=rows,
            columns=tuple(column.column for column in columns),
            data=self._blob(
                {
                    column.key: pa.array(column.values, arrow_type(column.type, zoned=column.zoned))
                    for column in columns
                },
                group_rows,
            ),
            written=self._blob(
                {column.key: pa.array(column.written or (), pa.string()) for column in written},
                group_rows,
            )
            if written
            else None,
        )

    def _blob(self, arrays: dict[str, Any], group_rows: int) -> str:
        blob_id, path = self.store.new()
        table = pa.table(arrays)
        with open_writer(path, table.schema) as writer:
            for start in range(0, table.num_rows, group_rows):
                group = table.slice(start, group_rows)
                writer.write_table(group, row_group_size=max(1, len(group)))
        return blob_id
