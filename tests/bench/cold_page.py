"""A cold page at the last offset against the first: 10M rows inside the process, 1M over HTTP."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from random import Random

from backend.domain import PageQuery
from backend.tables.files import FileCache
from backend.tables.pages import PageReader
from tests.bench.figures import Figure
from tests.bench.pages import TYPICAL, make
from tests.bench.tables import csv_table
from tests.client import API, Client
from tests.server import Server

ROWS = 1_000_000
MANY_ROWS = int(os.environ.get("TABLECAST_BENCH_ROWS", "10000000"))
ROUNDS = 60
# Caches too small to keep anything: every page is found and decoded anew.
NO_CACHES = {"TABLECAST_PAGE_CACHE_BYTES": "1", "TABLECAST_ROW_GROUP_CACHE_BYTES": "1"}


def run(folder: Path) -> list[Figure]:
    """Inside the process, then over HTTP."""
    return [*in_process(folder), *over_http(folder)]


def in_process(folder: Path) -> list[Figure]:
    """100 rows of 12 columns out of 10M, nothing decoded before, the file's footer read."""
    (folder / "made").mkdir()
    sheet = make(folder / "made" / f"{1:032x}", TYPICAL, MANY_ROWS)
    reader = PageReader(
        FileCache(folder / "cache", 1 << 40),
        lambda blob_id, path: path.hardlink_to(folder / "made" / blob_id),
        row_group_cache_bytes=1,
        max_page_bytes=1 << 25,
    )
    reader.read(sheet, PageQuery(0, 100))
    chance = Random(7)
    taken: dict[str, list[float]] = {"first": [], "last": [], "any": []}
    for _ in range(ROUNDS * 5):
        anywhere = chance.randrange(MANY_ROWS // 100) * 100
        for kind, offset in (("first", 0), ("last", MANY_ROWS - 100), ("any", anywhere)):
            begun = time.perf_counter()
            reader.read(sheet, PageQuery(offset, 100))
            taken[kind].append((time.perf_counter() - begun) * 1_000)
    reader.close()
    first, last, other = (statistics.median(taken[kind]) for kind in ("first", "last", "any"))
    name = f"cold page in process, {MANY_ROWS:,} rows"
    return [
        Figure(f"{name}, first offset, p50", first, "ms", at_most=3),
        Figure(f"{name}, last offset, p50", last, "ms", at_most=3),
        Figure(f"{name}, any offset, p50", other, "ms", at_most=3),
        Figure(f"{name}, last / first", last / first, "×", at_most=1.1),
    ]


def over_http(folder: Path) -> list[Figure]:
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
