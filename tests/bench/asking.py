"""One who asks for a page again and again, in a process of its own, and notes how long it takes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

PAUSE_S = 0.004


def answer_times(url: str, seconds: float) -> list[float]:
    """The seconds that each answer took, ascending; measured in another process."""
    command = [sys.executable, "-m", "tests.bench.asking", url, str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True)
    times: list[float] = json.loads(done.stdout)
    return times


def ask(url: str, seconds: float) -> list[float]:
    """Ask over one kept connection, with a short pause between two requests."""
    parts = urlsplit(url)
    request = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    times = []
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ends = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < ends:
            connection.sendall(request)
            read_answer(connection)
            times.append(time.perf_counter() - begun)
            time.sleep(PAUSE_S)
    return sorted(times)


def read_answer(connection: socket.socket) -> bytes:
    """The body of one answer; AssertionError unless it is 200."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 18)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(1 << 18)
    return body


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ask(sys.argv[1], float(sys.argv[2]))))
