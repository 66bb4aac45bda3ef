"""Both nodes behind nginx are restarted, one after the other, under load: nobody notices."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.client import API, SUBPROTOCOL, Client, Created
from tests.conftest import Seeded, StartServer
from tests.postgres import PostgresServer, new_database
from tests.proxy.nginx import Nginx
from tests.server import Server

ROWS = b"n,text\n" + b"".join(b"%d,row %d\n" % (n, n) for n in range(2_000))
READERS, WRITERS, WATCHERS = 8, 3, 6


@dataclass
class Load:
    """What the clients did and saw."""

    url: str
    share: Created
    over: asyncio.Event = field(default_factory=asyncio.Event)
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    uploaded: int = 1
    seen: dict[int, int] = field(default_factory=dict)
    """The head that each watcher has read last."""
    byes: int = 0

    async def ask(self, session: ClientSession, method: str, path: str, **more: Any) -> Any:
        """One request which has to succeed; its JSON."""
        kind = f"{method} {path.rpartition('/')[2].partition('?')[0]}"
        try:
            async with session.request(method, self.url + path, **more) as answer:
                body = await answer.read()
                if answer.status >= 400:
                    self.failures.append(f"{kind}: {answer.status} {body[:200]!r}")
                    return None
        except Exception as error:  # noqa: BLE001 - whatever a client may suffer
            self.failures.append(f"{kind}: {error!r}")
            return None
        self.answers[kind] += 1
        return json.loads(body)


@asynccontextmanager
async def client_of(url: str, number: int) -> AsyncIterator[ClientSession]:
    """A client with an address of its own, so that it has its own share of what nginx allows."""
    connector = TCPConnector(local_addr=(f"127.0.1.{number + 1}", 0))
    timeout = ClientTimeout(total=60)
    async with ClientSession(url, connector=connector, timeout=timeout) as session:
        yield session


async def read_on(load: Load, number: int, chance: random.Random) -> None:
    """Read pages: of the head, and pinned ones that nginx may have."""
    path = f"{API}/shares/{load.share.id}"
    async with client_of(load.url, number) as session:
        while not load.over.is_set():
            offset = chance.randrange(1_900)
            for asked in ("rows", f"revisions/1/rows?offset={offset}", "summary"):
                await load.ask(session, "GET", f"{path}/{asked}")
            await asyncio.sleep(0.02)


async def write_on(load: Load, number: int) -> None:
    """Rename the share and add revisions."""
    path = f"{API}/shares/{load.share.id}"
    headers = {"Authorization": f"Bearer {load.share.token}"}
    async with client_of(load.url, READERS + number) as session:
        while not load.over.is_set():
            title = {"title": f"{number} at {time.monotonic()}"}
            await load.ask(session, "PATCH", path, json=title, headers=headers)
            if number == 0:
                query = "?filename=rows.csv"
                body = {"data": b"n\n%d\n" % load.uploaded, "headers": headers}
                made = await load.ask(session, "POST", f"{path}/revisions{query}", **body)
                load.uploaded = made["number"] if made else load.uploaded
            await asyncio.sleep(0.05)


async def watch(load: Load, number: int) -> None:
    """Follow the share as a browser does: come back after a bye, read after every change."""
    address = load.url.replace("http", "ws", 1) + f"{API}/changes?share={load.share.id}"
    async with client_of(load.url, READERS + WRITERS + number) as session:
        while True:
            try:
                async with connect(address, subprotocols=[SUBPROTOCOL], proxy=None) as channel:  # type: ignore[list-item]
                    await listen(load, number, session, channel)
            except (ConnectionClosed, InvalidStatus, OSError):
                await asyncio.sleep(0.1)


async def listen(load: Load, number: int, session: ClientSession, channel: Any) -> None:
    """Read after hello and after every change, until the connection ends."""
    async for message in channel:
        frame = json.loads(message)
        if frame["type"] == "bye":
            load.byes += 1
            await asyncio.sleep(random.uniform(*frame["retry_ms"]) / 1000)
        elif frame["type"] in ("hello", "change"):
            standing = frame if frame["type"] == "change" else frame["shares"][load.share.id]
            headers = {"Tablecast-Seq": str(standing["seq"])}
            share = await load.ask(session, "GET", f"{API}/shares/{load.share.id}", headers=headers)
            if share is not None:
                load.seen[number] = share["head"]


async def until(holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Wait for something that has to happen."""
    deadline = time.monotonic() + 60
    while True:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)


async def roll(nodes: list[Server], nginx: Nginx) -> None:
    """Restart one node after the other, each when nginx uses all of them again.

    It leaves a node alone for two seconds after a refusal, for reads and for writes each.
    """
    for node in nodes:
        await asyncio.to_thread(node.restart)
        before = len(nginx.log_lines())

        def is_used(node: Server = node, before: int = before) -> bool:
            lines = nginx.log_lines()[before:]
            mine = [line for line in lines if f"node=127.0.0.1:{node.port} node_status=2" in line]
            return all(any(method in line for line in mine) for method in ('"GET ', '"PATCH '))

        await until(is_used, f"nginx does not use {node.port} again")


@pytest.fixture
def nodes(postgres: PostgresServer, start_server: StartServer) -> list[Server]:
    """Two nodes of this test's own."""
    database = new_database(postgres)
    env = {"TABLECAST_TRUSTED_PROXIES": "127.0.0.1"}
    return [start_server(database_url=database, env=env) for _ in range(2)]


def test_a_rolling_restart_fails_no_request_and_loses_no_watcher(
    nodes: list[Server], tmp_path: Path, seeded: Seeded
) -> None:
    with Nginx(tmp_path, [node.port for node in nodes]) as nginx, Client(nginx.url) as client:
        load = Load(nginx.url, client.create_ready(ROWS, "rows.csv"))
        asyncio.run(under_load(load, nodes, nginx, seeded))
        latest = client.wait_ready(load.share.id, load.uploaded)["number"]
    assert load.failures == []
    assert latest > 2
    assert load.byes >= WATCHERS // 2
    assert min(load.answers.values()) > 5


async def under_load(load: Load, nodes: list[Server], nginx: Nginx, seeded: Seeded) -> None:
    """Everyone at once, while the nodes are restarted; then all watchers have to be up to date."""
    async with AsyncExitStack() as stack:
        working = [
            *(read_on(load, number, seeded.random) for number in range(READERS)),
            *(write_on(load, number) for number in range(WRITERS)),
        ]
        watching = [asyncio.create_task(watch(load, number)) for number in range(WATCHERS)]
        stack.push_async_callback(end, watching)
        tasks = [asyncio.create_task(work) for work in working]
        for _ in range(seeded.rounds(1)):
            await until(lambda: len(load.seen) == WATCHERS, "not all watch")
            await roll(nodes, nginx)
        load.over.set()
        await asyncio.gather(*tasks)

        def all_see() -> bool:
            return set(load.seen.values()) == {load.uploaded}

        await until(all_see, f"watchers are behind {load.uploaded}: {load.seen}")


async def end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel what would go on for ever; an error in it comes out here."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, asyncio.CancelledError), result
