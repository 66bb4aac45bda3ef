"""The node's disk cache of columnar files, by blob id. The truth is in the database."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backend.tables import shared_folder

Fetch = Callable[[str, Path], None]
"""Writes the blob of an id to a path."""

BLOB_ID = re.compile(r"[0-9a-f]{8,128}")
MAGIC = b"PAR1"
HOLD_ATTEMPTS = 3
LOOK_AROUND_EVERY_S = 10.0


class DamagedFileError(Exception):
    """A columnar file that is not whole, even though it has just been made or fetched."""


def is_whole_parquet(path: Path) -> bool:
    """Whether a file begins and ends as a Parquet file does, so that it has not been cut."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return False
        if file.seek(0, os.SEEK_END) < 3 * len(MAGIC):
            return False
        file.seek(-len(MAGIC), os.SEEK_END)
        return file.read() == MAGIC


@dataclass(slots=True, eq=False)
class _Entry:
    """What is known of one file. `whole` means that it was looked at since we started."""

    arriving: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    size: int = 0
    whole: bool = False


class FileCache:
    """Columnar files in `directory`, the least recently used removed above `max_bytes`.

    A file in use is never removed, nor is the one used last: only these may exceed the bound.
    Other processes may share the directory: they count each other's files, those of the last ten
    seconds aside, and leave alone what another one uses. Thread-safe.
    """

    def __init__(
        self,
        directory: Path,
        max_bytes: int,
        is_whole: Callable[[Path], bool] = is_whole_parquet,
        least_bytes: int = 0,
    ) -> None:
        """A file counts as at least `least_bytes`, so that many small ones are bounded too."""
        self._directory = directory
        self._max_bytes = max_bytes
        self._is_whole = is_whole
        self._least_bytes = least_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0
        self._names = itertools.count()
        self._listeners: list[Callable[[str], None]] = []
        self._looked_at = 0.0
        directory.mkdir(parents=True, exist_ok=True)
        shared_folder.remove_abandoned(directory)
        self._look_around()
        self._trim()

    @property
    def bytes(self) -> int:
        """The size of all files kept."""
        return self._bytes

    def on_removed(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the id of each file removed, so that it can be closed."""
        self._listeners.append(listener)

    @contextmanager
    def open(self, blob_id: str, fetch: Fetch) -> Iterator[Path]:
        """The path of a blob's file, which stays there until the block ends.

        A file that is missing or cut is fetched, once for all who ask at the same time. Errors of
        `fetch` pass; DamagedFileError if it brought something that is not whole.
        """
        path = self._path(blob_id)
        entry = self._enter(blob_id)
        held = None
        try:
            with entry.arriving:
                held = self._hold(blob_id, entry, fetch)
            yield path
        finally:
            self._leave(blob_id, entry, held)

    @contextmanager
    def held(self, blob_id: str) -> Iterator[Path | None]:
        """The path of a file that is here, which stays there until the block ends; else None.

        Never waits for one that is on its way.
        """
        path = self._path(blob_id)
        entry = self._enter(blob_id)
        held = None
        try:
            if self._is_here(blob_id, entry):
                held = shared_folder.hold(path)
            yield None if held is None else path
        finally:
            self._leave(blob_id, entry, held)

    def adopt(self, blob_id: str, path: Path) -> None:
        """Move a file just made into the cache. DamagedFileError if it is not whole."""
        entry = self._enter(blob_id)
        try:
            with entry.arriving:
                unfinished = self._unfinished(blob_id)
                shutil.move(path, unfinished)
                self._settle(blob_id, entry, unfinished)
        finally:
            self._leave(blob_id, entry)

    def discard(self, blob_id: str) -> None:
        """Remove a file that proved damaged or whose blob is gone; the next use fetches it.

        Whoever has it open may read on.
        """
        path = self._path(blob_id)
        with self._lock:
            entry = self._entries.pop(blob_id, None)
            self._bytes -= entry.size if entry else 0
            path.unlink(missing_ok=True)
        self._tell([blob_id])

    def _path(self, blob_id: str) -> Path:
        # An id becomes a file name: nothing but hex may pass.
        if not BLOB_ID.fullmatch(blob_id):
            raise ValueError(f"not a blob id: {blob_id!r}")
        return self._directory / blob_id

    def _unfinished(self, blob_id: str) -> Path:
        return self._directory / f"{blob_id}.{os.getpid()}.{next(self._names)}.part"

    def _enter(self, blob_id: str) -> _Entry:
        self._path(blob_id)
        with self._lock:
            entry = self._entries.setdefault(blob_id, _Entry())
            entry.users += 1
            self._entries.move_to_end(blob_id)
            return entry

    def _hold(self, blob_id: str, entry: _Entry, fetch: Fetch) -> int | None:
        """Bring the file unless it is here, and keep other processes from removing it."""
        path = self._path(blob_id)
        held = shared_folder.hold(path) if entry.whole else None
        for _ in range(HOLD_ATTEMPTS):
            if held is not None:
                break
            self._bring(blob_id, entry, fetch)
            held = shared_folder.hold(path)
        return held

    def _leave(self, blob_id: str, entry: _Entry, held: int | None = None) -> None:
        if held is not None:
            shared_folder.let_go(held)
        with self._lock:
            entry.users -= 1
            if not entry.users and not entry.size and self._entries.get(blob_id) is entry:
                del self._entries[blob_id]
        self._trim()

    def _is_here(self, blob_id: str, entry: _Entry) -> bool:
        path = self._path(blob_id)
        if entry.whole:
            return path.exists()
        if not entry.arriving.acquire(blocking=False):
            return False
        try:
            return self._found(blob_id, entry, path)
        finally:
            entry.arriving.release()

    def _found(self, blob_id: str, entry: _Entry, path: Path) -> bool:
        """Whether a whole file was left by an earlier run, or put there by another process."""
        try:
            whole = self._is_whole(path)
        except FileNotFoundError:
            return False
        if whole:
            self._count(blob_id, entry, path.stat().st_size)
        return whole

    def _bring(self, blob_id: str, entry: _Entry, fetch: Fetch) -> None:
        if self._found(blob_id, entry, self._path(blob_id)):
            return
        unfinished = self._unfinished(blob_id)
        try:
            fetch(blob_id, unfinished)
            self._settle(blob_id, entry, unfinished)
        finally:
            unfinished.unlink(missing_ok=True)

    def _settle(self, blob_id: str, entry: _Entry, unfinished: Path) -> None:
        if not self._is_whole(unfinished):
            unfinished.unlink()
            raise DamagedFileError(f"the columnar file of blob {blob_id} is not whole")
        with unfinished.open("rb+") as file:
            # The bytes before the name: a power cut must not leave a named file full of zeros.
            os.fsync(file.fileno())
        size = unfinished.stat().st_size
        unfinished.replace(self._path(blob_id))
        self._count(blob_id, entry, size)
        self._look_around()

    def _count(self, blob_id: str, entry: _Entry, size: int) -> None:
        size = max(size, self._least_bytes)
        with self._lock:
            if self._entries.get(blob_id) is entry:
                self._bytes += size - entry.size
            entry.size = size
            entry.whole = True

    def _trim(self) -> None:
        removed: list[tuple[str, Path]] = []
        with self._lock:
            candidates = iter(list(self._entries.items())[:-1] if self._over() else ())
            while self._over() and (candidate := next(candidates, None)) is not None:
                blob_id, entry = candidate
                grave = self._unfinished(blob_id)
                if entry.users or not shared_folder.remove_unless_held(self._path(blob_id), grave):
                    continue
                del self._entries[blob_id]
                self._bytes -= entry.size
                removed.append((blob_id, grave))
        for _, grave in removed:
            grave.unlink(missing_ok=True)
        self._tell([blob_id for blob_id, _ in removed])

    def _over(self) -> bool:
        return self._bytes > self._max_bytes

    def _tell(self, blob_ids: list[str]) -> None:
        for blob_id in blob_ids:
            for listener in self._listeners:
                listener(blob_id)

    def _look_around(self) -> None:
        """Take note of what other processes, or an earlier run, have put here or removed."""
        now = time.monotonic()
        if self._looked_at and now - self._looked_at < LOOK_AROUND_EVERY_S:
            return
        self._looked_at = now
        found = sorted(shared_folder.files_in(self._directory, BLOB_ID), reverse=True)
        here = {blob_id for _, blob_id, _ in found}
        with self._lock:
            gone = [
                blob_id
                for blob_id, entry in self._entries.items()
                if entry.size and not entry.users and blob_id not in here
            ]
            for blob_id in gone:
                self._bytes -= self._entries.pop(blob_id).size
            for _, blob_id, size in found:
                if blob_id not in self._entries:
                    self._entries[blob_id] = _Entry(size=max(size, self._least_bytes))
                    self._entries.move_to_end(blob_id, last=False)
                    self._bytes += self._entries[blob_id].size
        self._tell(gone)
