"""A thousand readers of two hundred shares while ten uploads are read: errors, waiting, memory."""

from __future__ import annotations

import heapq
import itertools
import os
import random
import selectors
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from backend.config import Config
from tests.bench.figures import Figure
from tests.bench.ingest import watch
from tests.bench.tables import csv_table
from tests.client import API, Client
from tests.server import Server

SECONDS = float(os.environ.get("TABLECAST_BENCH_SECONDS", "60"))
READERS = 1_000
SHARES = 200
ROWS = 5_000
UPLOADS = 10
UPLOAD_ROWS = 200_000
PAUSE_S = (0.5, 1.5)
"""A reader looks at a page for a while before the next one."""
SPARE = 64 * 2**20
"""What a process may gain beside its caches: connections, buffers, what the allocator keeps."""
VIEWS = ("sort=-amount", "region__eq=north&amount__gte=500", "q=monday", "sort=note,-id")


def run(folder: Path) -> list[Figure]:
    """The readers come first, then the uploads; everything counts from the first request on."""
    server = Server(folder / "readers")
    with server, Client(server.url) as client:
        with ThreadPoolExecutor(4) as pool:
            shares = list(pool.map(lambda seed: make_share(server, seed), range(SHARES)))
        client.request("GET", f"{API}/shares/{shares[0]}/summary").raise_for_status()
        peak, done = [0], threading.Event()
        before, alone = sum(memory(server)), [0]
        watcher = threading.Thread(target=watch, args=(server, peak, done))
        own = threading.Thread(target=watch_server, args=(server, alone, done))
        before_alone = server.memory()
        for thread in (watcher, own):
            thread.start()
        crowd = Crowd(server.port, shares)
        table = csv_table(UPLOAD_ROWS)
        with ThreadPoolExecutor(UPLOADS) as pool:
            uploads = [
                pool.submit(upload_when, server, table, SECONDS * number / UPLOADS / 2)
                for number in range(UPLOADS)
            ]
            crowd.read(SECONDS)
            states = [upload.result() for upload in uploads]
        done.set()
        for thread in (watcher, own):
            thread.join()
    return figures(crowd, states, alone[0] - before_alone, peak[0] - before)


def figures(crowd: Crowd, states: list[str], alone: int, everything: int) -> list[Figure]:
    """What was seen, beside what was promised."""
    plain, views = sorted(crowd.plain), sorted(crowd.views)
    config = Config()
    caches = config.page_cache_bytes + config.row_group_cache_bytes + config.summary_cache_bytes
    name = f"{READERS:,} readers, {SHARES} shares, {SECONDS:g} s"
    return [
        Figure(f"{name}, answers a second", (len(plain) + len(views)) / SECONDS, "1/s"),
        Figure(f"{name}, answers of 5xx", crowd.broken, "", at_most=0),
        Figure(f"{name}, other than 200 and 304", crowd.strange, "", at_most=0),
        Figure(f"{name}, connections lost", crowd.lost, "", at_most=0),
        Figure(f"{name}, pages, median", statistics.median(plain) * 1_000, "ms"),
        Figure(f"{name}, pages, p99", percentile(plain, 0.99) * 1_000, "ms"),
        Figure(f"{name}, views, median", statistics.median(views) * 1_000, "ms"),
        Figure(f"{name}, views, p99", percentile(views, 0.99) * 1_000, "ms"),
        Figure(f"{name}, uploads not ready", states.count("failed"), "", at_most=0),
        Figure(
            f"{name}, memory gained by the server",
            alone / 2**20,
            "MiB",
            at_most=(caches + SPARE) / 2**20,
        ),
        Figure(f"{name}, memory gained by all processes", everything / 2**20, "MiB"),
    ]


