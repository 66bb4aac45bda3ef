"""Work that several wait for: done once, given up when all have left, never left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from backend.services.shared_work import SharedWork


class Counted:
    """Work that waits until it is let go, and counts how often it was begun and given up."""

    def __init__(self) -> None:
        self.begun = 0
        self.given_up = 0
        self.go = asyncio.Event()

    async def work(self) -> str:
        """Done when `go` is set."""
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return "done"


async def soon() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop of its own, for 30 seconds at most."""
    asyncio.run(asyncio.wait_for(test, 30))


def test_all_who_wait_share_one_piece_of_work() -> None:
    async def test() -> None:
        shared: SharedWork[str, str] = SharedWork()
        counted = Counted()
        waiting = [asyncio.ensure_future(shared.do("a", counted.work)) for _ in range(10)]
        await soon()
        counted.go.set()
        assert await asyncio.gather(*waiting) == ["done"] * 10
        assert counted.begun == 1
        await shared.do("a", counted.work)
        assert counted.begun == 2

    run(test())


def test_one_who_leaves_does_not_take_it_from_the_others() -> None:
    async def test() -> None:
        shared: SharedWork[str, str] = SharedWork()
        counted = Counted()
        leaves, stays = (asyncio.ensure_future(shared.do("a", counted.work)) for _ in range(2))
        await soon()
        leaves.cancel()
        await soon()
        assert leaves.cancelled()
        assert counted.given_up == 0
        counted.go.set()
        assert await stays == "done"

    run(test())


def test_the_last_who_leaves_ends_it_and_the_next_begins_anew() -> None:
    async def test() -> None:
        shared: SharedWork[str, str] = SharedWork()
        counted = Counted()
        waiting = [asyncio.ensure_future(shared.do("a", counted.work)) for _ in range(3)]
        await soon()
        for task in waiting:
            task.cancel()
        late = asyncio.ensure_future(shared.do("a", counted.work))
        await soon()
        assert (counted.begun, counted.given_up) in {(1, 0), (2, 1)}
        counted.go.set()
        assert await late == "done"

    run(test())


def test_an_error_is_told_to_everybody_and_kept_for_nobody() -> None:
    async def test() -> None:
        shared: SharedWork[str, str] = SharedWork()

        async def fails() -> str:
            await asyncio.sleep(0)
            raise ValueError("no")

        waiting = [asyncio.ensure_future(shared.do("a", fails)) for _ in range(3)]
        for task in waiting:
            with pytest.raises(ValueError, match="no"):
                await task
        counted = Counted()
        counted.go.set()
        assert await shared.do("a", counted.work) == "done"

    run(test())


def test_other_keys_are_other_work() -> None:
    async def test() -> None:
        shared: SharedWork[int, str] = SharedWork()
        counted = Counted()
        counted.go.set()
        await asyncio.gather(*(shared.do(key, counted.work) for key in range(3)))
        assert counted.begun == 3

    run(test())
