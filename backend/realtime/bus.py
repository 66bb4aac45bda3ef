"""Carries changes from where they were committed to everyone in the process who wants to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from backend.domain import Change

log = structlog.get_logger("tablecast.bus")

Listener = Callable[[Change], None]


class Bus(Protocol):
    """Publishing never fails a request: a lost change is repaired by the next hello."""

    def publish(self, change: Change) -> None: ...

    def listen(self, listener: Listener) -> None: ...


class LocalBus:
    """The bus within a process: listeners are called at once, in the order they came."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` on the event loop for every change from now on."""
        self._listeners.append(listener)

    def publish(self, change: Change) -> None:
        """Tell every listener. Call it on the event loop, after the commit."""
        for listener in self._listeners:
            try:
                listener(change)
            except Exception:  # noqa: BLE001 - one listener's failure is not another's
                log.exception("listener failed", share_seq=change.seq)
