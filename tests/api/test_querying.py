"""Filters, search and order over REST: exact, named refusals, and one node's many ways to fail."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil
import pytest

from tests.client import API, Client, Created
from tests.conftest import Seeded, StartServer
from tests.server import Server

CELLS = (
    "id,amount,name,day,moment,paid,big\n"
    "1,2.50,b2,2024-01-01,2024-01-01T10:00:00,true,9007199254740993\n"
    "2,12.5,B10,2024-02-01,2024-01-02T10:00:00,false,9007199254740992\n"
    "3,,b1,2024-01-03,,true,1\n"
    "4,-3,Ørsted,,2024-01-01T10:00:01,,\n"
    '5,2.5,"a, ""b""",2024-01-03,2024-01-01T00:00:00,false,-5\n'
)
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def share(server: Server) -> Created:
    with Client(server.url) as client:
        return client.create_ready(CELLS.encode(), "cells.csv")


def ids(client: Client, share: Created, **params: Any) -> list[int]:
    """The ids of the rows of a view."""
    page = client.page(share.id, **params)
    assert page["total"] == len(page["rows"])
    return [row["id"] for row in page["rows"]]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"sort": "-amount"}, [2, 1, 5, 4, 3]),
        ({"sort": "day,-id"}, [1, 5, 3, 2, 4]),
        ({"sort": "name"}, [2, 5, 3, 1, 4]),
        ({"sort": "name", "collate": "natural"}, [2, 5, 3, 1, 4]),
        ({"amount__gte": "2.5"}, [1, 2, 5]),
        ({"amount__ne": "2.5"}, [2, 3, 4]),
        ({"amount__in": "2.5,-3"}, [1, 4, 5]),
        ({"amount__isnull": "true"}, [3]),
        ({"name__contains": "b"}, [1, 3, 5]),
        ({"name__startswith": "B"}, [2]),
        ({"name__in": 'b1,"a, ""b"""'}, [3, 5]),
        ({"paid__eq": "true"}, [1, 3]),
        ({"day__lt": "2024-01-03"}, [1]),
        ({"moment__gt": "2024-01-01T10:00:00Z"}, [2, 4]),
        ({"moment__lte": "2024-01-01T12:00:00+02:00"}, [1, 5]),
        ({"big__gt": "9007199254740992"}, [1]),
        ({"big__eq": "9007199254740993"}, [1]),
        ({"q": "ØRSTED"}, [4]),
        ({"q": "2.50"}, [1]),
        ({"q": "t10"}, [1, 2, 4]),
        ({"q": "b", "sort": "-id", "amount__gt": "0"}, [5, 2, 1]),
        ({"id__gte": ["2", "3"], "id__lt": "5"}, [3, 4]),
    ],
)
def test_rows_are_chosen_and_ordered(
    client: Client, share: Created, params: dict[str, Any], found: list[int]
) -> None:
    assert ids(client, share, **params) == found


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("amount__gt=much", "invalid_parameter", "amount__gt: 'much' is not a number"),
        ("id__eq=2.5", "invalid_parameter", "whole number"),
        ("id__eq=9223372036854775808", "invalid_parameter", "64 bits"),
        ("paid__gt=true", "invalid_parameter", "paid__eq, paid__ne, paid__in, paid__isnull"),
        ("day__eq=01.02.2024", "invalid_parameter", "2024-01-31"),
        ("moment__eq=noon", "invalid_parameter", "moment"),
        ("amount__contains=2", "invalid_parameter", "does not fit"),
        ("amount__isnull=maybe", "invalid_parameter", "true or false"),
        ("amount__near=2", "invalid_parameter", "is no operator"),
        ("amount=2", "invalid_parameter", "no such parameter"),
        ('name__in=a,"b', "invalid_parameter", "double quotes"),
        ("amonut__gt=2", "unknown_column", "amount"),
        ("sort=amonut", "unknown_column", "amount"),
        ("sort=", "invalid_parameter", "sort"),
        ("sort=id,-id", "invalid_parameter", "twice"),
        ("q=", "invalid_parameter", "q"),
        ("q=a&q=b", "invalid_parameter", "2 times"),
        ("collate=de", "invalid_parameter", "collate"),
    ],
)
def test_what_cannot_be_asked_is_named(
    client: Client, share: Created, query: str, code: str, told: str
) -> None:
    answer = client.request("GET", f"{API}/shares/{share.id}/rows?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert told in answer.json()["detail"]


def test_a_refused_filter_tells_parameter_column_operator_and_value(
    client: Client, share: Created
) -> None:
    answer = client.request("GET", f"{API}/shares/{share.id}/rows?day__gt=soon")
    (problem,) = answer.json()["errors"]
    told = {name: problem[name] for name in ("parameter", "column", "operator", "value")}
    assert told == {"parameter": "day__gt", "column": "day", "operator": "gt", "value": "soon"}


@pytest.mark.parametrize(
    "value", ["' OR 1=1 --", '" OR ""="', "%", "_", "\\", "'; DROP TABLE data; --", "\x00", "😀"]
)
def test_values_are_never_sql(client: Client, value: str) -> None:
    table = f'"a""; DROP TABLE data; --",b\n"{value.replace(chr(34), chr(34) * 2)}",1\nx,2\n'
    share = client.create_ready(table.encode(), "table.csv")
    key = client.page(share.id)["columns"][0]["key"]
    asked: list[dict[str, Any]] = [{f"{key}__eq": value}, {f"{key}__contains": value}, {"q": value}]
    for params in asked:
        page = client.page(share.id, sort=f"-{key}", **params)
        assert [row["b"] for row in page["rows"]] == [1], params


def test_a_view_of_2000_columns(client: Client) -> None:
    keys = [f"c{number}" for number in range(2000)]
    rows = [",".join(str((row * 7919 + at) % 101) for at in range(2000)) for row in range(300)]
    share = client.create_ready("\n".join([",".join(keys), *rows]).encode(), "wide.csv")
    page = client.page(share.id, sort="-c1999,c0", c7__gte=50, limit=20)
    values = [(-row["c1999"], row["c0"]) for row in page["rows"]]
    assert values == sorted(values)
    assert [len(row) for row in page["rows"]] == [2000] * 20
    assert client.page(share.id, q="100", columns="c1")["total"] == 300


def test_pages_of_a_view_stay_with_their_revision(client: Client) -> None:
    def table(first: int) -> bytes:
        return b"n\n" + b"".join(b"%d\n" % number for number in range(first, first + 500))

    share = client.create_ready(table(0), "n.csv")
    page = client.page(share.id, sort="-n", n__lt=450, limit=60)
    rows = [row["n"] for row in page["rows"]]
    revision = 1
    while page["next"]:
        revision += 1
        client.upload(share, table(revision * 1000), "n.csv")
        client.wait_ready(share.id, revision)
        page = client.request("GET", page["next"]).json()
        rows += [row["n"] for row in page["rows"]]
    assert rows == list(range(449, -1, -1))


def test_a_view_is_cached_like_any_page(client: Client, share: Created) -> None:
    path = f"{API}/shares/{share.id}/revisions/1/rows?sort=-id&id__gt=2"
    first = client.request("GET", path)
    assert "immutable" in first.headers["Cache-Control"]
    again = client.request("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.request("GET", path.replace("sort=-id", "sort=id"))
    assert other.headers["ETag"] != first.headers["ETag"]


# What follows needs a table that keeps the query process busy for a while.

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


def computing(process: psutil.Process) -> float:
    """Seconds of computing so far."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def busy(server: Server) -> bool:
    """Whether a query process has begun to compute."""
    before = [(process, computing(process)) for process in query_processes(server)]
    time.sleep(0.1)
    return any(computing(process) - spent > 0.05 for process, spent in before)


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
        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: busy(server))
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
        assert json.loads(channel.recv(PATIENCE_S))["type"] == "change"
    (answer,) = answers
    assert answer.status_code == 200
    last = [LARGE_ROWS - 3, LARGE_ROWS - 2, LARGE_ROWS - 1]
    assert [row["number"] for row in answer.json()["rows"]] == last


def test_a_client_that_leaves_ends_its_query(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_QUERY_BUILT_CELLS": str(10**9)})
    with Client(server.url) as client:
        share = client.create_ready(large_table(), "large.csv")
        client.page(share.id, sort="-number", limit=1)
        with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as line:
            path = f"{API}/shares/{share.id}/rows?{urlencode({**SLOW, 'sort': 'text,-number'})}"
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            until(lambda: busy(server))
        until(lambda: not busy(server))
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
        share = client.create_ready(CELLS.encode() * 1, "cells.csv")
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
