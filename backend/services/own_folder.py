"""A folder of one process alone, for as long as it lives."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp


class OwnFolder:
    """A new folder below `among`, which several processes may share.

    It is locked while its process lives, and the kernel ends the lock with it: so whoever comes
    next knows what the dead have left, and removes that and nothing else. Blocking.
    """

    def __init__(self, among: Path) -> None:
        among.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._among = among
        with _one_after_another(among):
            for left in among.iterdir():
                if left.is_dir() and not _is_lived_in(left):
                    shutil.rmtree(left, ignore_errors=True)
            self._path = Path(mkdtemp(prefix=f"{os.getpid()}-", dir=among))
            self._lock = os.open(self._path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def folder(self, name: str) -> Path:
        """A folder in it, made if it is not there."""
        path = self._path / name
        path.mkdir(exist_ok=True)
        return path

    def others(self, inside: str) -> Iterator[Path]:
        """Files of this name in the folders of other processes; any may vanish."""
        for path in self._among.glob(f"*/{inside}"):
            if not path.is_relative_to(self._path):
                yield path

    def leave(self) -> None:
        """Remove it, in good order."""
        shutil.rmtree(self._path, ignore_errors=True)
        os.close(self._lock)


@contextmanager
def _one_after_another(among: Path) -> Iterator[None]:
    # Between its making and its locking a folder looks like one of the dead.
    with (among / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_lived_in(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
