"""SIGTERM: what is under way is finished, what is being read goes on after the next start."""

from __future__ import annotations

import json
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

from backend.config import Config
from tests.client import API, Client
from tests.conftest import StartServer
from tests.durability.waiting import eventually
from tests.server import Server, answers

WAIT_S = 60.0
NUMBERS = b"a,b\n" + b"12.50,some text\n" * 400_000
"""A file whose reading takes longer than it takes to ask for the stop."""


def begin_to_stop(server: Server) -> None:
    """SIGTERM, and return when nobody can connect any more."""
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    eventually(lambda: not answers(server.port), WAIT_S, "it still takes connections")


def bytes_received(server: Server) -> int:
    """What has come of the uploads under way."""
    return sum(path.stat().st_size for path in server.own("spool/incoming-*"))


def wait_for_the_end(server: Server) -> int:
    """The exit code of a server that was told to stop; a second SIGTERM would cut it short."""
    assert server.process is not None
    code = server.process.wait(WAIT_S)
    server.process = None
    return code


def test_an_upload_under_way_is_finished_before_the_server_ends(any_fresh_server: Server) -> None:
    server = any_fresh_server
    half, stopping = threading.Event(), threading.Event()
    content = NUMBERS[:3_000_000]

    def pieces() -> object:
        yield content[: len(content) // 2]
        half.set()
        assert stopping.wait(WAIT_S)
        yield content[len(content) // 2 :]

    def upload() -> tuple[int, str]:
        with Client(server.url) as client:
            answer = client.request("POST", f"{API}/shares?filename=a.csv", data=pieces())
            return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(1) as pool:
        uploading = pool.submit(upload)
        assert half.wait(WAIT_S)
        # sent is not yet received: the stop must find it under way
        eventually(lambda: bytes_received(server) > 0, WAIT_S, "nothing of it has arrived")
        begin_to_stop(server)
        stopping.set()
        status, share_id = uploading.result(WAIT_S)
    assert status == 201
    assert wait_for_the_end(server) == 0
    server.start()
    with Client(server.url) as client:
        client.wait_ready(share_id, 1)
        assert client.original(share_id, 1) == content


def test_stops_in_the_middle_of_a_reading_never_fail_the_file(start_server: StartServer) -> None:
    # with the longest lease a reading that was not given back would not go on
    server = start_server(env={"TABLECAST_LEASE_S": "100000", "TABLECAST_MAX_ATTEMPTS": "2"})
    with Client(server.url) as client:
        share = client.create(NUMBERS, "a.csv")
        for _ in range(4):
            eventually(lambda: bool(server.own("work/*")), WAIT_S, "nobody reads")
            assert client.revision(share.id, 1)["state"] == "processing", "the file is too small"
            assert server.stop() == 0
            server.start()
        revision = client.wait_ready(share.id, 1)
    assert revision["sheets"][0]["rows"] == 400_000


def test_a_stop_right_after_an_upload_leaves_its_reading_to_the_next_start(
    start_server: StartServer,
) -> None:
    server = start_server(env={"TABLECAST_LEASE_S": "100000"})
    for number in range(3):
        with Client(server.url) as client:
            share = client.create(b"a\n%d\n" % number, "a.csv")
        assert server.stop() == 0
        server.start()
        with Client(server.url) as client:
            client.wait_ready(share.id, 1)


def test_clients_that_went_away_do_not_hold_up_a_stop(start_server: StartServer) -> None:
    server = start_server()
    request = f"POST {API}/shares?filename=a.csv HTTP/1.1"
    head = f"{request}\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head.encode() + b"x" * 100_000)
    since = server.log_size()
    assert server.stop() == 0
    told = [json.loads(line)["event"] for line in server.log_lines(since)]
    assert told == ["stopped"], f"it waited {Config.shutdown_s} s for requests that are gone"
