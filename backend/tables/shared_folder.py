"""A folder of files that several processes read, add to and remove from."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

UNFINISHED = re.compile(r"\.(?P<process>\d+)\.\d+\.part")
"""In the name of a file that is on its way, whatever its writer puts around that."""


def hold(path: Path) -> int | None:
    """Keep others from removing a file; None: it is not there. Call `let_go` with what it gives.

    The kernel lets go for a process that dies.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    # somebody removed it after it was opened and before it was held
    os.close(descriptor)
    return None


def let_go(descriptor: int) -> None:
    """Others may remove it from now on."""
    os.close(descriptor)


def remove_unless_held(path: Path, grave: Path) -> bool:
    """Rename a file to `grave`, for the caller to remove. False: some process holds it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A new name first: from here on somebody else may fetch it again.
        with suppress(FileNotFoundError):
            path.rename(grave)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def files_in(directory: Path, name: re.Pattern[str]) -> Iterator[tuple[float, str, int]]:
    """When each file of such a name was last used, its name and its size."""
    with os.scandir(directory) as found:
        for entry in found:
            if name.fullmatch(entry.name):
                with suppress(FileNotFoundError):
                    status = entry.stat()
                    yield max(status.st_atime, status.st_mtime), entry.name, status.st_size


def remove_abandoned(directory: Path) -> None:
    """Remove unfinished files, unless another living process is still writing them."""
    for path in directory.iterdir():
        if unfinished := UNFINISHED.search(path.name):
            owner = int(unfinished["process"])
            if owner == os.getpid() or not _is_alive(owner):
                path.unlink(missing_ok=True)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