def percentile(ascending: list[float], part: float) -> float:
    """The value that this part of all lies at or below."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))]


class Crowd:
    """Readers that each keep one connection, ask for a page, look at it, and ask for another."""

    def __init__(self, port: int, shares: list[str]) -> None:
        self.plain: list[float] = []
        self.views: list[float] = []
        self.broken = self.strange = self.lost = 0
        self._chance = random.Random(7)
        self._address = ("127.0.0.1", port)
        self._shares = shares
        self._tags: dict[str, str] = {}
        self._selector = selectors.DefaultSelector()
        self._resting: list[tuple[float, int, Reader]] = []
        self._numbers = itertools.count()

    def read(self, seconds: float) -> None:
        """Let all of them read for so long."""
        now = time.perf_counter()
        for _ in range(READERS):
            self._rest(Reader(self._connect()), now + self._chance.uniform(0, PAUSE_S[1]))
        ends = now + seconds
        while (now := time.perf_counter()) < ends:
            while self._resting and self._resting[0][0] <= now:
                self._ask(heapq.heappop(self._resting)[2])
            pause = min(ends, self._resting[0][0] if self._resting else ends) - now
            for key, _ in self._selector.select(max(0.0, pause)):
                self._take(key.data)
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        for _, _, reader in self._resting:
            reader.socket.close()

    def _connect(self) -> socket.socket:
        return socket.create_connection(self._address)

    def _rest(self, reader: Reader, until: float) -> None:
        heapq.heappush(self._resting, (until, next(self._numbers), reader))

    def _ask(self, reader: Reader) -> None:
        path = f"{API}/shares/{self._chance.choice(self._shares)}"
        pinned = "/revisions/1" * (self._chance.random() < 0.7)
        offset = self._chance.randrange(ROWS // 100) * 100
        reader.is_view = self._chance.random() < 0.1
        query = f"{self._chance.choice(VIEWS)}&" * reader.is_view + f"offset={offset}&limit=100"
        reader.target = f"{path}{pinned}/rows?{query}"
        reader.ask(self._tags.get(reader.target))
        self._selector.register(reader.socket, selectors.EVENT_READ, reader)

    def _take(self, reader: Reader) -> None:
        try:
            whole = reader.take()
        except ConnectionError:
            self.lost += 1
            self._selector.unregister(reader.socket)
            reader.socket.close()
            self._rest(Reader(self._connect()), time.perf_counter() + PAUSE_S[1])
            return
        if whole:
            self._selector.unregister(reader.socket)
            self._note(reader)
            self._rest(reader, time.perf_counter() + self._chance.uniform(*PAUSE_S))

    def _note(self, reader: Reader) -> None:
        (self.views if reader.is_view else self.plain).append(time.perf_counter() - reader.asked)
        self.broken += reader.status >= 500
        self.strange += reader.status not in (200, 304) and reader.status < 500
        if reader.tag:
            self._tags[reader.target] = reader.tag


class Reader:
    """One connection and the answer that is on its way over it."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.target, self.tag, self.is_view = "", "", False
        self.status = 0
        self.asked = 0.0
        self._head = b""
        self._missing = 0

    def ask(self, tag: str | None) -> None:
        """Send a request, with what is known of an earlier answer to the same."""
        known = f"If-None-Match: {tag}\r\n" if tag else ""
        self._head, self._missing, self.status = b"", 0, 0
        self.asked = time.perf_counter()
        request = f"GET {self.target} HTTP/1.1\r\nHost: bench\r\n{known}\r\n"
        self.socket.sendall(request.encode())

    def take(self) -> bool:
        """Take what has come; whether the answer is whole. ConnectionError at an early end."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionResetError
        if self.status:
            self._missing -= len(piece)
            return self._missing <= 0
        self._head += piece
        head, separator, body = self._head.partition(b"\r\n\r\n")
        if not separator:
            return False
        self.status = int(head[9:12])
        headers = dict(
            line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
        )
        self.tag = headers.get(b"etag", b"").decode()
        length = 0 if self.status == 304 else int(headers.get(b"content-length", b"0"))
        self._missing = length - len(body)
        return self._missing <= 0


def make_share(server: Server, seed: int) -> str:
    """A share of its own table, ready."""
    with Client(server.url) as client:
        return client.create_ready(csv_table(ROWS, seed), "table.csv").id


def upload_when(server: Server, table: bytes, wait_s: float) -> str:
    """Upload a larger table after a while; the state its revision ends in."""
    threading.Event().wait(wait_s)
    with Client(server.url) as client:
        share = client.create(table, "large.csv")
        return str(client.wait_settled(share.id, 1, timeout=600)["state"])


def memory(server: Server) -> list[int]:
    """Resident bytes of the server and of each process that it has started."""
    return [server.memory(), *(child.memory_info().rss for child in server.children())]


def watch_server(server: Server, peak: list[int], done: threading.Event) -> None:
    """Note the resident memory of the server alone."""
    while not done.wait(0.05):
        peak[0] = max(peak[0], server.memory())
