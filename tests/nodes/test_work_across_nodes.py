"""Uploads and readings that change over from one node to another."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle

import psutil
import pytest

from tests.client import Client
from tests.durability.waiting import eventually
from tests.nodes.conftest import Nodes
from tests.postgres import PostgresServer, new_database
from tests.server import Server, Servers
from tests.tus.speaking import begin, offset_of, patch

WAIT_S = 60.0
SETTINGS = {
    "TABLECAST_LEASE_S": "2",
    "TABLECAST_EARLY_READING_BYTES": "1000000",
    "TABLECAST_QUERY_WORKERS": "1",
}
ROWS = 300_000
LARGE = b"id,name\n" + b"".join(b"%d,name of number %d\n" % (n, n) for n in range(100_000))


@pytest.fixture(scope="module")
def nodes(postgres: PostgresServer, servers: Servers) -> Iterator[Nodes]:
    """Two nodes with a short lease, which begin soon to read what comes."""
    database = new_database(postgres)
    a, b = (servers.start(database_url=database, env=SETTINGS) for _ in range(2))
    with Client(a.url) as to_a, Client(b.url) as to_b:
        yield Nodes(a, b, to_a, to_b, database)
    a.close()
    b.close()


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """Stop a node in the middle of what it does, its children too, and let it go on at the end."""
    assert server.process is not None
    everyone = [psutil.Process(server.process.pid), *server.children()]
    for process in everyone:
        with suppress(psutil.NoSuchProcess):  # some end by themselves
            process.suspend()
    try:
        yield
    finally:
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def test_an_upload_begun_at_one_node_goes_on_at_the_other(nodes: Nodes) -> None:
    upload = begin(nodes.to_a, len(LARGE), filename="t.csv")
    cuts = [0, 1_200_000, 1_200_001, 1_900_000, len(LARGE)]
    for client, start, end in zip(cycle((nodes.to_a, nodes.to_b)), cuts, cuts[1:], strict=False):
        patch(client, upload.path, start, LARGE[start:end]).raise_for_status()
        assert [offset_of(one, upload.path) for one in (nodes.to_a, nodes.to_b)] == [end] * 2
        if end < len(LARGE):
            rows = nodes.to_b.request("GET", f"{upload.path}/rows").json()
            assert rows["sheets"][0]["first_rows"][0] == ["0", "name of number 0"]
    for client in (nodes.to_a, nodes.to_b):
        assert client.wait_ready(upload.share, 1)["sheets"][0]["rows"] == 100_000
        assert client.original(upload.share, 1) == LARGE
        assert client.page(upload.share, offset=99_999)["rows"][0]["id"] == 99_999


def test_a_part_that_ends_here_and_the_rest_that_comes_there_are_one_file(nodes: Nodes) -> None:
    upload = begin(nodes.to_a, len(LARGE), filename="t.csv")
    patch(nodes.to_a, upload.path, 0, LARGE[:2_000_000]).raise_for_status()
    eventually(lambda: bool(nodes.a.own("work/*/tmp")), WAIT_S, "nobody reads early")
    patch(nodes.to_b, upload.path, 2_000_000, LARGE[2_000_000:]).raise_for_status()
    nodes.to_a.wait_ready(upload.share, 1)
    assert nodes.to_a.page(upload.share, offset=99_999)["rows"][0]["id"] == 99_999


@pytest.mark.noisy
def test_a_node_that_was_frozen_changes_nothing_when_it_goes_on(nodes: Nodes) -> None:
    share = nodes.to_b.create_ready(b"a\n1\n", "a.csv")
    rows = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(ROWS))
    with ExitStack() as stack:
        # With an option nothing is read before the job is.
        nodes.to_a.upload(share, rows, "b.csv", delimiter=",")
        eventually(lambda: bool(nodes.a.own("work/*/tmp")), WAIT_S, "nobody reads")
        stack.enter_context(frozen(nodes.a))
        ready = nodes.to_b.wait_ready(share.id, 2)
        seq = changes_until_now(nodes.to_b, share.id)
    eventually(lambda: not nodes.a.own("work/*"), WAIT_S, "the node goes on with another's job")
    assert nodes.to_a.revision(share.id, 2) == ready
    assert changes_until_now(nodes.to_b, share.id) == seq
    assert nodes.to_a.page(share.id, offset=ROWS - 1)["rows"] == [{"a": ROWS - 1, "b": "x"}]


def changes_until_now(client: Client, share_id: str) -> int:
    """The seq of a share."""
    with client.changes(share_id) as channel:
        return int(json.loads(channel.recv(30))["shares"][share_id]["seq"])


def test_a_job_whose_node_is_killed_is_done_once_by_the_other(nodes: Nodes) -> None:
    share = nodes.to_b.create_ready(b"a\n1\n", "a.csv")
    rows = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(ROWS))
    nodes.to_a.upload(share, rows, "b.csv")
    eventually(lambda: bool(nodes.a.own("work/*/tmp")), WAIT_S, "nobody reads")
    assert nodes.a.process is not None
    os.kill(nodes.a.process.pid, signal.SIGKILL)
    nodes.a.process.wait()
    nodes.a.process = None
    nodes.to_b.wait_ready(share.id, 2)
    assert nodes.to_b.page(share.id, offset=ROWS - 1)["rows"] == [{"a": ROWS - 1, "b": "x"}]
    nodes.a.start()
    assert not nodes.a.own("work/*"), "what the dead left is still there"
    assert nodes.to_a.page(share.id, offset=ROWS - 1)["rows"] == [{"a": ROWS - 1, "b": "x"}]
