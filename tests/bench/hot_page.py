"""A hot page of 100 × 12 against a bare Tornado handler that sends the same bytes."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.load import requests_per_second, wait_until_listening
from tests.bench.tables import csv_table
from tests.client import API, Client
from tests.server import Server, free_port

ROUNDS = 7
SECONDS = 1.5


def run(folder: Path) -> list[Figure]:
    """Both servers are asked in turns, so that a noisy moment hits both; the ratio of medians."""
    body_path = folder / "page.json"
    with Server(folder / "hot") as server, Client(server.url) as client:
        share = client.create_ready(csv_table(1_000), "table.csv")
        address = f"{server.url}{API}/shares/{share.id}/revisions/1/rows?limit=100&shape=arrays"
        body_path.write_bytes(client.session.get(address).content)
        port = free_port()
        bare = f"http://127.0.0.1:{port}/"
        command = [sys.executable, "-m", "tests.bench.bare", str(port), str(body_path)]
        with subprocess.Popen(command) as process:
            wait_until_listening(port)
            ours, theirs = [], []
            for _ in range(ROUNDS):
                theirs.append(requests_per_second(bare, SECONDS))
                ours.append(requests_per_second(address, SECONDS))
            process.kill()
    our_rate, bare_rate = statistics.median(ours), statistics.median(theirs)
    return [
        Figure("hot page, bare Tornado handler", bare_rate, "pages/s"),
        Figure("hot page, ours", our_rate, "pages/s"),
        Figure("hot page, ours / bare", our_rate / bare_rate, "×", at_least=0.8),
    ]
