"""The first rows of a 1.5 GB CSV, of which only the first MiB has come."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.tables import csv_table
from tests.client import Client
from tests.server import Server
from tests.tus.speaking import begin, open_patch

SIZE = 1_500_000_000
MIB = 1024 * 1024
ROUNDS = 5


def run(folder: Path) -> list[Figure]:
    """From the moment the first MiB is sent, over a connection that then stands still."""
    beginning = csv_table(20_000)[:MIB]
    taken = []
    with Server(folder / "server") as server, Client(server.url) as client:
        for _ in range(ROUNDS):
            upload = begin(client, SIZE, filename="large.csv")
            with closing(open_patch(server, upload.path, 0, SIZE)) as connection:
                connection.send(beginning)
                taken.append(_seconds_to_rows(client, upload.path))
    name = "first rows of a 1.5 GB CSV after its first MiB, median"
    return [Figure(name, statistics.median(taken), "s", at_most=1.0)]


def _seconds_to_rows(client: Client, path: str) -> float:
    begun = time.perf_counter()
    while True:
        answer = client.request("GET", f"{path}/rows")
        if answer.status_code == 200 and answer.json()["sheets"][0]["rows"]:
            return time.perf_counter() - begun
        time.sleep(0.01)
