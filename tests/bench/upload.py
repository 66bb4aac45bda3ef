"""The memory that a 1 GB upload adds to the server while it streams in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.bench.figures import Figure
from tests.client import API, Client
from tests.server import Server

SIZE = 1_000_000_000
PIECE = b"0123456789abcdef" * 65_536


def run(folder: Path) -> list[Figure]:
    """Peak resident memory of the server process during the upload, over what it had before."""
    with Server(folder / "upload") as server, Client(server.url) as client:
        client.create_ready(b"a\n1\n", "warm.csv")
        process = psutil.Process(server.process.pid if server.process else 0)
        before, peak, done = process.memory_info().rss, [0], threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                peak[0] = max(peak[0], process.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        begun = time.perf_counter()
        answer = client.session.post(f"{server.url}{API}/shares?filename=a.bin", data=_pieces())
        taken = time.perf_counter() - begun
        done.set()
        watcher.join()
        assert answer.json()["revision"]["size"] == SIZE
    return [
        Figure("1 GB upload", SIZE / 1e6 / taken, "MB/s"),
        Figure("1 GB upload, memory it adds", (peak[0] - before) / 2**20, "MiB", at_most=64),
    ]


def _pieces() -> Iterator[bytes]:
    left = SIZE
    while left:
        piece = PIECE[:left]
        yield piece
        left -= len(piece)
