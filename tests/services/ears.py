"""A channel that hears what the hub says, and can be slow, silent or gone."""

from __future__ import annotations

import asyncio
from typing import Any

from backend.realtime.frames import Frame

TIMEOUT_S = 30


class Ears:
    """A channel that keeps what it is sent, and takes no more while it is `full`."""

    is_viewer = True

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.full = False
        self.empty = asyncio.Event()
        self.code: int | None = None
        self.lives = True
        self.happened = asyncio.Event()

    def send(self, frame: Frame) -> bool:
        if self.code is not None:
            raise ConnectionResetError
        self.frames.append(frame.told)
        self.happened.set()
        return not self.full

    async def drained(self) -> None:
        if self.full:
            await self.empty.wait()

    def answers(self) -> bool:
        return self.lives

    def close(self, code: int) -> None:
        self.code = code
        self.empty.set()
        self.happened.set()

    def read_on(self) -> None:
        self.full = False
        self.empty.set()

    def told(self, kind: str = "change") -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    async def hears(self, kind: str, number: int) -> list[dict[str, Any]]:
        """Wait until so many frames of a kind have come."""
        async with asyncio.timeout(TIMEOUT_S):
            while len(self.told(kind)) < number:
                self.happened.clear()
                await self.happened.wait()
        return self.told(kind)

    async def ends(self) -> None:
        """Wait until it is closed."""
        async with asyncio.timeout(TIMEOUT_S):
            while self.code is None:
                self.happened.clear()
                await self.happened.wait()

    async def hears_seq(self, seq: int) -> list[int]:
        """Wait until it is told of a seq; all that it was told by then."""
        while (seqs := [frame["seq"] for frame in self.told()])[-1:] != [seq]:
            await self.hears("change", len(seqs) + 1)
        return seqs
