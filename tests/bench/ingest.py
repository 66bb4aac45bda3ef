"""Reading a large CSV, from its last byte to ready, against other ways to take the file in."""

from __future__ import annotations

import csv
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pandas
import psutil

from tests.bench.figures import Figure
from tests.client import API, Client, Created
from tests.server import Server

ROWS = int(os.environ.get("TABLECAST_BENCH_ROWS", "10000000"))
PEER_ROWS = ROWS // 10
"""The slow peers take a tenth of the file; they are compared per row."""
COLUMNS = """
    i AS id,
    'customer ' || (hash(i) % 50000) AS customer,
    ['north', 'south', 'east', 'west'][1 + i % 4] AS region,
    {amount} AS amount,
    hash(i + 2) % 100 AS quantity,
    {price} AS price,
    i % 3 > 0 AS paid,
    date '2020-01-01' + CAST(i % 2000 AS INTEGER) AS day,
    timestamp '2024-01-01 00:00:00' + INTERVAL (i % 86400) SECOND AS moment,
    format('{{:08d}}', i) AS code,
    ['', 'on time', 'called back', 'see letter of Monday', 'ørsted, 2nd floor'][1 + i % 5] AS note,
    hash(i + 5) % 1000000000000000 AS reference
"""
PLAIN = {
    "amount": "(hash(i + 1) % 10000000) / 100.0",
    "price": "(hash(i + 3) % 1000000) / 10000.0",
}
WRITTEN = {
    "amount": "format('{:.2f}', (hash(i + 1) % 10000000) / 100.0)",
    "price": "format('{:.4f}', (hash(i + 3) % 1000000) / 10000.0)",
}


def run(folder: Path) -> list[Figure]:
    """One file of plain numbers, one whose every number is written like `12.50`; same peers."""
    plain, written, part = folder / "plain.csv", folder / "written.csv", folder / "part.csv"
    make_csv(plain, ROWS, PLAIN)
    make_csv(written, ROWS, WRITTEN)
    make_csv(part, PEER_ROWS, PLAIN)
    figures = [*against_duckdb(folder, plain, "plain"), *against_duckdb(folder, written, "12.50")]
    ours = figures[1].value / ROWS * PEER_ROWS
    in_chunks, inserted = timed(with_pandas, part, folder), timed(with_sqlite, part, folder)
    return [
        *figures,
        Figure("pandas in chunks to Parquet / ours, per row", in_chunks / ours, "×", at_least=4),
        Figure("insertion into SQLite / ours, per row", inserted / ours, "×", at_least=6),
    ]


def make_csv(path: Path, rows: int, numbers: dict[str, str]) -> None:
    """A CSV of `rows` × 12."""
    with duckdb.connect() as connection:
        columns = COLUMNS.format(**numbers)
        source = f"SELECT {columns} FROM range({rows}) AS numbers(i)"
        connection.execute(f"COPY ({source}) TO '{path}' (HEADER)")


def against_duckdb(folder: Path, path: Path, name: str) -> list[Figure]:
    """Ours over HTTP, then DuckDB's own reading of the same file."""
    ours, peak = read_by_us(folder / f"server-{name}", path)
    theirs = timed(with_duckdb, path, folder)
    size = path.stat().st_size / 1e9
    prefix = f"{ROWS:,} rows ({name}, {size:.1f} GB)"
    return [
        Figure(f"{prefix}, DuckDB read_csv to Parquet", theirs, "s"),
        Figure(f"{prefix}, ours from last byte to ready", ours, "s"),
        Figure(f"{prefix}, ours / DuckDB", ours / theirs, "×", at_most=1.5),
        Figure(f"{prefix}, peak memory of all our processes", peak, "MiB", at_most=700),
    ]


def read_by_us(folder: Path, path: Path) -> tuple[float, float]:
    """Seconds from the 201 to ready, and the most memory all processes held together, in MiB."""
    with Server(folder) as server, Client(server.url) as client:
        peak, done = [0], threading.Event()
        watcher = threading.Thread(target=watch, args=(server, peak, done))
        watcher.start()
        with path.open("rb") as body:
            answer = client.session.post(
                f"{server.url}{API}/shares?filename=table.csv", data=body, timeout=900
            )
        begun = time.perf_counter()
        share = Created(answer.json()["id"], answer.json()["edit_token"], answer.json())
        client.wait_ready(share.id, 1, timeout=900)
        taken = time.perf_counter() - begun
        done.set()
        watcher.join()
    return taken, peak[0] / 2**20


def watch(server: Server, peak: list[int], done: threading.Event) -> None:
    """Note the resident memory of the server and its children, every 50 ms."""
    while not done.wait(0.05):
        total = server.memory()
        for child in server.children():
            try:
                total += child.memory_info().rss
            except psutil.Error:
                continue
        peak[0] = max(peak[0], total)


def timed(read: Callable[[Path, Path], None], path: Path, folder: Path) -> float:
    """Seconds that a peer needs."""
    begun = time.perf_counter()
    read(path, folder)
    return time.perf_counter() - begun


def with_duckdb(path: Path, folder: Path) -> None:
    """DuckDB in its automatic mode, both cores."""
    with duckdb.connect() as connection:
        target = folder / "duckdb.parquet"
        connection.execute(f"COPY (FROM read_csv('{path}')) TO '{target}' (FORMAT parquet)")


def with_pandas(path: Path, folder: Path) -> None:
    """pandas in chunks of 100,000 rows, each written as Parquet."""
    for number, chunk in enumerate(pandas.read_csv(path, chunksize=100_000)):
        chunk.to_parquet(folder / f"pandas-{number}.parquet")


def with_sqlite(path: Path, folder: Path) -> None:
    """Rows inserted into an SQLite table in batches, as csvs-to-sqlite does."""
    with closing(sqlite3.connect(folder / "peer.sqlite3")) as connection, path.open() as file:
        reader: Iterator[list[str]] = csv.reader(file)
        header = next(reader)
        columns = ", ".join(f'"{name}"' for name in header)
        connection.execute(f"CREATE TABLE peer ({columns})")
        places = ", ".join("?" for _ in header)
        with connection:
            connection.executemany(f"INSERT INTO peer VALUES ({places})", reader)
