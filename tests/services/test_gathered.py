"""Reads made as one: none is older than its question, and one's error or end is nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from backend.services.gathered import Gathered


class Shelf:
    """Something slow to read, which notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.values = {"a": 1, "b": 1, "c": 1}
        self.open = asyncio.Event()
        self.fails = False

    async def read(self, keys: list[str]) -> dict[str, int]:
        self.asked.append(set(keys))
        found = {key: self.values[key] for key in keys if key in self.values}
        await self.open.wait()
        if self.fails:
            raise ConnectionError
        return found


def test_those_who_ask_meanwhile_are_read_for_together_and_anew() -> None:
    async def run() -> None:
        shelf = Shelf()
        gathered = Gathered(shelf.read)
        first = asyncio.create_task(gathered.read(["a"]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        shelf.values["a"] = 2
        others = [asyncio.create_task(gathered.read([key])) for key in ("a", "b", "none")]
        await asyncio.sleep(0)
        shelf.open.set()
        assert (await first)["a"] == 1
        assert [(await other).get("a") for other in others] == [2, 2, 2]
        assert shelf.asked == [{"a"}, {"a", "b", "none"}]

    asyncio.run(run())


def test_an_error_is_told_to_those_who_wait_and_the_next_read_is_made() -> None:
    async def run() -> None:
        shelf = Shelf()
        shelf.fails = True
        shelf.open.set()
        gathered = Gathered(shelf.read)
        failing = [asyncio.create_task(gathered.read(["a"])) for _ in range(2)]
        for each in failing:
            with pytest.raises(ConnectionError):
                await each
        shelf.fails = False
        assert await gathered.read(["b"]) == {"b": 1}

    asyncio.run(run())


def test_who_leaves_takes_the_answer_from_nobody() -> None:
    async def run() -> None:
        shelf = Shelf()
        gathered = Gathered(shelf.read)
        leaving, staying = (asyncio.create_task(gathered.read(["a"])) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        shelf.open.set()
        assert await staying == {"a": 1}

    asyncio.run(run())
