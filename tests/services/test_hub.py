"""What the hub takes for news."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from backend.config import Config
from backend.domain import Change, Standing, What
from backend.realtime.hub import Hub


class Ears:
    """A channel that keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []

    async def send(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame))

    def close(self, code: int) -> None:
        raise AssertionError(f"closed with {code}")


def told(*changes: Change) -> list[tuple[int, list[str]]]:
    """The changes one subscriber is told of when these are published one after another."""

    async def run() -> list[tuple[int, list[str]]]:
        ears = Ears()
        hub = Hub(standings, Config(change_interval_s=0.0))
        await hub.subscribe(ears, ["abc"])
        for change in changes:
            hub.on_change(change)
            await asyncio.sleep(0.01)
        return [(frame["seq"], sorted(frame["what"])) for frame in ears.frames[1:]]

    return asyncio.run(run())


async def standings(shares: Sequence[str]) -> dict[str, Standing | None]:
    return {share_id: Standing(seq=1, revision=1) for share_id in shares}


def change(seq: int, *what: What) -> Change:
    return Change("abc", seq, 1, frozenset(what))


def test_a_change_that_comes_by_two_ways_is_told_once() -> None:
    """This node's own word, and PostgreSQL's word of the same, come in either order."""
    assert told(change(2, What.SHARE), change(2, What.SHARE)) == [(2, ["share"])]


def test_an_older_change_is_told_with_the_latest_seq_where_it_says_something_else() -> None:
    assert told(change(3, What.PRESENTER), change(2, What.SHARE)) == [
        (3, ["presenter"]),
        (3, ["share"]),
    ]


def test_an_older_change_of_the_same_kind_says_nothing_new() -> None:
    assert told(change(3, What.SHARE), change(2, What.SHARE)) == [(3, ["share"])]


def test_of_two_kinds_only_the_unknown_one_is_told() -> None:
    assert told(change(2, What.SHARE), change(2, What.SHARE, What.REVISION)) == [
        (2, ["share"]),
        (2, ["revision"]),
    ]
