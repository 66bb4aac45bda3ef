"""Datasette beside us: the same million rows, the same questions, answers a second of each.

What is compared, and how fairly:

- One process each, on this machine, asked in turns, the best of three rounds. 8 kept connections
  that ask without pause; JSON, uncompressed, 100 rows a page as objects, with the number of rows.
- Datasette 0.65.5 from the package index, in an environment of its own, immutable (so it knows the
  number of all rows beforehand), facets off, no time limit. Its table is as a person makes it: a
  rowid and no further index, but a full-text index (FTS5) for its search. It pages by its own
  `_next` tokens, which do not count through the rows before: deep pages are no dearer for it.
- Ours as it is after `make run`. What it builds behind the first question of a kind is built
  before; the first answer to each question counts on neither side, and stands in lines of its own.
- **Every page is asked for once**, from any row on: no answer can come from memory as it is.
"""

from __future__ import annotations

import csv
import io
import random
import selectors
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.load import wait_until_listening
from tests.bench.summary import wait_until_built
from tests.bench.tables import HEADER, csv_table
from tests.client import API, Client
from tests.server import Server, free_port

VERSION = "datasette==0.65.5"
ROWS = 1_000_000
CONNECTIONS = 8
SECONDS = 2.0
PAGE = 100
PAGES = 20_000
ROUNDS = 3
BOUNDS = range(1_000, 1_100, 20)
"""Of filters that nobody asked before."""
SEARCHED = "customer, region, paid, day, moment, code, note"
OPTIONS = {"sql_time_limit_ms": 600_000, "allow_facet": "off", "suggest_facets": "off"}


@dataclass(frozen=True, slots=True)
class Question:
    """The same pages of the same rows, as paths of ours and of theirs; both without repetition."""

    name: str
    ours: list[str]
    theirs: list[str]


def run(folder: Path) -> list[Figure]:
    """First theirs, then ours."""
    table = csv_table(ROWS)
    database = folder / "bench.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        fill(connection, table)
        tokens = in_order_of_amount(connection)
    with (
        peer(folder, database) as port,
        Server(folder / "server") as server,
        Client(server.url) as client,
    ):
        share = client.create_ready(table, "table.csv")
        asked = questions(share.id, tokens)
        for one in asked:
            first_answer(server.port, one.ours.pop())
            first_answer(port, one.theirs.pop())
        wait_until_built(server)
        rates = [in_turns(port, server.port, one) for one in asked]
        rows = f"{API}/shares/{share.id}/revisions/1/rows?limit={PAGE}"
        news = [
            (
                first_answer(port, f"{THEIRS}&region=east&amount__lt={bound}"),
                first_answer(server.port, f"{rows}&region__eq=east&amount__lt={bound}"),
            )
            for bound in BOUNDS
        ]
    figures = []
    for one, (other, mine) in zip(asked, rates, strict=True):
        name = f"Datasette beside us, {one.name}"
        figures += [
            Figure(f"{name}, theirs", other, "1/s"),
            Figure(f"{name}, ours", mine, "1/s"),
            Figure(f"{name}, ours / theirs", mine / other, "×", at_least=20),
        ]
    name = "Datasette beside us, a filter never asked before"
    return [
        *figures,
        Figure(f"{name}, theirs", statistics.median(other for other, _ in news), "ms"),
        Figure(f"{name}, ours", statistics.median(mine for _, mine in news), "ms"),
    ]


THEIRS = f"/bench/rows.json?_shape=objects&_size={PAGE}"


