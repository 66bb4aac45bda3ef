"""A page of 100 rows × 2,000 columns over HTTP: 200,000 cells, some two megabytes of JSON.

`cold`: nothing is kept, so a row group is decoded, converted, encoded and, where asked for,
compressed each time. `hot`: the encoded page is kept. Both read by a client that parses no JSON.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from http.client import HTTPConnection
from pathlib import Path

from tests.bench.cold_page import NO_CACHES
from tests.bench.figures import Figure
from tests.client import API, Client
from tests.server import Server

COLUMNS = 2_000
ROWS = 2_000
ROUNDS = 3
WAYS = [("objects", "identity"), ("arrays", "identity"), ("objects", "gzip"), ("arrays", "gzip")]
BOUNDED = ("objects", "identity")


def run(folder: Path) -> list[Figure]:
    """In turns, so that a noisy moment hits all of them; medians."""
    with Server(folder / "cold", env=NO_CACHES) as server:
        figures = figures_of(server, "cold")
    with Server(folder / "hot") as server:
        return [*figures, *figures_of(server, "hot")]


def figures_of(server: Server, kind: str) -> list[Figure]:
    """Pages from everywhere in the table."""
    with Client(server.url) as client:
        share = client.create_ready(wide_table(), "wide.csv")
    path = f"{API}/shares/{share.id}/revisions/1/rows?limit=100"
    addresses = [f"{path}&offset={offset}" for offset in range(0, ROWS, 300)]
    if kind == "hot":
        addresses = addresses[:2]
    taken: dict[tuple[str, str], list[float]] = {way: [] for way in WAYS}
    sizes: dict[tuple[str, str], int] = {}
    for times in range(ROUNDS + 1):
        for way in WAYS:
            milliseconds, sizes[way] = asked(server, addresses, *way)
            taken[way] += milliseconds if times else []
    return [
        Figure(
            f"page of 100 × 2,000, {kind}, {shape}, {coding}, {sizes[shape, coding] / 1e6:.1f} MB",
            statistics.median(taken[shape, coding]),
            "ms",
            at_most=50 if kind == "hot" or (shape, coding) == BOUNDED else None,
        )
        for shape, coding in WAYS
    ]


def asked(
    server: Server, addresses: Iterable[str], shape: str, coding: str
) -> tuple[list[float], int]:
    """Milliseconds of each page, and how large the last one was on its way."""
    connection = HTTPConnection("127.0.0.1", server.port)
    taken, size = [], 0
    for address in addresses:
        begun = time.perf_counter()
        connection.request("GET", f"{address}&shape={shape}", headers={"Accept-Encoding": coding})
        answer = connection.getresponse()
        size = len(answer.read())
        taken.append((time.perf_counter() - begun) * 1_000)
        assert answer.status == 200
    connection.close()
    return taken, size


def wide_table() -> bytes:
    """Numbers below a thousand in 2,000 columns."""
    keys = ",".join(f"c{number}" for number in range(COLUMNS))
    rows = [",".join(str((row + at) % 997) for at in range(COLUMNS)) for row in range(ROWS)]
    return "\n".join([keys, *rows]).encode()
