"""A file that is still being written: read as it grows, up to the end that is announced one day."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

from backend.ingest.failure import ReadingError

LOOK_EVERY_S = 0.004
PIECE_BYTES = 1024 * 1024


class GrowingFile(io.RawIOBase):
    """Waits for bytes that have not come yet. Whoever writes them calls `announce_end`.

    Raises ReadingError when nothing comes for `idle_s`; then, and when the
    file turns out to have another size, the reading counts for nothing.
    """

    def __init__(self, path: Path, end: Path, *, idle_s: float) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._end = end
        self._idle_s = idle_s
        self._size: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all of it is known to be there."""
        return self._size is not None

    def wait_for_end(self) -> int:
        """The size of the whole file, once it is there."""
        while self._size is None:
            self.seek(0, io.SEEK_END)
            self._wait_for_more()
        return self._size

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as asked for, unless the file ends before."""
        wanted = PIECE_BYTES**3 if size is None or size < 0 else size
        pieces: list[bytes] = []
        while wanted:
            piece = self._file.read(min(wanted, PIECE_BYTES))
            if piece:
                pieces.append(piece)
                wanted -= len(piece)
            elif not self._wait_for_more():
                break
        return b"".join(pieces)

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        """To a place that has been read before."""
        return self._file.seek(place, whence)

    def tell(self) -> int:
        """The place of the next byte."""
        return self._file.tell()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        super().close()

    def _wait_for_more(self) -> bool:
        """Return when there is more to read; False at the end of the file."""
        at, patience = self._file.tell(), time.monotonic() + self._idle_s
        while time.monotonic() < patience:
            if self._size is None and self._end.exists():
                self._size = int(self._end.read_text())
            present = os.fstat(self._file.fileno()).st_size
            if present > at:
                return True
            if self._size is not None:
                break
            time.sleep(LOOK_EVERY_S)
        if self._size != at:
            raise ReadingError("corrupt_file", "The rest of the file did not come.")
        return False


def announce_end(end: Path, size: int) -> None:
    """Tell whoever reads a growing file that it is complete with so many bytes."""
    unseen = end.with_name(f".{end.name}")
    unseen.write_text(str(size))
    unseen.replace(end)
