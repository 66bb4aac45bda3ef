"""The seed idea in its simplest form against ours: a whole file as Python lists in one process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.bench.figures import Figure
from tests.bench.load import wait_until_listening
from tests.bench.tables import csv_table
from tests.client import API, Client
from tests.server import Server, free_port

ROWS = 1_000_000


def run(folder: Path) -> list[Figure]:
    """Upload to first page, and the memory that a share of 1M rows then costs."""
    path = folder / "table.csv"
    path.write_bytes(csv_table(ROWS))
    seed_s, seed_bytes = _seed(path)
    our_s, our_bytes = _ours(folder, path)
    return [
        Figure("1M rows, upload to first page, seed idea", seed_s, "s"),
        Figure("1M rows, upload to first page, ours", our_s, "s"),
        Figure("1M rows, upload to first page, ours / seed", our_s / seed_s, "×"),
        Figure("1M rows, memory of the server after it, seed idea", seed_bytes / 2**20, "MiB"),
        Figure("1M rows, memory of the server after it, ours", our_bytes / 2**20, "MiB"),
        Figure("1M rows, memory, ours / seed", our_bytes / seed_bytes, "×", at_most=1.0),
    ]


def _seed(path: Path) -> tuple[float, int]:
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "tests.bench.seed_server", str(port)]
    with subprocess.Popen(command) as process, Client(address) as client:
        wait_until_listening(port)
        begun = time.perf_counter()
        client.session.post(address, data=path.read_bytes()).raise_for_status()
        page = json.loads(client.session.get(address + "?offset=0").content)
        taken = time.perf_counter() - begun
        assert len(page["rows"]) == 100
        memory = int(psutil.Process(process.pid).memory_info().rss)
        process.kill()
    return taken, memory


def _ours(folder: Path, path: Path) -> tuple[float, int]:
    with Server(folder / "ours") as server, Client(server.url) as client:
        begun = time.perf_counter()
        answer = client.session.post(
            f"{server.url}{API}/shares?filename=table.csv",
            data=path.read_bytes(),
            headers={"Prefer": "wait=60"},
        )
        page = client.page(answer.json()["id"])
        taken = time.perf_counter() - begun
        assert page["total"] == ROWS
        memory = server.memory()
    return taken, memory
