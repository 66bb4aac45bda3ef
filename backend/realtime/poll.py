"""A poll: a channel that ends with its first news."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

GONE_SEQ = 0
"""What a client that knows of a share's end says as its seq."""


class Poll:
    """Gathers what a subscriber would be told into one answer, as soon as there is news in it.

    News is any share whose seq is not the one in `since`. Without `since`, hello is news enough.
    """

    def __init__(self, since: Mapping[str, int] | None) -> None:
        self._since = since
        self._told = asyncio.Event()
        self._answer: dict[str, Any] = {}

    async def send(self, frame: bytes) -> None:
        """Take a frame in."""
        told = orjson.loads(frame)
        if told["type"] == "change":
            self._take_change(told)
        elif told["type"] != "heartbeat":
            self._answer = told
        if self._is_news(told):
            self._told.set()

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
        gone = "deleted" in told["what"]
        standing = {"gone": True} if gone else {key: told[key] for key in ("seq", "revision")}
        self._answer["shares"][told["share"]] = standing
        self._answer["spread_ms"] = max(self._answer.get("spread_ms", 0), told["spread_ms"])

    def _is_news(self, told: Mapping[str, Any]) -> bool:
        if told["type"] == "bye" or self._since is None:
            return True
        shares: dict[str, dict[str, Any]] = self._answer.get("shares", {})
        return any(
            standing.get("seq", GONE_SEQ) != self._since.get(share_id)
            for share_id, standing in shares.items()
        )
