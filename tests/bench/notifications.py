"""What it costs PostgreSQL to tell the nodes, and how soon a watcher of another node hears."""

from __future__ import annotations

import json
import statistics
import threading
import time
from pathlib import Path

import psycopg

from tests.bench.figures import Figure
from tests.bench.readers import percentile
from tests.client import API, Client
from tests.postgres import new_database, postgres_server
from tests.server import Server

WRITERS = 4
SECONDS = 4.0
CHANGES = 300
CHANNEL = "bench"
ROW = "UPDATE counters SET n = n + 1 WHERE id = %s"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %s || ':1795249720800:share')"


def run(folder: Path) -> list[Figure]:
    """A server whose commits reach the disk; writers of rows of their own, with and without."""
    with postgres_server() as postgres:
        url = new_database(postgres)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = on")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE TABLE counters (id text PRIMARY KEY, n bigint)")
            rows = [(str(number),) for number in range(WRITERS)]
            connection.cursor().executemany("INSERT INTO counters VALUES (%s, 0)", rows)
        quiet, told, heard = [], [], []
        for _ in range(2):
            quiet.append(commits_per_second(url, notify=False))
            with Ear(url) as ear:
                told.append(commits_per_second(url, notify=True))
            heard.append(ear.heard / SECONDS)
        waits = across(folder, new_database(postgres))
    ratio = statistics.mean(told) / statistics.mean(quiet)
    return [
        Figure(f"commits of {WRITERS} writers, nobody told", statistics.mean(quiet), "1/s"),
        Figure(f"commits of {WRITERS} writers, nodes told", statistics.mean(told), "1/s"),
        Figure("nodes told / nobody told", ratio, "×"),
        Figure("notifications heard by a listener", statistics.mean(heard), "1/s"),
        Figure(
            "a change on one node, told on another, p50", percentile(waits, 0.5), "ms", at_most=50
        ),
        Figure(
            "a change on one node, told on another, p99", percentile(waits, 0.99), "ms", at_most=250
        ),
    ]


def commits_per_second(url: str, *, notify: bool) -> float:
    """How many transactions all the writers commit together."""
    done = [0] * WRITERS
    ends = time.perf_counter() + SECONDS

    def write(number: int) -> None:
        with psycopg.connect(url) as connection:
            while time.perf_counter() < ends:
                connection.execute(ROW, (str(number),))
                if notify:
                    connection.execute(NOTIFY, (str(number),))
                connection.commit()
                done[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


class Ear:
    """A connection that counts what it hears."""

    def __init__(self, url: str) -> None:
        self.heard = 0
        self._over = threading.Event()
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(f'LISTEN "{CHANNEL}"')
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Ear:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._connection.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            self.heard += sum(1 for _ in self._connection.notifies(timeout=0.2))


def across(folder: Path, url: str) -> list[float]:
    """Milliseconds from a request to one node to the frame of another, ascending."""
    env = {"TABLECAST_CHANGE_INTERVAL_S": "0"}
    waits = []
    with (
        Server(folder / "a", database_url=url, env=env) as a,
        Server(folder / "b", database_url=url, env=env) as b,
        Client(a.url) as to_a,
        Client(b.url) as to_b,
    ):
        share = to_a.create_ready(b"a\n1\n", "a.csv")
        headers = {"Authorization": f"Bearer {share.token}"}
        with to_b.changes(share.id) as channel:
            for number in range(CHANGES):
                begun = time.perf_counter()
                path, title = f"{API}/shares/{share.id}", {"title": f"title {number}"}
                to_a.request("PATCH", path, json=title, headers=headers).raise_for_status()
                while json.loads(channel.recv(30))["type"] != "change":
                    pass
                waits.append((time.perf_counter() - begun) * 1_000)
                time.sleep(0.02)
    return sorted(waits)
