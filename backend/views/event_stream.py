"""Server-sent events: the frames of the change channel over plain HTTP (WHATWG HTML, §9.2)."""

from __future__ import annotations

import asyncio
import random

from backend.services.following import GOING_AWAY, Frame, Outlet
from backend.views.base import BaseView

RETRY_MS = 2_000
"""How long a client waits after a connection that broke without a bye."""


class EventStream:
    """A channel that writes each frame as one event, until one of both ends goes away."""

    is_viewer = True

    def __init__(self, view: BaseView) -> None:
        self._view = view
        self._ended = asyncio.Event()
        self._is_chunked = view.request.version != "HTTP/1.0"
        self._outlet: Outlet | None = None

    def send(self, frame: Frame) -> bool:
        """Write one event; whether the socket can take another."""
        outlet, event = self._outlet, frame.event
        if outlet is None:
            outlet, event = self._begin(), b"retry: %d\n\n%b" % (RETRY_MS, event)
        if frame.told["type"] == "bye":
            # A browser knows no other way to be told when to come back.
            first, last = frame.told["retry_ms"]
            event = b"retry: %d\n%b" % (random.randint(first, last), event)
        return outlet.write(self._piece(event))

    async def drained(self) -> None:
        """Done when the socket can take another event."""
        if self._outlet is not None:
            await self._outlet.drained()

    def answers(self) -> bool:
        """Nobody can be asked; the kernel knows when what was sent is not taken."""
        return True

    def close(self, code: int) -> None:
        """End it: in order where the server goes, at once where the client does not read."""
        connection = self._view.request.connection
        if code != GOING_AWAY and connection is not None:
            connection.close()  # type: ignore[attr-defined]
        self._ended.set()

    async def until_ended(self) -> None:
        """Wait for the end, and say that it is one."""
        await self._ended.wait()
        if self._outlet is not None and self._is_chunked:
            self._outlet.write(self._piece(b""))

    def _begin(self) -> Outlet:
        self._view.set_header("Content-Type", "text/event-stream")
        # nginx holds answers back until it has a buffer full, unless it is told not to.
        self._view.set_header("X-Accel-Buffering", "no")
        if self._is_chunked:
            # Said here, the framework leaves the chunks to us as well.
            self._view.set_header("Transfer-Encoding", "chunked")
        self._view.flush()
        self._outlet = Outlet(self._view.request.connection.stream)  # type: ignore[union-attr]
        return self._outlet

    def _piece(self, event: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(event), event) if self._is_chunked else event
