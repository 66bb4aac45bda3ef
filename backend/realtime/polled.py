"""Hearing of commits by looking, many times a second, whether there were any."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from backend.errors import UnavailableError
from backend.realtime.listening import Hearer

LOOK_EVERY_S = 0.02
"""A look takes 8 microseconds; with waking up for it, so many a second cost 1 % of a core."""

NEVER = -1


class Log(Protocol):
    """What was committed, in order (`store.changes.ChangeLog`)."""

    def version(self) -> int: ...

    def skip(self) -> None: ...

    def take(self) -> list[str] | None: ...

    def close(self) -> None: ...


class MissedError(Exception):
    """So much was committed meanwhile that some of it cannot be told any more."""


class Polling:
    """What a log tells, which is opened anew after each failure. `run` runs what blocks."""

    def __init__(
        self, open_log: Callable[[], Log], run: Callable[..., Awaitable[list[str] | None]]
    ) -> None:
        self._open_log = open_log
        self._run = run
        self._log: Log | None = None
        self._heard = NEVER

    async def hear(self, hearer: Hearer) -> None:
        """Look until something goes wrong. MissedError where there is more than the log keeps."""
        self._log = log = self._open_log()
        try:
            # What is committed between these two is told twice rather than not at all.
            version = log.version()
            await self._run(log.skip)
            self._heard = version
            await hearer.hearing()
            while True:
                await self._look(log, hearer)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._log, self._heard = None, NEVER
            log.close()

    def is_current(self) -> bool:
        """Whether nobody has committed anything since the last look."""
        try:
            return self._log is not None and self._log.version() == self._heard
        except UnavailableError:
            return False

    async def _look(self, log: Log, hearer: Hearer) -> None:
        version = log.version()
        if version == self._heard:
            return
        told = await self._run(log.take)
        if told is None:
            raise MissedError
        for payload in told:
            hearer.hear(payload)
        self._heard = version
