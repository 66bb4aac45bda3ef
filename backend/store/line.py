"""Processes that want to write to one SQLite file stand in line."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from backend.errors import UnavailableError


@contextmanager
def turn_among_processes(path: str, patience_s: float) -> Iterator[None]:
    """Hold the lock of the file `path` during the block; a process that dies lets go of it.

    Raises UnavailableError where that takes longer than `patience_s`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _wait(descriptor, patience_s)
    try:
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, patience_s: float) -> None:
    """The kernel wakes whoever waits, but knows no end of patience: a thread waits for us."""
    turn: Future[None] = Future()
    threading.Thread(target=_stand, args=(descriptor, turn), daemon=True).start()
    try:
        turn.result(patience_s)
    except TimeoutError:
        if turn.cancel():
            raise UnavailableError("The database is busy; try again in a moment.") from None


def _stand(descriptor: int, turn: Future[None]) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if turn.set_running_or_notify_cancel():
        turn.set_result(None)
    else:
        os.close(descriptor)
