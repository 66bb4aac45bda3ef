"""Questions to 10M × 12 rows, over HTTP, beside DuckDB's own answer from its native file.

Every pair is taken in turns within one run; no page and no decoded row group is kept in memory, so
each answer is computed, or read from what this node has built.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from tests.bench.cold_page import NO_CACHES
from tests.bench.figures import Figure
from tests.bench.ingest import PLAIN, make_csv
from tests.bench.summary import uploaded, wait_until_built
from tests.client import API, Client, Created
from tests.server import Server

ROWS = int(os.environ.get("TABLECAST_BENCH_ROWS", "10000000"))
COLD_ROUNDS = 60
DEEP_ROUNDS = 60

Params = dict[str, Any]


def first_of(order: str) -> str:
    """The peer's SQL for the first page of an order."""
    return f"SELECT * FROM peer ORDER BY {order} NULLS LAST LIMIT 100"


def page_of(condition: str) -> list[str]:
    """The peer's SQL for the first page of a filter, with the exact total."""
    return [
        f"SELECT * FROM peer WHERE {condition} LIMIT 100",
        f"SELECT count(*) FROM peer WHERE {condition}",
    ]


def found_in(columns: list[str], wanted: str) -> str:
    """The peer's SQL for a search: in every column, without case and accents."""
    cells = (f"strip_accents(lower(CAST({column} AS VARCHAR)))" for column in columns)
    return " OR ".join(f"contains({cell}, strip_accents(lower('{wanted}')))" for cell in cells)


SORTS: dict[str, list[tuple[Params, str]]] = {
    "number": [
        ({"sort": "amount"}, first_of("amount ASC")),
        ({"sort": "-price"}, first_of("price DESC")),
        ({"sort": "-amount"}, first_of("amount DESC")),
    ],
    "text": [
        ({"sort": "customer"}, first_of("customer ASC")),
        ({"sort": "-customer"}, first_of("customer DESC")),
        ({"sort": "-code"}, first_of("code DESC")),
    ],
    "low-cardinality": [
        ({"sort": "region"}, first_of("region ASC")),
        ({"sort": "-region"}, first_of("region DESC")),
        ({"sort": "-paid"}, first_of("paid DESC")),
    ],
}
FILTERS: list[tuple[Params, str]] = [
    ({"region__eq": "north", "amount__gte": 5}, "region = 'north' AND amount >= 5"),
    ({"region__eq": "south", "amount__lt": 2000}, "region = 'south' AND amount < 2000"),
    ({"quantity__eq": 7, "price__gt": 50}, "quantity = 7 AND price > 50"),
    ({"customer__startswith": "customer 12"}, "starts_with(customer, 'customer 12')"),
    ({"note__contains": "Monday", "price__lt": 20}, "contains(note, 'Monday') AND price < 20"),
    ({"day__gte": "2023-01-01", "paid__eq": "true"}, "day >= DATE '2023-01-01' AND paid"),
    ({"code__in": "00004711,09004711"}, "code IN ('00004711', '09004711')"),
    (
        {"moment__lt": "2024-01-01T01:00:00", "region__ne": "east"},
        "moment < TIMESTAMP '2024-01-01 01:00:00' AND region <> 'east'",
    ),
]
SEARCHES = ["2nd floor", "Ørsted", "customer 4711", "12.5"]


def run(folder: Path) -> list[Figure]:
    """Every figure, in the order in which a person would meet them."""
    table, native = folder / "table.csv", folder / "native.duckdb"
    make_csv(table, ROWS, PLAIN)
    with duckdb.connect(native) as connection:
        connection.execute(f"CREATE TABLE peer AS FROM read_csv('{table}')")
    with (
        Server(folder / "server", env=NO_CACHES) as server,
        Client(server.url) as client,
        duckdb.connect(native, read_only=True) as peer,
    ):
        share = uploaded(server, client, table)
        table.unlink()
        asking = Asking(client, share, peer)
        # The peer compresses nothing either.
        client.session.headers["Accept-Encoding"] = "identity"
        # The process that answers has its libraries loaded; the peer has its file in memory.
        client.page(client.create_ready(b"a\n1\n", "small.csv").id, sort="a")
        asking.theirs(page_of("amount < 0"))
        figures = [*asking.cold_pages(), *asking.first_filter()]
        wait_until_built(server)
        figures += [*asking.later_filters(), *asking.searches(), *asking.sorts()]
        wait_until_built(server)
        figures += asking.deep_pages()
        return figures


