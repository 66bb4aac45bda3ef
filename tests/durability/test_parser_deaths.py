"""However a parser dies, it ends its own revision, soon and by name, and nothing else.

What a panic of an engine and a crash of its own look like to the cage: tests/ingest/test_cage.py.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from functools import partial

import pytest

from tests.client import Client
from tests.conftest import StartServer
from tests.durability.waiting import beside
from tests.server import Server

MOST_SECONDS = 30.0
NUMBERS = b"a,b\n" + b"12.50,some text\n" * 400_000


@pytest.mark.noisy  # every death is told in the log
@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGKILL])
def test_a_parser_that_is_killed_ends_its_own_revision(
    start_server: StartServer, number: signal.Signals
) -> None:
    server = start_server()
    assert server.process is not None
    with Client(server.url) as client:
        other = client.create_ready(b"a\n1\n", "other.csv")
        with beside(partial(kill_parsers, server, number)):
            started = time.monotonic()
            share = client.create(NUMBERS, "a.csv")
            failed = client.wait_settled(share.id, 1)
            took = time.monotonic() - started
        assert (failed["state"], failed["failure"]["code"]) == ("failed", "parser_died")
        assert took < MOST_SECONDS
        assert client.share(share.id)["head"] is None
        assert client.original(share.id, 1) == NUMBERS
        assert client.page(other.id)["total"] == 1
        next_one = client.create_ready(b"a\n2\n", "next.csv")
        assert client.rows(next_one.id, shape="arrays", values="text") == [["2"]]
    assert server.process.poll() is None


def kill_parsers(server: Server, number: signal.Signals, ending: threading.Event) -> None:
    """Every process that the server starts, until told to stop."""
    while not ending.wait(0.05):
        for child in server.children():
            with suppress(ProcessLookupError):
                os.kill(child.pid, number)


def test_a_parser_that_swells_is_named(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_INGEST_MEMORY_BYTES": str(64 * 1024 * 1024)})
    with Client(server.url) as client:
        share = client.create(NUMBERS, "a.csv")
        failed = client.wait_settled(share.id, 1)
        assert (failed["state"], failed["failure"]["code"]) == ("failed", "too_much_memory")
