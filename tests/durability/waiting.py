"""Waiting for what nobody announces, and what goes on beside a test meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import requests

JOIN_S = 60.0
"""What does not end by then is left to the limit of the test run."""


@contextmanager
def beside(work: Callable[[threading.Event], object]) -> Iterator[threading.Thread]:
    """The thread that does some work during the block; the event tells it to come to its end."""
    ending = threading.Event()
    thread = threading.Thread(target=work, args=(ending,))
    thread.start()
    try:
        yield thread
    finally:
        ending.set()
        thread.join(JOIN_S)


def eventually(
    condition: Callable[[], object], timeout: float, what: str, every: float = 0.02
) -> None:
    """Look again and again until it holds; an AssertionError with `what` when it never does."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout:.0f} s in vain: {what}"
        pause.wait(every)


def noticed(condition: Callable[[], object], timeout: float) -> bool:
    """The same for what may not come; also false when the server has gone meanwhile."""
    with suppress(AssertionError, requests.RequestException):
        eventually(condition, timeout, "", every=0.002)
        return True
    return False
