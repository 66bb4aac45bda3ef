"""Whatever is slow holds up itself alone: `/healthz` and the pages of others are served meanwhile.

No time is measured. Each obstacle goes on until the answers have come (the big file: until it is
read), so a server that waits for it gives too few of them, or none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.client import API, Client
from tests.conftest import StartServer
from tests.durability import obstacles
from tests.durability.obstacles import GoingOn, status_of
from tests.server import Server

ANSWERS = 25
PATIENCE_S = 60.0
SETTINGS = {"TABLECAST_CHANGE_INTERVAL_S": "0.001", "TABLECAST_EARLY_READINGS": "0"}
OBSTACLES: list[Callable[[Server], AbstractContextManager[GoingOn]]] = [
    obstacles.a_big_upload,
    obstacles.trickling_uploads,
    obstacles.readers_that_do_not_read,
    obstacles.subscribers_that_do_not_read,
    obstacles.a_big_file_being_read,
    obstacles.a_parser_that_hangs,
]


def assert_answers_while(
    going_on: GoingOn, port: int, paths: list[str], patience_s: float = PATIENCE_S
) -> None:
    """Every path is answered many times in a row before the obstacle is over."""
    for turn in range(ANSWERS):
        for path in paths:
            assert status_of(port, path, patience_s) == 200, path
        assert going_on(), f"it was over after {turn} answers: the test has shown nothing"


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda each: each.__name__)
def test_nothing_slow_holds_up_the_others(
    start_server: StartServer, obstacle: Callable[[Server], AbstractContextManager[GoingOn]]
) -> None:
    server = start_server(env=SETTINGS)
    with Client(server.url) as client:
        other = client.create_ready(b"a\n" + b"1\n" * 5_000, "other.csv")
    page = f"{API}/shares/{other.id}/rows"
    with obstacle(server) as going_on:
        assert_answers_while(going_on, server.port, ["/healthz", page, f"{page}?offset=4900"])


def test_a_parser_that_hangs_is_ended_and_the_next_file_is_read(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_INGEST_WALL_S": "10"})
    with Client(server.url) as client:
        for child in server.children():
            child.suspend()
        share = client.create(b"a\n1\n", "a.csv")
        next_one = client.create(b"a\n2\n", "b.csv")
        failed = client.wait_settled(share.id, 1)
        assert (failed["state"], failed["failure"]["code"]) == ("failed", "took_too_long")
        client.wait_ready(next_one.id, 1)


def test_a_server_that_waits_for_one_client_would_be_noticed() -> None:
    with a_server_that_waits() as (port, going_on):
        assert status_of(port, "/healthz", PATIENCE_S) == 200
        waiting = threading.Thread(target=status_of, args=(port, "/wait", PATIENCE_S))
        waiting.start()
        with pytest.raises(TimeoutError):
            assert_answers_while(going_on, port, ["/healthz"], patience_s=1.0)
    waiting.join(PATIENCE_S)


def test_an_obstacle_that_is_over_at_once_would_be_noticed(server: Server) -> None:
    with pytest.raises(AssertionError, match="shown nothing"):
        assert_answers_while(lambda: False, server.port, ["/healthz"])


@contextmanager
def a_server_that_waits() -> Iterator[tuple[int, GoingOn]]:
    """One thread for everybody: while it waits for one, nobody is answered."""
    ending = threading.Event()
    asked = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/wait":
                asked.set()
                ending.wait(PATIENCE_S)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, lambda: asked.wait(PATIENCE_S) and not ending.is_set()
        finally:
            ending.set()
            server.shutdown()
            thread.join(PATIENCE_S)
