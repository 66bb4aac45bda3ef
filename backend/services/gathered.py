"""Reads that come while another is under way are made as one: by the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

V = TypeVar("V")


class Gathered(Generic[V]):
    """Reads by key, one at a time. Thousands who return at once cost the database a few questions.

    What is given was read after it was asked for, never before.
    """

    def __init__(self, read: Callable[[list[str]], Awaitable[dict[str, V]]]) -> None:
        self._read = read
        self._wanted: set[str] = set()
        self._current: asyncio.Task[dict[str, V]] | None = None
        self._next: asyncio.Task[dict[str, V]] | None = None

    async def read(self, keys: Iterable[str]) -> dict[str, V]:
        """What there is of these keys, and perhaps of others. An error is everybody's."""
        self._wanted.update(keys)
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._current))
            # heard, even where everybody has left
            self._next.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._next)

    async def _read_after(self, other: asyncio.Task[dict[str, V]] | None) -> dict[str, V]:
        if other is not None:
            await asyncio.wait({other})
        wanted, self._wanted = self._wanted, set()
        self._current, self._next = self._next, None
        return await self._read(list(wanted))
