"""A columnar file read in parts out of the database, for a node that does not have it.

A page then costs the segments that hold the footer (once) and one row group, not the whole file.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

from backend.tables.byte_bounded import ByteBoundedCache

SEGMENT_CACHE_BYTES = 32 * 1024 * 1024

Segment = tuple[int, bytes]
"""Where it starts, and its bytes."""


class Ranges:
    """Bytes of blobs by position. Thread-safe if the functions are."""

    def __init__(
        self,
        size: Callable[[str], int],
        segment: Callable[[str, int], Segment],
        cache_bytes: int = SEGMENT_CACHE_BYTES,
    ) -> None:
        """`size` tells how large a blob is, `segment` brings the one with the byte at a position.

        Errors of both pass.
        """
        self.size = size
        self._segment = segment
        self._kept: ByteBoundedCache[tuple[str, int], bytes] = ByteBoundedCache(cache_bytes, len)
        self._fetched: dict[str, int] = {}

    def fetched(self, blob_id: str) -> int:
        """How many bytes were brought of a blob so far."""
        return self._fetched.get(blob_id, 0)

    def forget(self, blob_id: str) -> None:
        """The whole blob is on this node now."""
        self._fetched.pop(blob_id, None)

    def open(self, blob_id: str) -> RangedFile:
        """A blob as a file to read from."""
        return RangedFile(self, blob_id, self.size(blob_id))

    def bring(self, blob_id: str, position: int, starts: list[int]) -> Segment:
        """The segment with the byte at `position`; `starts` are the beginnings known already."""
        for start in starts:
            data = self._kept.get((blob_id, start)) if start <= position else None
            if data is not None and position < start + len(data):
                return start, data
        start, data = self._segment(blob_id, position)
        self._kept.put((blob_id, start), data)
        self._fetched[blob_id] = self.fetched(blob_id) + len(data)
        if start not in starts:
            starts.insert(0, start)
        return start, data


class RangedFile(io.RawIOBase):
    """A blob as a file. One thread at a time."""

    def __init__(self, ranges: Ranges, blob_id: str, size: int) -> None:
        self._ranges = ranges
        self._blob_id = blob_id
        self._size = size
        self._at = 0
        self._starts: list[int] = []

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def size(self) -> int:
        """How large the blob is."""
        return self._size

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._at + size)
        pieces = []
        while self._at < end:
            start, data = self._ranges.bring(self._blob_id, self._at, self._starts)
            piece = data[self._at - start : end - start]
            pieces.append(piece)
            self._at += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
