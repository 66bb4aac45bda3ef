"""Work that several wait for is done once, and is given up when nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Flight(Generic[V]):
    task: asyncio.Task[V]
    waiting: int = 0


class SharedWork(Generic[K, V]):
    """Single flight. Lives on one event loop; keeps nothing once the work is done."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}

    def __contains__(self, key: K) -> bool:
        """Whether work of this key is under way."""
        return key in self._flights

    async def do(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What `work` gives, begun by the first who asks for `key` and shared by the others.

        Its error is everybody's. Whoever is cancelled leaves; the last one ends the work.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.ensure_future(work()))
            flight.task.add_done_callback(lambda task: self._land(key, task))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # whoever comes now begins anew, and does not wait for what is being given up
                self._flights.pop(key, None)
                flight.task.cancel()

    def _land(self, key: K, task: asyncio.Task[V]) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # heard, even where everybody has left
