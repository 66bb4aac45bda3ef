"""Hearing of commits by looking: nothing is believed that may be old, and nothing is missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from backend.realtime.listening import Listener
from backend.realtime.polled import Polling

WAIT_S = 30.0


class Log:
    """What a store's log does, in memory."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.missed = False
        self.closed = 0
        self._read = 0

    def version(self) -> int:
        return len(self.told)

    def skip(self) -> None:
        self._read = len(self.told)

    def close(self) -> None:
        self.closed += 1

    def take(self) -> list[str] | None:
        news, self._read = self.told[self._read :], len(self.told)
        missed, self.missed = self.missed, False
        return None if missed else news


class Ears:
    """Who hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._more = asyncio.Event()

    async def hearing(self) -> None:
        self.hear("hearing")

    def deaf(self) -> None:
        self.hear("deaf")

    def hear(self, payload: str) -> None:
        self.heard.append(payload)
        self._more.set()

    async def until(self, *heard: str) -> None:
        """Return when these were heard last."""
        async with asyncio.timeout(WAIT_S):
            while self.heard[-len(heard) :] != list(heard):
                self._more.clear()
                await self._more.wait()


async def at_once(call: Callable[[], list[str] | None]) -> list[str] | None:
    """Instead of a thread."""
    return call()


def test_what_is_committed_is_heard_and_what_was_missed_begins_anew() -> None:
    async def run() -> list[str]:
        log, ears = Log(), Ears()
        log.told.append("before")
        source = Polling(lambda: log, at_once)
        listening = asyncio.create_task(Listener(source, ears).listen())
        assert not source.is_current()
        await ears.until("hearing")
        assert source.is_current()
        log.told += ["a", "b"]
        assert not source.is_current()
        await ears.until("a", "b")
        await asyncio.sleep(0)
        assert source.is_current()
        log.missed = True
        log.told.append("lost")
        await ears.until("deaf", "hearing")
        log.told.append("c")
        await ears.until("c")
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert not source.is_current()
        assert log.closed == 2
        return ears.heard

    assert asyncio.run(run()) == ["hearing", "a", "b", "deaf", "hearing", "c", "deaf"]
