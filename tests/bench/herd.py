"""Two thousand watchers who all read the new page after a change: at once, and spread."""

from __future__ import annotations

import heapq
import json
import random
import selectors
import socket
import time
from pathlib import Path

from tests.bench.crowd import Crowd, Watcher, watching
from tests.bench.figures import Figure
from tests.bench.readers import percentile
from tests.bench.tables import csv_table
from tests.bench.watchers import cpu_seconds
from tests.client import API, Client
from tests.server import Server

WATCHERS = 2_000
ROWS = 20_000
LONGEST_S = 60.0


def run(folder: Path) -> list[Figure]:
    """A new revision each time, so that nobody finds its page ready."""
    figures: list[Figure] = []
    with Server(folder) as server, Client(server.url) as client:
        share = client.create_ready(csv_table(ROWS), "table.csv")
        for seed, spread in ((1, False), (2, True)):
            crowd = Crowd(server.port)
            crowd.join([watching([share.id])] * WATCHERS)
            client.upload(share, csv_table(ROWS, seed), "table.csv")
            path = f"{API}/shares/{share.id}/rows?limit=100&shape=arrays"
            herd = Herd(server.port, path, spread=spread)
            before = cpu_seconds(server.process)
            herd.read(crowd, seed + 1)
            used = cpu_seconds(server.process) - before
            crowd.close()
            figures += described(herd, spread, used)
    return figures


def described(herd: Herd, spread: bool, used: float) -> list[Figure]:
    """How long the herd waited."""
    name = f"{WATCHERS:,} read after a change, {'spread' if spread else 'all at once'}"
    times = sorted(herd.times)
    return [
        Figure(f"{name}, over", herd.spread_ms / 1000, "s"),
        Figure(f"{name}, median", percentile(times, 0.5) * 1e3, "ms"),
        Figure(f"{name}, p99", percentile(times, 0.99) * 1e3, "ms"),
        Figure(f"{name}, CPU of one", used / WATCHERS * 1e6, "µs"),
        Figure(f"{name}, not answered with 200", WATCHERS - len(times), "", at_most=0),
    ]


class Herd:
    """Those who heard of a revision, each with one request over a connection of its own."""

    def __init__(self, port: int, path: str, *, spread: bool) -> None:
        self.times: list[float] = []
        self.spread_ms = 0
        self._spread = spread
        self._address = ("127.0.0.1", port)
        self._request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode()
        self._chance = random.Random(7)
        self._selector = selectors.DefaultSelector()

    def read(self, crowd: Crowd, revision: int) -> None:
        """Wait for the revision, and have everyone read it as the frame asks."""
        told = f'"revision":{revision},'.encode()
        waiting = set(crowd.watchers)
        due: list[float] = []

        def hear(watcher: Watcher) -> None:
            if told in watcher.last and watcher in waiting:
                waiting.discard(watcher)
                heapq.heappush(due, time.perf_counter() + self._wait_s(watcher))

        crowd.on_change = hear
        ends = time.perf_counter() + LONGEST_S
        while len(self.times) < WATCHERS and time.perf_counter() < ends:
            if waiting:
                crowd.turn(0.001)
            while due and due[0] <= time.perf_counter():
                heapq.heappop(due)
                self._ask()
            self._answers(0.001)

    def _wait_s(self, watcher: Watcher) -> float:
        self.spread_ms = json.loads(watcher.last)["spread_ms"] if self._spread else 0
        return self._chance.uniform(0, self.spread_ms) / 1000

    def _ask(self) -> None:
        connection = socket.socket()
        begun = time.perf_counter()
        connection.connect(self._address)
        connection.sendall(self._request)
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, [begun, b""])

    def _answers(self, wait_s: float) -> None:
        for key, _ in self._selector.select(wait_s):
            connection: socket.socket = key.fileobj  # type: ignore[assignment]
            piece = connection.recv(1 << 18)
            key.data[1] += piece[: 20 - len(key.data[1])]
            if not piece:
                self._selector.unregister(connection)
                connection.close()
                if key.data[1].startswith(b"HTTP/1.1 200"):
                    self.times.append(time.perf_counter() - key.data[0])
