"""What a node makes of a sheet's files to answer faster: a cache that may vanish at any moment."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from backend.domain import RowQuery
from backend.tables.engine.orders import HEAD as ORDER_HEAD
from backend.tables.engine.orders import is_whole_order
from backend.tables.files import FileCache

LEAST_BYTES = 64 * 1024
"""What a file counts as at least: a view of three rows is a file too."""

ARROW_MAGIC = b"ARROW1"
DUCKDB_MAGIC = b"DUCK"
DUCKDB_MAGIC_AT = 8


def native_id(blob_id: str) -> str:
    """Under which id the native file of a sheet is kept."""
    return f"{blob_id}d1"


def flat_id(blob_id: str) -> str:
    """Under which id its flat file is kept."""
    return f"{blob_id}f0"


def order_id(blob_id: str, query: RowQuery) -> str:
    """Under which id the row numbers of a view are kept."""
    said = f"{blob_id}\n{query!r}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=32).hexdigest()


class DerivedFiles(FileCache):
    """Native, flat and order files, the least recently used removed above `max_bytes`."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        super().__init__(directory, max_bytes, is_whole_derived, LEAST_BYTES)


def is_whole_derived(path: Path) -> bool:
    """Whether a derived file is all there, as far as its two ends say."""
    with path.open("rb") as file:
        head = file.read(DUCKDB_MAGIC_AT + len(DUCKDB_MAGIC))
        if head.startswith(ORDER_HEAD):
            return is_whole_order(path)
        if head.startswith(ARROW_MAGIC):
            file.seek(-len(ARROW_MAGIC), os.SEEK_END)
            return file.read() == ARROW_MAGIC
        return head[DUCKDB_MAGIC_AT:] == DUCKDB_MAGIC
