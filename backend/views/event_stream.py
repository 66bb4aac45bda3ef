"""Server-sent events: the frames of the change channel over plain HTTP (WHATWG HTML, §9.2)."""

from __future__ import annotations

import asyncio
import random

import orjson

from backend.services.following import GOING_AWAY
from backend.views.base import BaseView

RETRY_MS = 2_000
"""How long a client waits after a connection that broke without a bye."""


class EventStream:
    """A channel that writes each frame as one event, until one of both ends goes away."""

    def __init__(self, view: BaseView) -> None:
        self._view = view
        self._ended = asyncio.Event()
        self._begun = False

    async def send(self, frame: bytes) -> None:
        """Write one event; done when the socket can take another."""
        if not self._begun:
            self._begin()
        if frame.startswith(b'{"type":"bye"'):
            # A browser knows no other way to be told when to come back.
            first, last = orjson.loads(frame)["retry_ms"]
            self._view.write(b"retry: %d\n" % random.randint(first, last))
        self._view.write(b"data: %b\n\n" % frame)
        await self._view.flush()

    def close(self, code: int) -> None:
        """End it: in order where the server goes, at once where the client does not read."""
        connection = self._view.request.connection
        if code != GOING_AWAY and connection is not None:
            connection.close()  # type: ignore[attr-defined]
        self._ended.set()

    async def until_ended(self) -> None:
        """Wait for the end."""
        await self._ended.wait()

    def _begin(self) -> None:
        self._begun = True
        self._view.set_header("Content-Type", "text/event-stream")
        # nginx holds answers back until it has a buffer full, unless it is told not to.
        self._view.set_header("X-Accel-Buffering", "no")
        self._view.write(b"retry: %d\n\n" % RETRY_MS)
