"""HTTP by hand, for what no client library would send."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.client import Client
from tests.server import Server


@dataclass(frozen=True)
class Answer:
    """What came back: a status (0: nothing came), headers in lower case, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The body of an error; fails unless it is a problem document."""
        assert self.headers["content-type"] == "application/problem+json", self
        document = json.loads(self.body)
        assert document["status"] == self.status
        assert document["type"] == f"/docs/errors#{document['code']}"
        return dict(document)


@contextmanager
def connected(server: Server, timeout: float = 20) -> Iterator[socket.socket]:
    """A TCP connection to the server."""
    with socket.create_connection(("127.0.0.1", server.port), timeout) as connection:
        yield connection


def exchange(server: Server, sent: bytes | str) -> Answer:
    """Send some bytes, then read one answer."""
    data = sent.encode() if isinstance(sent, str) else sent
    with connected(server) as connection:
        connection.sendall(data)
        return receive(connection, has_body=not data.startswith(b"HEAD "))


def request(
    server: Server, method: str, path: str, *headers: str, body: bytes = b"", length: bool = True
) -> Answer:
    """One request with the headers as they stand; Host and Content-Length are added."""
    own = [f"Content-Length: {len(body)}"] if length else []
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *own, *headers, "", ""]
    return exchange(server, "\r\n".join(lines).encode("latin-1") + body)


def receive(connection: socket.socket, *, has_body: bool = True) -> Answer:
    """Read one answer, as long as its headers say."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = _piece(connection)
        if not piece:
            return Answer(0, {}, received)
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    missing = int(headers.get("content-length", "0")) - len(body) if has_body else 0
    while missing > 0 and (piece := _piece(connection)):
        body += piece
        missing -= len(piece)
    return Answer(int(start.split()[1]), headers, body)


def _piece(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def figure(client: Client, name: str) -> float:
    """One figure of /metrics."""
    told = client.request("GET", "/metrics").text
    found = re.search(rf"^{name} (\S+)$", told, re.MULTILINE)
    assert found, f"no figure {name}"
    return float(found[1])


def settled(server: Server, client: Client) -> None:
    """Return when every request but our own is over and its bytes are cleared away."""
    deadline = time.monotonic() + 30
    while figure(client, "tablecast_requests_under_way") > 1 or incoming(server):
        assert time.monotonic() < deadline, f"left over: {incoming(server)}"


def incoming(server: Server) -> list[Path]:
    """The files of uploads that are on their way."""
    return server.own("spool/incoming-*")
