"""Files of this node that questions need, held for a moment longer than one question takes.

To hold a file is a look at the disk in another thread, and as much again to let it go: more than
to find the rows of a page. Whoever pages through a view asks for the same files at once again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import Generic, TypeVar

from backend.services.runner import Runner

V = TypeVar("V")

HELD_S = 1.0
"""So long whoever comes shares what is held. What others put beside it is seen after that."""


class _Holding(Generic[V]):
    """What is held under one key: `stack` lets go of it."""

    def __init__(self, stack: ExitStack, ready: asyncio.Future[V | None]) -> None:
        self.stack = stack
        self.ready = ready
        self.users = 0


class HeldFiles(Generic[V]):
    """Shares what is held among those who ask within a second. Lives on one event loop."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._holdings: dict[str, _Holding[V]] = {}
        self._releases: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def held(
        self, key: str, hold: Callable[[ExitStack], V | None]
    ) -> AsyncIterator[V | None]:
        """What `hold` gives, which stays until the block ends; its error is everybody's.

        `hold` is blocking, and enters what it holds into the stack; None: there is nothing.
        """
        holding = self._holdings.get(key) or self._begin(key, hold)
        holding.users += 1
        try:
            # a cancelled caller must not leave a thread that holds files for ever
            yield await asyncio.shield(holding.ready)
        finally:
            holding.users -= 1
            self._release_unless_used(key, holding)

    def forget(self, key: str) -> None:
        """Whoever comes next holds anew, because there is more now, or something was damaged."""
        holding = self._holdings.pop(key, None)
        if holding is not None:
            self._release_unless_used(key, holding)

    def close(self) -> None:
        """Let go of nothing any more: the process ends, and that does it."""
        self._closed = True

    def _begin(self, key: str, hold: Callable[[ExitStack], V | None]) -> _Holding[V]:
        stack = ExitStack()
        ready = asyncio.ensure_future(self._runner.run(hold, stack))
        holding = self._holdings[key] = _Holding[V](stack, ready)
        ready.add_done_callback(lambda _: self._is_ready(key, holding))
        return holding

    def _is_ready(self, key: str, holding: _Holding[V]) -> None:
        failed = holding.ready.cancelled() or holding.ready.exception() is not None
        if failed or holding.ready.result() is None:
            self._end(key, holding)
        else:
            asyncio.get_running_loop().call_later(HELD_S, self._end, key, holding)
            self._release_unless_used(key, holding)

    def _end(self, key: str, holding: _Holding[V]) -> None:
        if self._holdings.get(key) is holding:
            self.forget(key)

    def _release_unless_used(self, key: str, holding: _Holding[V]) -> None:
        is_wanted = holding.users or self._holdings.get(key) is holding
        if is_wanted or not holding.ready.done() or self._closed:
            return
        task = asyncio.ensure_future(self._runner.run(holding.stack.close))
        self._releases.add(task)
        task.add_done_callback(self._releases.discard)
