"""Listens to what other processes tell of their commits, and says when it cannot hear.

There are two ways to hear of a commit: PostgreSQL sends word of it to a connection that listens
(`notified.py`), and into an SQLite file one has to look (`polled.py`).
"""

from __future__ import annotations

import asyncio
import random
from typing import Protocol

import structlog

log = structlog.get_logger("tablecast.listener")

RETRY_S = (0.1, 0.5)


class Hearer(Protocol):
    """Who wants to hear."""

    async def hearing(self) -> None:
        """From here on nothing is missed; what was told before may have been."""
        ...

    def deaf(self) -> None:
        """What is told from now on may be missed."""
        ...

    def hear(self, payload: str) -> None:
        """One change, as whoever committed it has told it."""
        ...


class Source(Protocol):
    """One way to hear of commits."""

    async def hear(self, hearer: Hearer) -> None:
        """Say `hearing`, then tell every change; ends, with or without an error, when it cannot."""
        ...

    def is_current(self) -> bool:
        """Whether nothing lies here that was told by somebody and not yet heard. Microseconds."""
        ...


class Listener:
    """Listens at a source, and begins anew when it breaks."""

    def __init__(self, source: Source, hearer: Hearer) -> None:
        self._source = source
        self._hearer = hearer
        self._attempt: asyncio.Task[None] | None = None

    def is_current(self) -> bool:
        """Whether all that has come was heard. Ask it only between `hearing` and `deaf`."""
        return self._source.is_current()

    def begin_anew(self) -> None:
        """Break off, and read everything again."""
        if self._attempt is not None:
            self._attempt.cancel()

    async def listen(self) -> None:
        """Listen until cancelled."""
        while True:
            self._attempt = asyncio.create_task(self._source.hear(self._hearer))
            try:
                await asyncio.wait({self._attempt})
            finally:
                self._attempt.cancel()
                (ended,) = await asyncio.gather(self._attempt, return_exceptions=True)
                self._hearer.deaf()
            log.warning("not listening to the database", reason=type(ended).__name__)
            await asyncio.sleep(random.uniform(*RETRY_S))
