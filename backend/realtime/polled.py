"""Hearing of commits by looking, many times a second, whether there were any."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from backend.errors import UnavailableError
from backend.realtime.listening import Hearer

LOOK_EVERY_S = 0.02
"""A look takes 8 microseconds, so that many a second cost a process 0.3 % of a core."""

NEVER = -1


class Log(Protocol):
    """What was committed, in order (`store.changes.ChangeLog`)."""

    def version(self) -> int: ...

    def skip(self) -> None: ...

    def take(self) -> list[str] | None: ...


class MissedError(Exception):
    """So much was committed meanwhile that some of it cannot be told any more."""


class Polling:
    """What a log tells. `run` runs what blocks in a thread."""

    def __init__(self, log: Log, run: Callable[..., Awaitable[list[str] | None]]) -> None:
        self._log = log
        self._run = run
        self._heard = NEVER

    async def hear(self, hearer: Hearer) -> None:
        """Look until something goes wrong. MissedError where there is more than the log keeps."""
        try:
            # What is committed between these two is told twice rather than not at all.
            version = self._log.version()
            await self._run(self._log.skip)
            self._heard = version
            await hearer.hearing()
            while True:
                await self._look(hearer)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._heard = NEVER

    def is_current(self) -> bool:
        """Whether nobody has committed anything since the last look."""
        try:
            return self._log.version() == self._heard
        except UnavailableError:
            return False

    async def _look(self, hearer: Hearer) -> None:
        version = self._log.version()
        if version == self._heard:
            return
        told = await self._run(self._log.take)
        if told is None:
            raise MissedError
        for payload in told:
            hearer.hear(payload)
        self._heard = version
