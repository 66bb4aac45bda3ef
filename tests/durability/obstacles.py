"""Things that go on for as long as the test wants, and would hold up a server that waits for them.

Each is a context whose value says whether it still goes on.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from typing import TypeAlias

from tests.client import API, SUBPROTOCOL, Client, Created
from tests.durability.waiting import beside, eventually
from tests.server import Server

GoingOn: TypeAlias = Callable[[], bool]
MANY = 12
"""More than there are threads of any kind in the server."""
SMALL_BUFFER = 4096
WAIT_S = 60.0


@contextmanager
def a_big_upload(server: Server) -> Iterator[GoingOn]:
    """One that sends as fast as it is taken, and comes to no end before the test does."""
    piece = secrets.token_bytes(256 * 1024)

    def pieces(ending: threading.Event) -> Iterator[bytes]:
        while not ending.is_set():
            yield piece

    def send(ending: threading.Event) -> None:
        with Client(server.url) as client:
            address, body = f"{API}/shares?filename=a.bin", pieces(ending)
            answers.append(client.request("POST", address, data=body).status_code)

    answers: list[int] = []
    with beside(send) as sending:
        yield sending.is_alive
    assert answers == [201]


@contextmanager
def trickling_uploads(server: Server) -> Iterator[GoingOn]:
    """Many, a few bytes at a time, none of them complete."""
    head = (
        f"POST {API}/shares?filename=a.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
    )

    def trickle(ending: threading.Event) -> None:
        while not ending.wait(0.01):
            for connection in connections:
                connection.sendall(b"1,2\n")

    with ExitStack() as stack:
        connections = [stack.enter_context(_connected(server)) for _ in range(MANY)]
        for connection in connections:
            connection.sendall(head.encode())
        trickling = stack.enter_context(beside(trickle))
        yield lambda: trickling.is_alive() and not any(map(_has_answer, connections))


@contextmanager
def readers_that_do_not_read(server: Server) -> Iterator[GoingOn]:
    """Many who ask for a large original or a large page, and leave the answer where it is."""
    row = b",".join([b"x" * 5_000] * 4) + b"\n"
    content = row.replace(b"x", b"h") + row * 500
    with ExitStack() as stack:
        client = stack.enter_context(Client(server.url))
        share = client.create_ready(content, "wide.csv")
        revision = f"{API}/shares/{share.id}/revisions/1"
        paths = [f"{revision}/original", f"{revision}/rows?limit=1000"]
        connections = [
            _asking(stack, server, paths[at % 2], "Connection: close") for at in range(MANY)
        ]
        for connection in connections:
            eventually(lambda: _has_answer(connection), WAIT_S, "no answer began")  # noqa: B023
        yield lambda: True
        # The buffers between us hold less than that, so each was still being sent all the time.
        for connection in connections:
            assert _drain(connection) > len(content) * 0.99


@contextmanager
def subscribers_that_do_not_read(server: Server) -> Iterator[GoingOn]:
    """Many who watch a share that changes all the time, and never take a frame."""
    changes: list[int] = []

    def change(ending: threading.Event) -> None:
        with Client(server.url) as client:
            while not ending.is_set():
                _rename(client, share, f"Title {len(changes)}")
                changes.append(1)

    with ExitStack() as stack:
        client = stack.enter_context(Client(server.url))
        share = client.create(b"a\n1\n", "a.csv")
        for _ in range(MANY):
            _asking(stack, server, f"{API}/changes?share={share.id}", *UPGRADE)
        changing = stack.enter_context(beside(change))
        eventually(lambda: len(changes) > 100, WAIT_S, "changes are not made any more")
        yield changing.is_alive


@contextmanager
def a_big_file_being_read(server: Server) -> Iterator[GoingOn]:
    """A real reading that takes its time; the server reads nothing while it comes in."""
    content = b"name,amount,day\n" + b"somebody,12.50,2024-02-29\n" * 4_000_000
    with Client(server.url) as client:
        share = client.create(content, "long.csv")
        yield lambda: client.revision(share.id, 1)["state"] == "processing"
        client.wait_ready(share.id, 1)


@contextmanager
def a_parser_that_hangs(server: Server) -> Iterator[GoingOn]:
    """The child that reads is stopped, and so is its reading."""
    waiting = server.children()
    assert waiting, "no child waits for a file"
    for child in waiting:
        os.kill(child.pid, signal.SIGSTOP)
    with Client(server.url) as client:
        share = client.create(b"a\n1\n", "a.csv")
        try:
            yield lambda: client.revision(share.id, 1)["state"] == "processing"
        finally:
            for child in waiting:
                os.kill(child.pid, signal.SIGCONT)
        client.wait_ready(share.id, 1)


UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
)


def _connected(server: Server) -> closing[socket.socket]:
    connection = socket.socket()
    # before it is connected, or it has no effect on what the other side may send
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    connection.connect(("127.0.0.1", server.port))
    return closing(connection)


def _asking(stack: ExitStack, server: Server, path: str, *headers: str) -> socket.socket:
    connection = stack.enter_context(_connected(server))
    lines = (f"GET {path} HTTP/1.1", "Host: x", *headers, "", "")
    connection.sendall("\r\n".join(lines).encode())
    return connection


def _has_answer(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False


def _drain(connection: socket.socket) -> int:
    connection.settimeout(WAIT_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    received = 0
    while piece := connection.recv(1 << 20):
        received += len(piece)
    return received


def _rename(client: Client, share: Created, title: str) -> None:
    client.request(
        "PATCH",
        f"{API}/shares/{share.id}",
        json={"title": title},
        headers={"Authorization": f"Bearer {share.token}"},
    ).raise_for_status()


def status_of(port: int, path: str, patience_s: float) -> int:
    """The status of an answer on a new connection. Raises TimeoutError."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=patience_s)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
