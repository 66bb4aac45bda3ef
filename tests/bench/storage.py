"""What a share takes up in the database, and how fast its bytes go in and out."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.tables import csv_table
from tests.client import API, Client
from tests.postgres import new_database, postgres_server
from tests.server import Server

SHARES = 100
SMALL_ROWS = 100
LARGE_ROWS = 1_000_000


def run(folder: Path) -> list[Figure]:
    """Small shares and a large one on SQLite; the large one on PostgreSQL, too."""
    large = csv_table(LARGE_ROWS)
    small = csv_table(SMALL_ROWS)
    with Server(folder / "sqlite") as server, Client(server.url) as client:
        client.create_ready(small, "small.csv")
        before = sizes(server)
        for seed in range(SHARES):
            client.create_ready(csv_table(SMALL_ROWS, seed), "small.csv")
        metadata, blobs = (now - then for now, then in zip(sizes(server), before, strict=True))
        before = sizes(server)
        figures = moved("SQLite", client, large)
        grown = sizes(server)[1] - before[1]
    with postgres_server() as postgres:
        url = new_database(postgres)
        with (
            Server(folder / "postgresql", database_url=url) as server,
            Client(server.url) as client,
        ):
            figures += moved("PostgreSQL", client, large)
    name = f"a share of {len(small) / 1000:.0f} kB"
    return [
        Figure(f"{name}, metadata", metadata / SHARES / 1000, "kB"),
        Figure(f"{name}, blobs", blobs / SHARES / 1000, "kB"),
        Figure(f"a CSV of {len(large) / 1e6:.0f} MB, stored / file", grown / len(large), "×"),
        *figures,
    ]


def moved(database: str, client: Client, large: bytes) -> list[Figure]:
    """How fast the bytes of a file are stored, and sent as they were uploaded."""
    begun = time.perf_counter()
    share = client.create(large, "large.csv")
    stored = time.perf_counter() - begun
    client.wait_ready(share.id, 1)
    begun = time.perf_counter()
    answer = client.request("GET", f"{API}/shares/{share.id}/revisions/1/original")
    assert answer.content == large
    sent = time.perf_counter() - begun
    return [
        Figure(f"{database}, original stored", len(large) / 1e6 / stored, "MB/s"),
        Figure(f"{database}, original sent", len(large) / 1e6 / sent, "MB/s"),
    ]


def sizes(server: Server) -> tuple[int, int]:
    """Bytes of the metadata file and of the blob file, nothing left in their logs."""
    found = []
    for name in ("tablecast", "blobs"):
        path = server.data_dir / f"{name}.sqlite3"
        with closing(sqlite3.connect(path, timeout=60)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found.append(path.stat().st_size)
    return found[0], found[1]