class Asking:
    """One share and its peer, asked the same."""

    def __init__(self, client: Client, share: Created, peer: duckdb.DuckDBPyConnection) -> None:
        self.client = client
        self.peer = peer
        self.path = f"{API}/shares/{share.id}/revisions/1/rows"
        self.columns = [row[0] for row in peer.execute("DESCRIBE peer").fetchall()]

    def ours(self, **params: Any) -> float:
        """Milliseconds of a page of 100 rows, its JSON read."""
        return timed(
            lambda: self.client.request("GET", self.path, params=params).raise_for_status()
        )

    def theirs(self, statements: list[str]) -> float:
        """Milliseconds of the peer's statements."""
        return timed(lambda: [self.peer.execute(one).fetchall() for one in statements])

    def cold_pages(self) -> list[Figure]:
        """Unsorted: the last offset against the first, in turns."""
        times: dict[int, list[float]] = {0: [], ROWS - 100: []}
        for _ in range(COLD_ROUNDS):
            for offset, taken in times.items():
                taken.append(self.ours(offset=offset))
        first, last = (statistics.median(taken[3:]) for taken in times.values())
        return [
            Figure(f"cold page of {ROWS:,} rows over HTTP, first offset", first, "ms"),
            Figure("cold page, last offset", last, "ms"),
            Figure("cold page, last / first", last / first, "×", at_most=1.1),
        ]

    def first_filter(self) -> list[Figure]:
        """On a revision never queried before, beside the peer's first and its later answers."""
        params, condition = FILTERS[0]
        ours, first = self.ours(**params), self.theirs(page_of(condition))
        later = statistics.median(self.theirs(page_of(condition)) for _ in range(5))
        return [
            Figure("first filter ever, page and exact total", ours, "ms", at_most=500),
            Figure("the same, DuckDB, asked for the first time", first, "ms"),
            Figure("the same, DuckDB, asked again, median of 5", later, "ms"),
            Figure("first filter ever, ours / DuckDB's first", ours / first, "×", at_most=5),
            Figure("first filter ever, ours / DuckDB's later ones", ours / later, "×"),
        ]

    def later_filters(self) -> list[Figure]:
        """Filters that nobody asked before, where the files for that are built."""
        pairs = [
            (self.ours(**params), self.theirs(page_of(condition)))
            for params, condition in FILTERS[1:]
        ]
        return compared("later filter", pairs, at_most=1.5)

    def searches(self) -> list[Figure]:
        """Searches over all columns."""
        pairs = [
            (self.ours(q=wanted), self.theirs(page_of(found_in(self.columns, wanted))[1:]))
            for wanted in SEARCHES
        ]
        return compared("search", pairs, at_most=1.5)

    def sorts(self) -> list[Figure]:
        """First pages of orders that nobody asked before."""
        figures: list[Figure] = []
        for kind, questions in SORTS.items():
            pairs = []
            for params, statement in questions:
                pairs.append((self.ours(**params), self.theirs([statement])))
                self.wait_for_order(params)
            bound = 2.0 if kind == "low-cardinality" else 1.5
            figures += compared(f"first page of a new sort, {kind}", pairs, at_most=bound)
        return figures

    def wait_for_order(self, params: Params) -> None:
        """Its order is computed behind, and would take from what is measured next."""
        self.ours(**params, offset=ROWS // 2)

    def deep_pages(self) -> list[Figure]:
        """Later pages of orders, anywhere."""
        chance = random.Random(7)
        taken = []
        for _ in range(DEEP_ROUNDS):
            params, _ = chance.choice(SORTS[chance.choice(list(SORTS))])
            taken.append(self.ours(**params, offset=chance.randrange(ROWS - 100)))
        ordered = sorted(taken)
        return [
            Figure(
                "later page of a sort, any depth, p50", ordered[len(taken) // 2], "ms", at_most=20
            ),
            Figure("later page of a sort, any depth, p95", ordered[len(taken) * 95 // 100], "ms"),
        ]


def compared(name: str, pairs: list[tuple[float, float]], *, at_most: float) -> list[Figure]:
    """The medians, and the worst of the ratios."""
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    worst = max(one / other for one, other in pairs)
    return [
        Figure(f"{name}, ours", ours, "ms"),
        Figure(f"{name}, DuckDB", theirs, "ms"),
        Figure(f"{name}, ours / DuckDB", ours / theirs, "×", at_most=at_most),
        Figure(f"{name}, worst ratio of {len(pairs)}", worst, "×"),
    ]


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that something takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1_000
