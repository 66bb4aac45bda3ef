"""A load of GET requests over kept connections: little enough work that the server is the limit."""

from __future__ import annotations

import selectors
import socket
import time
from urllib.parse import urlsplit

CONNECTIONS = 16


def requests_per_second(url: str, seconds: float, connections: int = CONNECTIONS) -> float:
    """How many answers a second a server gives to `connections` clients that ask without pause.

    Every answer must be 200 and as long as the first; anything else raises AssertionError.
    """
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    length = _answer_length(parts.hostname or "", parts.port or 80, request)
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = socket.create_connection((parts.hostname, parts.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request)
        selector.register(connection, selectors.EVENT_READ, [0])
    answered, begun = 0, time.perf_counter()
    while (now := time.perf_counter()) - begun < seconds:
        for key, _ in selector.select(1.0):
            received: list[int] = key.data
            piece = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
            assert piece, "the server closed a connection"
            if received[0] == 0:
                assert piece.startswith(b"HTTP/1.1 200"), piece[:200]
            received[0] += len(piece)
            if received[0] >= length:
                assert received[0] == length, "an answer of another length"
                answered += 1
                received[0] = 0
                key.fileobj.sendall(request)  # type: ignore[union-attr]
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return answered / (now - begun)


def _answer_length(host: str, port: int, request: bytes) -> int:
    """The bytes of one whole answer: headers and body."""
    with socket.create_connection((host, port)) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(1 << 18)
        head, _, _ = answer.partition(b"\r\n\r\n")
        headers = dict(
            line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
        )
        return len(head) + 4 + int(headers[b"content-length"])


def wait_until_listening(port: int, timeout_s: float = 20.0) -> None:
    """Return when somebody listens on a loopback port; TimeoutError if nobody comes."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")
