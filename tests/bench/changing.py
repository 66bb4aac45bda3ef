"""The server, and in it someone who makes up changes: more than any database could commit."""

from __future__ import annotations

import asyncio
import os
import time

from backend.config import Config
from backend.domain import Change, What
from backend.realtime.hub import Hub
from tests.server import Server

SHARES = [f"made-up-{number}" for number in range(250)]
PER_SECOND = 1_000


class ChangingServer(Server):
    """A server whose made-up shares change all the time."""

    module = "tests.bench.changing"


async def change_on(hub: Hub) -> None:
    """Have the hub hear of a change each millisecond, of one share after another."""
    begun, number = time.monotonic(), 0
    while True:
        while number < (time.monotonic() - begun) * PER_SECOND:
            number += 1
            share_id = SHARES[number % len(SHARES)]
            hub.on_change(Change(share_id, number, 1, frozenset({What.SHARE})))
        await asyncio.sleep(0.001)


async def serve() -> None:
    """Serve until killed."""
    from backend.app import make_app
    from backend.processes import listen

    config = Config.from_env()
    app = make_app(config, None)
    await app.start(listen(config))
    await change_on(app.hub)


if __name__ == "__main__":
    os.environ["TABLECAST_LOG_LEVEL"] = "WARNING"
    asyncio.run(serve())
