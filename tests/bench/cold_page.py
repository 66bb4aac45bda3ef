"""A cold page at the last offset of 1M rows against the first, over HTTP with empty caches."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.tables import csv_table
from tests.client import API, Client
from tests.server import Server

ROWS = 1_000_000
ROUNDS = 60
# Caches too small to keep anything: every page is found and decoded anew.
NO_CACHES = {"TABLECAST_PAGE_CACHE_BYTES": "1", "TABLECAST_ROW_GROUP_CACHE_BYTES": "1"}


def run(folder: Path) -> list[Figure]:
    """First and last page in turns; medians."""
    with Server(folder / "cold", env=NO_CACHES) as server, Client(server.url) as client:
        share = client.create_ready(csv_table(ROWS), "table.csv")
        address = f"{server.url}{API}/shares/{share.id}/revisions/1/rows?limit=100&offset="
        times: dict[int, list[float]] = {0: [], ROWS - 100: []}
        for offset in list(times) * 3:
            client.session.get(f"{address}{offset}")
        for _ in range(ROUNDS):
            for offset, taken in times.items():
                begun = time.perf_counter()
                answer = client.session.get(f"{address}{offset}")
                taken.append((time.perf_counter() - begun) * 1000)
                assert len(answer.json()["rows"]) == 100
    first, last = (statistics.median(taken) for taken in times.values())
    return [
        Figure("cold page over HTTP, first of 1M rows, median", first, "ms"),
        Figure("cold page over HTTP, last of 1M rows, median", last, "ms"),
        Figure("cold page, last / first", last / first, "×", at_most=1.2),
    ]
