"""The change channel under attack: bad handshakes, clients that talk, stall, flood and vanish."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import resource
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from socket import SO_RCVBUF, SOL_SOCKET, socket

import pytest

from tests.api.raw import connected, exchange, figure, receive, settled
from tests.client import API, Client, Created
from tests.conftest import StartServer
from tests.server import Server

CSV = b"a\n1\n"
HANDSHAKE = {
    "Host": "x",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
    "Sec-WebSocket-Protocol": "tablecast.changes.v1",
}
PONG, CLOSE, TEXT, PING = 0xA, 0x8, 0x1, 0x9
CLOSE_FRAME = re.compile(rb"\x88[\x02-\x7d](..)", re.DOTALL)


def handshake(share_id: str, method: str = "GET", version: str = "1.1", **changed: str) -> bytes:
    """The opening of a channel, with some of its headers changed or (empty) left out."""
    said = {**HANDSHAKE, **{name.replace("_", "-"): value for name, value in changed.items()}}
    lines = [f"{name}: {value}" for name, value in said.items() if value]
    start = f"{method} {API}/changes?share={share_id} HTTP/{version}"
    return "\r\n".join([start, *lines, "", ""]).encode("latin-1")


def frame(opcode: int, data: bytes, *, final: bool = True) -> bytes:
    """A frame as a client sends it: masked."""
    head = bytes([opcode | (0x80 if final else 0)])
    size = len(data)
    if size < 126:
        head += bytes([0x80 | size])
    else:
        head += bytes([0x80 | 127]) + struct.pack("!Q", size)
    return head + b"\0\0\0\0" + data


def open_channel(server: Server, share_id: str, stack: ExitStack) -> socket:
    """A channel by hand, its handshake answered."""
    connection = stack.enter_context(connected(server))
    connection.sendall(handshake(share_id))
    assert receive(connection).status == 101
    return connection


def nobody_is_left(server: Server, client: Client) -> None:
    """Wait until the hub has forgotten everyone."""
    deadline = time.monotonic() + 20
    while figure(client, "tablecast_subscribers") > 0:
        assert time.monotonic() < deadline, "subscribers are left over"
    settled(server, client)


REFUSED: dict[str, tuple[dict[str, str], int]] = {
    "no upgrade": ({"Upgrade": ""}, 426),
    "another upgrade": ({"Upgrade": "h2c"}, 426),
    "no connection": ({"Connection": ""}, 426),
    "another connection": ({"Connection": "keep-alive"}, 426),
    "an old version": ({"Sec_WebSocket_Version": "8"}, 426),
    "no version": ({"Sec_WebSocket_Version": ""}, 426),
    "a version that is none": ({"Sec_WebSocket_Version": "13, 8"}, 426),
    "no key": ({"Sec_WebSocket_Key": ""}, 400),
    "a short key": ({"Sec_WebSocket_Key": "abc="}, 400),
    "a key that is none": ({"Sec_WebSocket_Key": "\xff" * 24}, 400),
    "HEAD": ({"method": "HEAD"}, 426),
    "HTTP/1.0": ({"version": "1.0"}, 426),
    "POST": ({"method": "POST"}, 405),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_handshake_is_a_problem_and_never_a_channel(
    server: Server, client: Client, prices: Created, name: str
) -> None:
    changed, status = REFUSED[name]
    answer = exchange(server, handshake(prices.id, **changed))
    assert answer.status == status
    if name != "HEAD":
        assert answer.problem["status"] == status
    if status == 426:
        assert answer.headers["sec-websocket-version"] == "13"
    settled(server, client)


@pytest.mark.parametrize(
    "changed",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://elsewhere.example", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "null"},
        {"Sec_WebSocket_Protocol": ""},
        {"Sec_WebSocket_Protocol": "other, ,"},
        {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"},
        {"Sec_WebSocket_Extensions": ";;==,,\xff"},
        {"Connection": "keep-alive, Upgrade"},
    ],
)
def test_whoever_speaks_the_protocol_may_listen(
    server: Server, prices: Created, changed: dict[str, str]
) -> None:
    answer = exchange(server, handshake(prices.id, **changed))
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


TALK = {
    "text": (frame(TEXT, b"hello"), 1008),
    "nothing": (frame(TEXT, b""), 1008),
    "bytes": (frame(0x2, b"\0" * 100), 1008),
    "a big frame": (frame(TEXT, b"x" * 100_000), 1009),
    "a frame of claimed exabytes": (b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\0\0\0\0", 1009),
    "many pieces": (frame(TEXT, b"x", final=False) + frame(0, b"x" * 3_000, final=False) * 9, 1009),
}


@pytest.mark.parametrize("name", TALK)
def test_whoever_sends_data_is_closed(
    server: Server, client: Client, prices: Created, name: str
) -> None:
    sent, code = TALK[name]
    with ExitStack() as stack:
        connection = open_channel(server, prices.id, stack)
        connection.sendall(sent)
        received = b""
        while not (told := CLOSE_FRAME.search(received)) and (piece := _read(connection)):
            received += piece
    assert told or code == 1009, "a close frame"
    if told:
        assert struct.unpack("!H", told[1]) == (code,)
    nobody_is_left(server, client)


def _read(connection: socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def test_a_flood_of_pings_is_answered_within_bounds_and_delays_nobody(
    server: Server, client: Client, prices: Created
) -> None:
    with ExitStack() as stack:
        connection = open_channel(server, prices.id, stack)
        connection.sendall(frame(PING, b"x" * 100) * 20_000)
        began = time.monotonic()
        assert client.request("GET", "/healthz").status_code == 200
        assert time.monotonic() - began < 2
    nobody_is_left(server, client)


@pytest.mark.parametrize("end", ["close", "reset", "half", "frame"])
def test_hundreds_that_come_and_vanish_leave_nothing(
    server: Server, client: Client, prices: Created, end: str
) -> None:
    with ExitStack() as stack:
        channels = [open_channel(server, prices.id, stack) for _ in range(300)]
        assert figure(client, "tablecast_subscribers") == 300
        for channel in channels:
            if end == "reset":
                channel.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SOL_SOCKET, SO_LINGER
            elif end == "half":
                channel.shutdown(1)
            elif end == "frame":
                channel.sendall(frame(CLOSE, struct.pack("!H", 1000)))
            if end in ("close", "reset"):
                channel.close()
        nobody_is_left(server, client)


def test_those_who_vanish_within_the_handshake_leave_nothing(
    server: Server, client: Client, prices: Created
) -> None:
    for _ in range(100):
        with connected(server) as connection:
            connection.sendall(handshake(prices.id))
        with connected(server) as connection:
            connection.sendall(handshake(prices.id)[: -1 - os.urandom(1)[0] % 100])
    nobody_is_left(server, client)


def test_a_share_that_is_deleted_while_many_join_is_told_to_all(server: Server) -> None:
    with Client(server.url) as client, ThreadPoolExecutor(20) as pool:
        share = client.create_ready(CSV, "a.csv")

        def hears_of_the_end(_: int) -> bool:
            with client.changes(share.id) as channel:
                hello = json.loads(channel.recv(20))
                if hello["shares"][share.id] == {"gone": True}:
                    return True
                while True:
                    told = json.loads(channel.recv(20))
                    if told["type"] == "change" and "deleted" in told["what"]:
                        return True

        heard = [pool.submit(hears_of_the_end, number) for number in range(40)]
        headers = {"Authorization": f"Bearer {share.token}"}
        assert client.request("DELETE", f"{API}/shares/{share.id}", headers=headers).ok
        assert all(future.result() for future in heard)
        nobody_is_left(server, client)


def test_who_does_not_read_is_closed_with_4408_and_nobody_else(start_server: StartServer) -> None:
    env = {
        "TABLECAST_SUBSCRIBER_STALL_S": "0.5",
        "TABLECAST_SUBSCRIBER_BUFFER_BYTES": "4096",
        "TABLECAST_CHANGE_INTERVAL_S": "0",
    }
    server = start_server(env=env)
    with Client(server.url) as client, ExitStack() as stack:
        share = client.create_ready(CSV, "a.csv")
        reading = stack.enter_context(client.changes(share.id))
        stalled = stack.enter_context(socket())
        stalled.setsockopt(SOL_SOCKET, SO_RCVBUF, 2_048)
        stalled.connect(("127.0.0.1", server.port))
        stalled.sendall(handshake(share.id))
        while figure(client, "tablecast_subscribers") < 2:
            pass
        path, headers = f"{API}/shares/{share.id}", {"Authorization": f"Bearer {share.token}"}
        for number in itertools.count():
            title = {"title": f"title {number}"}
            client.request("PATCH", path, json=title, headers=headers).raise_for_status()
            while json.loads(reading.recv(30))["type"] != "change":
                pass
            if number > 1 and figure(client, "tablecast_subscribers") == 1:
                break
        received = b"".join(iter(lambda: _read(stalled), b""))
        assert received.endswith(struct.pack("!BBH", 0x80 | CLOSE, 2, 4408))
        client.request("PATCH", path, json={"title": "on"}, headers=headers).raise_for_status()
        assert json.loads(reading.recv(30))["type"] in ("change", "viewers")


@contextmanager
def few_open_files() -> Iterator[None]:
    """Let processes start as a shell lets them: with fewer files than they may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1_024, soft), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_channel_more_than_there_may_be_is_told_when_to_come_back(
    start_server: StartServer,
) -> None:
    with few_open_files():
        server = start_server(env={"TABLECAST_MAX_SUBSCRIBERS": "2"})
    assert server.process is not None
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard, "as many connections as the machine allows"
    with Client(server.url) as client, ExitStack() as stack:
        for _ in range(2):
            open_channel(server, "any", stack)
        refused = exchange(server, handshake("any"))
        assert (refused.status, refused.problem["code"]) == (503, "unavailable")
        assert refused.headers["retry-after"] == "10"
        assert figure(client, "tablecast_subscribers") == 2


def test_a_stop_waits_for_no_one_who_watches_or_went_away(fresh_server: Server) -> None:
    with Client(fresh_server.url) as client, ExitStack() as stack:
        share = client.create_ready(CSV, "a.csv")
        for _ in range(20):
            open_channel(fresh_server, share.id, stack)
        exchange(fresh_server, b"MADEUP / HTTP/1.1\r\nHost: x\r\n\r\n")
        with connected(fresh_server) as connection:
            start = f"POST {API}/shares?filename=a.csv HTTP/1.1\r\nHost: x\r\n"
            connection.sendall(f"{start}Content-Length: 900\r\n\r\nhalf".encode())
        settled(fresh_server, client)
        began = time.monotonic()
        assert fresh_server.stop() == 0
        assert time.monotonic() - began < 8