def questions(share_id: str, by_amount: Sequence[tuple[float, int]]) -> list[Question]:
    """Pages in random order, the same every time; `by_amount` are amounts and rowids as sorted."""
    chance = random.Random(7)
    rows = f"{API}/shares/{share_id}/revisions/1/rows?limit={PAGE}"
    found = {"filter": ROWS // 4, "search": ROWS // 5}

    def pages(first: int, last: int) -> list[int]:
        return chance.sample(range(first, last - PAGE), PAGES)

    begin, deep, ordered = pages(0, ROWS // 2), pages(ROWS // 2, ROWS), pages(0, ROWS)
    made = [
        Question(
            name,
            [f"{rows}&offset={offset}" for offset in offsets],
            [f"{THEIRS}&_next={offset}" for offset in offsets],
        )
        for name, offsets in (("page", begin), ("deep page", deep))
    ]
    last = [(str(value).replace(".", "~2E"), rowid) for value, rowid in by_amount]
    made.append(
        Question(
            "page of a sort",
            [f"{rows}&sort=-amount&offset={offset}" for offset in ordered],
            [
                f"{THEIRS}&_sort_desc=amount&_next={last[offset][0]}%2C{last[offset][1]}"
                for offset in ordered
            ],
        )
    )
    views = {
        "filter": ("region__eq=north&amount__gte=5", "region=north&amount__gte=5"),
        "search": ("q=monday", "_search=monday&_fts_table=rows_fts&_fts_pk=rowid"),
    }
    for name, (mine, other) in views.items():
        offsets = pages(0, int(found[name] * 0.9))
        scale = ROWS // found[name]
        made.append(
            Question(
                f"page of a {name}",
                [f"{rows}&{mine}&offset={offset}" for offset in offsets],
                [f"{THEIRS}&{other}&_next={offset * scale}" for offset in offsets],
            )
        )
    return made


def fill(connection: sqlite3.Connection, table: bytes) -> None:
    """The rows in a table of the peer's, and the index for its search."""
    numbers = {"id", "quantity", "reference"}
    kinds = ", ".join(
        f"{key} {'REAL' if key in ('amount', 'price') else 'INTEGER' if key in numbers else 'TEXT'}"
        for key in HEADER.split(",")
    )
    reader = csv.reader(io.StringIO(table.decode(), newline=""))
    next(reader)
    connection.execute(f"CREATE TABLE rows ({kinds})")
    places = ", ".join("?" * len(HEADER.split(",")))
    connection.executemany(f"INSERT INTO rows VALUES ({places})", reader)
    connection.execute(f"CREATE VIRTUAL TABLE rows_fts USING fts5({SEARCHED}, content='rows')")
    connection.execute(
        f"INSERT INTO rows_fts (rowid, {SEARCHED}) SELECT rowid, {SEARCHED} FROM rows"
    )


def in_order_of_amount(connection: sqlite3.Connection) -> list[tuple[float, int]]:
    """Amounts and rowids as the peer sorts them, the greatest first."""
    return list(connection.execute("SELECT amount, rowid FROM rows ORDER BY amount DESC, rowid"))


@contextmanager
def peer(folder: Path, database: Path) -> Iterator[int]:
    """Datasette on a port, until the end of the block."""
    home, port = folder / "peer", free_port()
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = str(home / "bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
    subprocess.run([*pip, VERSION], check=True, capture_output=True)
    settings = [word for name, value in OPTIONS.items() for word in ("--setting", name, str(value))]
    command = [python, "-m", "datasette", "serve", "--immutable", str(database), f"--port={port}"]
    with (
        (folder / "peer.log").open("wb") as log,
        subprocess.Popen([*command, *settings], stdout=log, stderr=log) as process,
    ):
        try:
            # It counts the rows of an immutable file before it listens.
            wait_until_listening(port, 120)
            yield port
        finally:
            process.terminate()


class Asker:
    """A kept connection that asks for one path after another and takes each answer whole."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def ask(self, path: str) -> None:
        """Send a request."""
        self.received = b""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())

    def take(self) -> bool:
        """Take what has come; whether the answer is whole. It must be a page that has rows."""
        piece = self.socket.recv(1 << 18)
        assert piece, "the server closed a connection"
        self.received += piece
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        lowered = head.lower()
        if b"\r\ntransfer-encoding: chunked" in lowered:
            whole = body.endswith(b"\r\n0\r\n\r\n")
        else:
            whole = len(body) == int(lowered.split(b"\r\ncontent-length: ")[1].split(b"\r\n")[0])
        if whole:
            assert head.startswith(b"HTTP/1.1 200"), self.received[:300]
            assert body.count(b'"reference":') == PAGE, self.received[-300:]
        return whole


def in_turns(port: int, our_port: int, question: Question) -> tuple[float, float]:
    """Answers a second, theirs and ours: the best of a few rounds each."""
    theirs, ours = iter(question.theirs), iter(question.ours)
    pairs = [(measured(port, theirs), measured(our_port, ours)) for _ in range(ROUNDS)]
    return max(other for other, _ in pairs), max(mine for _, mine in pairs)


def measured(port: int, paths: Iterator[str]) -> float:
    """Answers a second. When the time is over, what is under way is waited for, and counts."""
    selector: Any = selectors.DefaultSelector()
    for path in islice(paths, CONNECTIONS):
        asker = Asker(port)
        asker.ask(path)
        selector.register(asker.socket, selectors.EVENT_READ, asker)
    answered, begun = 0, time.perf_counter()
    while selector.get_map():
        for key, _ in selector.select(1.0):
            if not key.data.take():
                continue
            answered += 1
            further = next(paths, "") if time.perf_counter() - begun < SECONDS else ""
            if further:
                key.data.ask(further)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
    return answered / (time.perf_counter() - begun)


def first_answer(port: int, path: str) -> float:
    """Milliseconds of one answer."""
    asker = Asker(port)
    begun = time.perf_counter()
    asker.ask(path)
    while not asker.take():
        pass
    asker.socket.close()
    return (time.perf_counter() - begun) * 1_000
