"""Bytes that can be had in parts: a blob, or a file that is open."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from backend.errors import NotFoundError
from backend.store.blobs import BlobStore

PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Download:
    """`read(start, end)` gives those bytes in pieces; take each in a thread. `close` it at last."""

    size: int
    read: Callable[[int, int], Iterator[bytes]]
    close: Callable[[], None] = lambda: None


def blob_download(blobs: BlobStore, blob_id: str) -> Download:
    """A blob, segment by segment: a part touches only the segments that hold it. Blocking."""
    blob = blobs.get(blob_id)
    if blob is None:
        raise NotFoundError("There is no such file.")
    return Download(blob.size, lambda start, end: blobs.read(blob_id, start, end - start))


def file_download(file: BinaryIO) -> Download:
    """A file that is open, and is closed with the download. Blocking."""

    def read(start: int, end: int) -> Iterator[bytes]:
        while start < end:
            piece = os.pread(file.fileno(), min(PIECE_BYTES, end - start), start)
            if not piece:
                raise OSError("the file has become shorter")
            start += len(piece)
            yield piece

    return Download(os.fstat(file.fileno()).st_size, read, file.close)
