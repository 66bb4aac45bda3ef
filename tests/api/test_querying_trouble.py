"""Queries that are slow, left, killed or without their files: what each of them costs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil
import pytest

from tests.api.test_querying import CELLS
from tests.client import API, Client, Created
from tests.conftest import Seeded, StartServer
from tests.server import Server

PATIENCE_S = 60.0
LARGE_ROWS = 400_000
SLOW = {"sort": "text", "collate": "natural", "offset": LARGE_ROWS - 3, "limit": 3}


def large_table() -> bytes:
    numbers = np.random.default_rng(7).permutation(LARGE_ROWS)
    return b"number,text\n" + b"".join(b"%d,item %d\n" % (n, n) for n in numbers)


def query_processes(server: Server) -> list[psutil.Process]:
    """The processes that answer queries."""
    return [
        child for child in server.children() if "backend.tables.engine.worker" in child.cmdline()
    ]


def until(holds: Callable[[], bool]) -> None:
    """Wait for something in another process."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


def computed(server: Server) -> float:
    """Seconds that the query processes have computed."""
    total = 0.0
    for process in query_processes(server):
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def rests(server: Server) -> bool:
    """Whether the query processes compute nothing for a second."""
    before = computed(server)
    time.sleep(1.0)
    return computed(server) - before < 0.01


@pytest.fixture(scope="module")
def large(server: Server) -> Created:
    with Client(server.url) as client:
        return client.create_ready(large_table(), "large.csv")


def test_the_death_of_a_query_process_is_nothing_to_watchers_and_readers(
    server: Server, client: Client, large: Created
) -> None:
    answers: list[Any] = []

    def ask() -> None:
        with Client(server.url) as other:
            answers.append(other.request("GET", f"{API}/shares/{large.id}/rows", params=SLOW))

    with client.changes(large.id) as channel:
        assert json.loads(channel.recv(PATIENCE_S))["type"] == "hello"
        spent = computed(server)
        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: computed(server) - spent > 0.2)
        for process in query_processes(server):
            os.kill(process.pid, signal.SIGKILL)
        assert client.page(large.id, offset=100)["total"] == LARGE_ROWS
        asking.join(PATIENCE_S)
        client.request(
            "PATCH",
            f"{API}/shares/{large.id}",
            json={"title": "still here"},
            headers={"Authorization": f"Bearer {large.token}"},
        ).raise_for_status()
        frames = iter(lambda: json.loads(channel.recv(PATIENCE_S)), None)
        # A busy machine may take long enough for heartbeats in between.
        assert next(frame for frame in frames if frame["type"] != "heartbeat")["type"] == "change"
    (answer,) = answers
    assert answer.status_code == 200
    last = [LARGE_ROWS - 3, LARGE_ROWS - 2, LARGE_ROWS - 1]
    assert [row["number"] for row in answer.json()["rows"]] == last


def test_a_client_that_leaves_ends_its_query(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_QUERY_BUILT_CELLS": str(10**9)})
    with Client(server.url) as client:
        share = client.create_ready(large_table(), "large.csv")
        client.page(share.id, sort="-number", limit=1)
        until(lambda: rests(server))
        spent = computed(server)
        with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as line:
            path = f"{API}/shares/{share.id}/rows?{urlencode({**SLOW, 'sort': 'text,-number'})}"
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            until(lambda: computed(server) - spent > 0.2)
        until(lambda: rests(server))
        orders = list((server.data_dir / "derived").iterdir())
        assert len(orders) == 1, "only the quick order was finished"


def test_a_query_over_the_time_limit_is_refused_by_name(start_server: StartServer) -> None:
    server = start_server(
        env={"TABLECAST_QUERY_TIMEOUT_S": "0.2", "TABLECAST_QUERY_BUILT_CELLS": str(10**9)}
    )
    with Client(server.url) as client:
        share = client.create_ready(large_table(), "large.csv")
        answer = client.request("GET", f"{API}/shares/{share.id}/rows", params=SLOW)
        assert (answer.status_code, answer.json()["code"]) == (422, "query_timeout")
        assert client.page(share.id)["total"] == LARGE_ROWS


def test_equal_queries_at_once_are_computed_once(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_QUERY_BUILT_CELLS": str(10**9)})
    pages: list[dict[str, Any]] = []
    with Client(server.url) as client:
        share = client.create_ready(large_table(), "large.csv")

        def ask(limit: int) -> None:
            with Client(server.url) as other:
                pages.append(other.page(share.id, sort="text", q="item 1", limit=limit))

        threads = [threading.Thread(target=ask, args=(limit,)) for limit in (5, 6, 7, 8, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(len(page["rows"]) for page in pages) == [5, 6, 7, 8, 9]
    assert len(list((server.data_dir / "derived").iterdir())) == 1


def test_a_node_that_has_nothing_serves_a_page_without_the_whole_file(
    start_server: StartServer,
) -> None:
    server = start_server()
    with Client(server.url) as client:
        share = client.create_ready(large_table(), "large.csv")
        before = client.page(share.id, offset=LARGE_ROWS - 5)
        server.stop()
        for folder in ("cache", "derived"):
            shutil.rmtree(server.data_dir / folder, ignore_errors=True)
        server.start()
        assert client.page(share.id, offset=LARGE_ROWS - 5) == before
        assert files(server.data_dir / "cache") == []
        assert client.page(share.id, sort="-number", limit=1)["rows"][0]["number"] == LARGE_ROWS - 1
        assert len(files(server.data_dir / "cache")) == 1
        assert client.page(share.id, offset=LARGE_ROWS - 6, limit=1)["rows"]


def test_a_cache_that_vanishes_is_built_again(start_server: StartServer, seeded: Seeded) -> None:
    server = start_server(env={"TABLECAST_QUERY_BUILT_CELLS": "0"})
    chance = seeded.random
    with Client(server.url) as client:
        share = client.create_ready(CELLS.encode(), "cells.csv")
        want = {sort: client.rows(share.id, sort=sort, limit=2) for sort in ("-id", "name")}
        for round in range(seeded.rounds(6)):
            for path in files(server.data_dir / "cache") + files(server.data_dir / "derived"):
                if chance.random() < 0.5:
                    path.unlink(missing_ok=True)
            # another address, so that no encoded page answers
            for sort, rows in want.items():
                params: dict[str, Any] = {"sort": sort, "limit": 2, "id__lt": 100 + round}
                assert client.rows(share.id, **params) == rows


def files(folder: Path) -> list[Path]:
    """What is in a folder, if there is one."""
    return list(folder.iterdir()) if folder.exists() else []
