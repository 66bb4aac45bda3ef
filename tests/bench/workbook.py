"""A workbook of 200,000 × 12 cells, from its last byte to ready, against pandas with openpyxl."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.peers import timed, with_openpyxl
from tests.client import API, Client
from tests.ingest.large_books import write_orders
from tests.server import Server

ROWS = min(200_000, int(os.environ.get("TABLECAST_BENCH_ROWS", "200000")))


def run(folder: Path) -> list[Figure]:
    """Ours over HTTP with a warm server, then theirs."""
    path = folder / "orders.xlsx"
    write_orders(path, ROWS)
    with Server(folder / "server") as server, Client(server.url) as client:
        client.create_ready(b"a\n1\n", "warm.csv")
        answer = client.session.post(
            f"{server.url}{API}/shares?filename=orders.xlsx", data=path.read_bytes()
        )
        begun = time.perf_counter()
        client.wait_ready(answer.json()["id"], 1, timeout=900)
        ours = time.perf_counter() - begun
    theirs = timed(with_openpyxl, path, folder)
    prefix = f"XLSX, {ROWS:,} × 12"
    return [
        Figure(f"{prefix}, ours from last byte to ready", ours, "s"),
        Figure(f"{prefix}, pandas.read_excel(engine='openpyxl')", theirs, "s"),
        Figure(f"{prefix}, pandas with openpyxl / ours", theirs / ours, "×", at_least=10),
    ]
