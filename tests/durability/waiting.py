"""Waiting for what nobody announces."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import requests


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
