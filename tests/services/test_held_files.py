"""What is held is shared for a second, and let go of once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from backend.services import held_files
from backend.services.held_files import HeldFiles
from backend.services.runner import Runner
from tests.services.test_shared_work import run


class Disk:
    """Something to hold, which counts."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.held = 0
        self.looks = 0
        self.there: str | None = "path"
        self.broken = False

    def hold(self, stack: ExitStack) -> str | None:
        """Hold it until the stack is closed."""
        stack.enter_context(self._holding())
        if self.broken:
            raise OSError("broken")
        return self.there

    @contextmanager
    def _holding(self) -> Iterator[None]:
        with self.changed:
            self.looks += 1
            self.held += 1
        try:
            yield
        finally:
            with self.changed:
                self.held -= 1
                self.changed.notify()


@pytest.fixture
def runner() -> Iterator[Runner]:
    """Two threads."""
    runner = Runner(2, "held")
    yield runner
    runner.close()


async def until_let_go(disk: Disk, looks: int) -> None:
    """Wait until nothing is held of what was looked at so often."""

    def wait() -> bool:
        with disk.changed:
            return disk.changed.wait_for(lambda: disk.looks == looks and not disk.held, 20)

    assert await asyncio.to_thread(wait)


def test_who_comes_soon_after_another_shares_what_is_held(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_files, "HELD_S", 0.3)

    async def test() -> None:
        disk, files = Disk(), HeldFiles[str](runner)
        for _ in range(3):
            async with files.held("a", disk.hold) as first, files.held("a", disk.hold) as second:
                assert (first, second) == ("path", "path")
        assert (disk.looks, disk.held) == (1, 1)
        await until_let_go(disk, 1)
        async with files.held("a", disk.hold):
            assert disk.looks == 2

    run(test())


def test_it_is_held_as_long_as_somebody_uses_it(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_files, "HELD_S", 0.01)

    async def test() -> None:
        disk, files = Disk(), HeldFiles[str](runner)
        async with files.held("a", disk.hold):
            await asyncio.sleep(0.1)
            assert disk.held == 1
            async with files.held("a", disk.hold):  # not the same any more: it was long ago
                assert disk.held == 2
        await until_let_go(disk, 2)

    run(test())


def test_what_is_forgotten_is_held_anew_and_let_go_of_by_its_last_user(runner: Runner) -> None:
    async def test() -> None:
        disk, files = Disk(), HeldFiles[str](runner)
        async with files.held("a", disk.hold) as first:
            files.forget("a")
            disk.there = "another"
            async with files.held("a", disk.hold) as second:
                assert (first, second, disk.held) == ("path", "another", 2)
        files.forget("a")
        files.forget("a")
        await until_let_go(disk, 2)

    run(test())


def test_nothing_and_errors_are_not_kept(runner: Runner) -> None:
    async def test() -> None:
        disk, files = Disk(), HeldFiles[str](runner)
        disk.there = None
        async with files.held("a", disk.hold) as found:
            assert found is None
        disk.there, disk.broken = "path", True
        for _ in range(2):
            with pytest.raises(OSError, match="broken"):
                async with files.held("a", disk.hold):
                    pass
        disk.broken = False
        async with files.held("a", disk.hold) as found:
            assert (found, disk.looks) == ("path", 4)
        files.forget("a")
        await until_let_go(disk, 4)

    run(test())


def test_who_is_cancelled_while_it_is_looked_for_leaves_nothing_held(runner: Runner) -> None:
    async def test() -> None:
        disk, files = Disk(), HeldFiles[str](runner)

        async def ask() -> None:
            async with files.held("a", disk.hold):
                await asyncio.sleep(30)

        asking = [asyncio.ensure_future(ask()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        files.forget("a")
        await until_let_go(disk, 1)

    run(test())
