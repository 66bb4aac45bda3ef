"""A poll: a channel that ends with its first news."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from backend.realtime.frames import Frame

GONE_SEQ = 0
"""What a client that knows of a share's end says as its seq."""


class Poll:
    """Gathers what a subscriber would be told into one answer, as soon as there is news in it.

    News is any share whose seq is not the one in `since`. Without `since`, hello is news enough.
    """

    is_viewer = False
    """Between two polls nobody is there: the number would never be still."""

    def __init__(self, since: Mapping[str, int] | None) -> None:
        self._since = since
        self._told = asyncio.Event()
        self._answer: dict[str, Any] = {}

    def send(self, frame: Frame) -> bool:
        """Take a frame in."""
        told = frame.told
        match told["type"]:
            case "hello" | "bye":
                self._answer = told
            case "change":
                self._take_change(told)
            case "viewers":
                self._answer["shares"][told["share"]]["viewers"] = told["viewers"]
        if self._is_news(told):
            self._told.set()
        return True

    async def drained(self) -> None:
        """A poll takes everything at once."""

    def answers(self) -> bool:
        """A poll is over soon enough."""
        return True

    def close(self, _code: int) -> None:
        """Answer with what there is."""
        self._told.set()

    async def answer(self, wait_s: float) -> bytes:
        """The hello (or bye) to answer with: at the first news, else after `wait_s` seconds."""
        try:
            async with asyncio.timeout(wait_s):
                await self._told.wait()
        except TimeoutError:
            pass
        return orjson.dumps(self._answer)

    def _take_change(self, told: Mapping[str, Any]) -> None:
        shares = self._answer["shares"]
        if "deleted" in told["what"]:
            shares[told["share"]] = {"gone": True}
        else:
            shares[told["share"]] |= {key: told[key] for key in ("seq", "revision")}
        self._answer["spread_ms"] = max(self._answer.get("spread_ms", 0), told["spread_ms"])

    def _is_news(self, told: Mapping[str, Any]) -> bool:
        if told["type"] == "bye" or self._since is None:
            return True
        shares: dict[str, dict[str, Any]] = self._answer.get("shares", {})
        return any(
            standing.get("seq", GONE_SEQ) != self._since.get(share_id)
            for share_id, standing in shares.items()
        )
