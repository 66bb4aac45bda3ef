"""PostgreSQL is restarted under load: requests are put off at most, and nobody misses a change."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.client import API, Client, Created
from tests.conftest import StartServer
from tests.durability.waiting import eventually
from tests.postgres import PostgresServer, new_database, postgres_server
from tests.server import Server

CSV = b"a\n1\n"
WAIT_S = 60.0


class Load:
    """Requests of one kind, one after another, and what became of them."""

    def __init__(self, server: Server, request: Callable[[Client, int], int]) -> None:
        self.answers: Counter[int] = Counter()
        self.unforeseen: list[str] = []
        self._server = server
        self._request = request
        self.over = threading.Event()

    def run(self) -> None:
        """Go on until it is over."""
        with Client(self._server.url) as client:
            client.session.hooks["response"].append(self._look)
            for number in range(100_000):
                if self.over.is_set():
                    return
                self.answers[self._request(client, number)] += 1

    def _look(self, answer: object, **_: object) -> None:
        status, headers = answer.status_code, answer.headers  # type: ignore[attr-defined]
        if status >= 500 and not (status == 503 and "Retry-After" in headers):
            self.unforeseen.append(f"{status} {answer.text[:300]}")  # type: ignore[attr-defined]


class Watcher:
    """Follows a share over one node, and comes back when it is cut off."""

    def __init__(self, server: Server, share: Created) -> None:
        self.seq = 0
        self.backward = 0
        self.over = threading.Event()
        self._server = server
        self._share = share.id

    def run(self) -> None:
        """Go on until it is over."""
        with Client(self._server.url) as client:
            while not self.over.is_set():
                with suppress(ConnectionClosed, OSError), client.changes(self._share) as channel:
                    self._follow(channel)

    def _follow(self, channel: Any) -> None:
        while not self.over.is_set():
            with suppress(TimeoutError):
                self._take(json.loads(channel.recv(0.2)))

    def _take(self, frame: dict[str, Any]) -> None:
        told = frame["shares"][self._share] if frame["type"] == "hello" else frame
        seq = int(told.get("seq", self.seq))
        self.backward += seq < self.seq
        self.seq = max(seq, self.seq)


@dataclass(frozen=True)
class Share:
    """A share with what can be done to it over and over."""

    made: Created

    @property
    def path(self) -> str:
        """Its address."""
        return f"{API}/shares/{self.made.id}"

    def rename(self, client: Client, number: int) -> int:
        """Give it another title."""
        bearer = {"Authorization": f"Bearer {self.made.token}"}
        changed = {"title": f"title {number}"}
        return client.request("PATCH", self.path, json=changed, headers=bearer).status_code

    def upload(self, client: Client, number: int) -> int:
        """Make another one."""
        made = f"{API}/shares?filename=a.csv"
        return client.request("POST", made, data=b"a\n%d\n" % number).status_code

    def read(self, client: Client, _: int) -> int:
        """Read its rows."""
        return client.request("GET", f"{self.path}/rows").status_code

    def seq(self, client: Client) -> int:
        """Where it stands."""
        told = client.request("GET", f"{API}/changes?share={self.made.id}").json()
        return int(told["shares"][self.made.id]["seq"])


def restart(postgres: PostgresServer, loads: list[Load]) -> None:
    """Stop PostgreSQL until somebody has been put off, and start it again."""
    eventually(lambda: all(load.answers for load in loads), WAIT_S, "no load")
    postgres.stop()
    eventually(lambda: any(load.answers[503] for load in loads), WAIT_S, "nobody noticed")
    postgres.start()


def get_well(client: Client, share: Share) -> None:
    """Return when a node serves again, by itself."""
    eventually(
        lambda: client.request("GET", "/readyz").status_code == 200, WAIT_S, "it does not get well"
    )
    eventually(lambda: share.rename(client, 0) == 200, WAIT_S, "nothing can be changed")


@pytest.mark.noisy
def test_a_restart_of_postgresql_puts_requests_off_and_loses_no_change(
    start_server: StartServer,
) -> None:
    with postgres_server() as postgres, ExitStack() as stack:
        database = new_database(postgres)
        nodes = [start_server(database_url=database) for _ in range(2)]
        clients = [stack.enter_context(Client(node.url)) for node in nodes]
        share = Share(clients[0].create_ready(CSV, "a.csv"))
        loads = [
            Load(node, request)
            for node in nodes
            for request in (share.rename, share.upload, share.read)
        ]
        watchers = [Watcher(node, share.made) for node in nodes]
        pool = stack.enter_context(ThreadPoolExecutor(len(loads) + len(watchers)))
        for over in [one.over for one in loads] + [one.over for one in watchers]:
            stack.callback(over.set)
        running = [pool.submit(load.run) for load in loads]
        for watcher in watchers:
            pool.submit(watcher.run)
        restart(postgres, loads)
        begun = time.monotonic()
        for client in clients:
            get_well(client, share)
        healthy = time.monotonic() - begun
        for load, future in zip(loads, running, strict=True):
            load.over.set()
            future.result(WAIT_S)
        assert share.rename(clients[0], 1) == 200
        seq = share.seq(clients[0])
        eventually(lambda: {watcher.seq for watcher in watchers} == {seq}, WAIT_S, "one missed")
        sys.stdout.write(f"\nhealthy after {healthy:.1f} s; {[load.answers for load in loads]}\n")
        assert [told for load in loads for told in load.unforeseen] == []
        assert [watcher.backward for watcher in watchers] == [0, 0]
        for client in clients:
            made = client.upload(share.made, b"a\n2\n", "b.csv", headers={"Prefer": "wait=50"})
            assert made["state"] == "ready"
