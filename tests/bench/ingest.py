"""Reading a large CSV, from its last byte to ready, against other ways to take the file in."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psutil

from tests.bench.figures import Figure
from tests.bench.peers import (
    timed,
    with_bare_sqlite,
    with_csvs_to_sqlite,
    with_duckdb,
    with_pandas,
)
from tests.client import API, Client, Created
from tests.server import Server

ROWS = int(os.environ.get("TABLECAST_BENCH_ROWS", "10000000"))
PEER_ROWS = ROWS // 10
COLUMNS = """
    i AS id,
    'customer number ' || (hash(i) % 50000) AS customer,
    ['north', 'south', 'east', 'west'][1 + i % 4] AS region,
    {amount} AS amount,
    hash(i + 2) % 100 AS quantity,
    {price} AS price,
    i % 3 > 0 AS paid,
    date '2020-01-01' + CAST(i % 2000 AS INTEGER) AS day,
    timestamp '2024-01-01 00:00:00' + INTERVAL (i % 86400) SECOND AS moment,
    format('{{:08d}}', i) AS code,
    ['', 'on time and complete, nothing to add', 'called back, wants another date in spring',
        'see the letter of Monday, third page', 'ørsted, 2nd floor, the door on the left'
    ][1 + i % 5] AS note,
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
    return [*figures_of(folder, "plain", PLAIN), *figures_of(folder, "12.50", WRITTEN)]


def figures_of(folder: Path, name: str, numbers: dict[str, str]) -> list[Figure]:
    """One file by us and by DuckDB; the slow peers take a tenth of it and are compared per row."""
    path, part = folder / "table.csv", folder / "part.csv"
    make_csv(path, ROWS, numbers)
    make_csv(part, PEER_ROWS, numbers)
    ours = read_by_us(folder / f"server-{name}", path)
    begun = time.process_time()
    duck = timed(with_duckdb, path, folder)
    duck_computing = time.process_time() - begun
    tenth = ours.ready_s / ROWS * PEER_ROWS
    pandas_s = timed(with_pandas, part, folder)
    inserted_s = timed(with_csvs_to_sqlite, part, folder)
    bare_s = timed(with_bare_sqlite, part, folder)
    size = path.stat().st_size / 1e9
    prefix = f"{ROWS:,} rows ({name}, {size:.1f} GB)"
    return [
        Figure(f"{prefix}, ours, upload", ours.upload_s, "s"),
        Figure(f"{prefix}, ours, last byte to ready", ours.ready_s, "s"),
        Figure(f"{prefix}, ours, last byte to ready, read only then", ours.late_s, "s"),
        Figure(f"{prefix}, ours, read again from the database", ours.again_s, "s"),
        Figure(f"{prefix}, DuckDB read_csv to Parquet", duck, "s"),
        Figure(f"{prefix}, last byte to ready / DuckDB", ours.ready_s / duck, "×", at_most=1.5),
        Figure(f"{prefix}, read only then / DuckDB", ours.late_s / duck, "×"),
        Figure(
            f"{prefix}, computing of a reading only then / DuckDB's",
            ours.late_computing_s / duck_computing,
            "×",
        ),
        Figure(f"{prefix}, read again / DuckDB", ours.again_s / duck, "×"),
        Figure(f"{prefix}, pandas in chunks to Parquet / ours", pandas_s / tenth, "×", at_least=4),
        Figure(f"{prefix}, csvs-to-sqlite's way / ours", inserted_s / tenth, "×", at_least=6),
        Figure(f"{prefix}, bare executemany of text / ours", bare_s / tenth, "×"),
        Figure(f"{prefix}, peak memory of all our processes", ours.peak, "MiB", at_most=700),
    ]


def make_csv(path: Path, rows: int, numbers: dict[str, str]) -> None:
    """A CSV of `rows` × 12."""
    with duckdb.connect() as connection:
        columns = COLUMNS.format(**numbers)
        source = f"SELECT {columns} FROM range({rows}) AS numbers(i)"
        connection.execute(f"COPY ({source}) TO '{path}' (HEADER)")


@dataclass(frozen=True, slots=True)
class Ours:
    """Seconds of the upload, from its end to ready, of a reading that begins only then, what that
    one computes in all processes, and of a second reading; memory in MiB."""

    upload_s: float
    ready_s: float
    late_s: float
    late_computing_s: float
    again_s: float
    peak: float


def read_by_us(folder: Path, path: Path) -> Ours:
    """Over HTTP. A first server begins to read with the last byte, as with a second large upload
    at the same time; another one reads while the file comes in."""
    peak = [0]
    late = Server(folder / "late", env={"TABLECAST_EARLY_READING_BYTES": str(2**40)})
    with late, Client(late.url) as client, watching(late, peak):
        share = send(client, path)
        begun, before = time.perf_counter(), computing(late)
        client.wait_ready(share.id, 1, timeout=900)
        late_s, late_computing_s = time.perf_counter() - begun, computing(late) - before
    server = Server(folder / "early")
    with server, Client(server.url) as client, watching(server, peak):
        begun = time.perf_counter()
        share = send(client, path)
        sent = time.perf_counter()
        client.wait_ready(share.id, 1, timeout=900)
        ready = time.perf_counter()
        client.session.post(
            f"{server.url}{API}/shares/{share.id}/revisions",
            json={"from_revision": 1, "options": {}},
            headers={"Authorization": f"Bearer {share.token}"},
        ).raise_for_status()
        client.wait_ready(share.id, 2, timeout=900)
        again = time.perf_counter()
    return Ours(
        sent - begun, ready - sent, late_s, late_computing_s, again - ready, peak[0] / 2**20
    )


def send(client: Client, path: Path) -> Created:
    """A share of this file, its last byte acknowledged."""
    with path.open("rb") as body:
        answer = client.session.post(
            f"{client.url}{API}/shares?filename=table.csv", data=body, timeout=900
        )
    return Created(answer.json()["id"], answer.json()["edit_token"], answer.json())


def computing(server: Server) -> float:
    """Seconds that the server and its children, those that have ended too, have computed."""
    own = psutil.Process(server.process.pid if server.process else 0).cpu_times()
    seconds = own.user + own.system + own.children_user + own.children_system
    for child in server.children():
        with suppress(psutil.Error):
            seconds += child.cpu_times().user + child.cpu_times().system
    return float(seconds)


@contextmanager
def watching(server: Server, peak: list[int]) -> Iterator[None]:
    """Notes the most memory that is held meanwhile."""
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(server, peak, done))
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


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
