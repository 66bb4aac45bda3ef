"""What becomes of an export whose client leaves, or whose share is deleted, half-way."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.client import API, Client, Created
from tests.server import Server

ROWS = 30_000
TABLE = b"n,text\n" + b"".join(b"%d,%s\n" % (n, b"abcdefgh" * 50) for n in range(ROWS))
"""More than the buffers of a connection hold."""
IDLE_S = 30
END_OF_CHUNKS = b"\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def share(server: Server) -> Created:
    with Client(server.url) as client:
        return client.create_ready(TABLE, "table.csv")


@contextmanager
def begun(server: Server, path: str) -> Iterator[socket.socket]:
    """An export of which the first bytes have come, through a small buffer."""
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        connection.settimeout(IDLE_S)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"
        yield connection


def rest(connection: socket.socket) -> bytes:
    """What still comes, to the last chunk or to the end of the connection."""
    received = bytearray()
    while not received.endswith(END_OF_CHUNKS) and (piece := connection.recv(1 << 20)):
        received += piece
    return bytes(received)


def idle(client: Client) -> bool:
    """Whether only the request that asks is under way."""
    return "tablecast_requests_under_way 1.0" in client.request("GET", "/metrics").text


def test_clients_that_leave_half_way_leave_nothing_behind(server: Server, share: Created) -> None:
    paths = [f"/s/{share.id}.{kind}" for kind in ("csv", "jsonl", "json", "arrow", "csv?n__gt=5")]
    with Client(server.url) as client, ExitStack() as leaving:
        for path in paths * 3:
            leaving.enter_context(begun(server, path))
        leaving.close()
        ends = time.monotonic() + IDLE_S
        while not idle(client):
            assert time.monotonic() < ends, "a download is still under way"
        assert client.request("GET", paths[0]).content == TABLE


def test_exports_that_have_begun_come_to_their_end_although_the_share_is_deleted(
    server: Server,
) -> None:
    with Client(server.url) as client, ExitStack() as open_ones:
        share = client.create_ready(TABLE, "table.csv")
        paths = [f"/s/{share.id}/r/1.csv{query}" for query in ("", "?n__gte=0")]
        connections = [open_ones.enter_context(begun(server, path)) for path in paths]
        token = {"Authorization": f"Bearer {share.token}"}
        answer = client.request("DELETE", f"{API}/shares/{share.id}", headers=token)
        assert answer.status_code == 204
        for path, connection in zip(paths, connections, strict=True):
            assert client.request("GET", path).status_code == 404
            received = rest(connection)
            assert received.endswith(END_OF_CHUNKS)
            assert b"%d,abcd" % (ROWS - 1) in received[-1_000_000:]
