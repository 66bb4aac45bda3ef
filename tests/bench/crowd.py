"""Thousands of watchers in one process: bare sockets that shake hands, listen and count frames."""

from __future__ import annotations

import json
import os
import resource
import select
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from tests.client import API, SUBPROTOCOL

PER_ADDRESS = 20_000
"""Connections from one loopback address; the kernel has 28,000 ports for each."""
AT_ONCE = 512
WITHOUT_PORT = 24
"""IP_BIND_ADDRESS_NO_PORT of Linux: the port is chosen when the connection is made."""
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, CLOSE, PING = 0x81, 0x88, 0x89
CHANGE = b'{"type":"change"'
PONG = b"\x8a\x80\0\0\0\0"


def raise_file_limit() -> int:
    """Allow as many open files as the hard limit has it; how many that are."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def watching(shares: Sequence[str]) -> str:
    """The address of a channel that follows some shares."""
    return f"{API}/changes?" + "&".join(f"share={share_id}" for share_id in shares)


class Watcher:
    """One connection, and what came over it since it was opened."""

    __slots__ = (
        "buffer",
        "changes",
        "code",
        "ended",
        "greeted",
        "last",
        "open",
        "socket",
        "target",
    )

    def __init__(self, connection: socket.socket, target: str) -> None:
        self.socket = connection
        self.target = target
        self.buffer = b""
        self.open = False
        self.greeted = False
        self.ended = False
        self.changes = 0
        self.last = b""
        self.code: int | None = None

    def ask(self) -> None:
        """Send the opening handshake."""
        lines = (
            f"GET {self.target} HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
        )
        self.socket.sendall(lines.encode())

    def take(self, piece: bytes) -> None:
        """Take in what has come; answer pings."""
        data = self.buffer + piece if self.buffer else piece
        if not self.open:
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self.buffer = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionRefusedError(head[:80].decode("latin-1"))
            self.open = True
        at = 0
        while len(data) - at >= 2:
            length, begin = data[at + 1], at + 2
            if length == 126:
                length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if begin + length > len(data):
                break
            self._take_frame(data[at], data[begin : begin + length])
            at = begin + length
        self.buffer = data[at:]

    def _take_frame(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self.greeted = True
            if payload.startswith(CHANGE):
                self.changes += 1
                self.last = payload
        elif kind == PING:
            self.socket.send(PONG)
        elif kind == CLOSE:
            self.code = int.from_bytes(payload[:2], "big")


class Crowd:
    """Watchers of one server. They read when told to, and those told not to do not."""

    def __init__(self, port: int) -> None:
        self.errors: list[str] = []
        self.watchers: list[Watcher] = []
        self.receive_bytes = 0
        """The socket buffer of those who join from now on; 0: what the kernel gives."""
        self.on_change: Callable[[Watcher], None] | None = None
        self._address = ("127.0.0.1", port)
        self._poll = select.epoll()
        self._by_number: dict[int, Watcher] = {}
        self._opened = 0

    def join(self, targets: Iterable[str], deadline_s: float = 300.0) -> float:
        """Open a channel for each address; seconds until the last one was greeted."""
        begun = time.perf_counter()
        waiting, entering = list(targets)[::-1], set[Watcher]()
        while (waiting or entering) and time.perf_counter() - begun < deadline_s:
            while waiting and len(entering) < AT_ONCE:
                watcher = self._open(waiting.pop())
                if watcher is not None:
                    entering.add(watcher)
            self.turn(0.05)
            entering = {one for one in entering if not (one.greeted or one.ended)}
        if waiting or entering:
            self.errors.append(f"{len(waiting) + len(entering)} were not greeted in time")
        return time.perf_counter() - begun

    def listen(self, enough: Callable[[], bool], seconds: float) -> bool:
        """Take in what comes until there is enough of it; false where the time is over first."""
        ends = time.perf_counter() + seconds
        while not enough():
            if time.perf_counter() > ends:
                return False
            self.turn(0.05)
        return True

    def stop_reading(self, watchers: Iterable[Watcher]) -> None:
        """Leave what comes for these to the kernel."""
        for watcher in watchers:
            self._poll.unregister(watcher.socket)

    def read_on(self, watchers: Iterable[Watcher]) -> None:
        """Read again."""
        for watcher in watchers:
            self._poll.register(watcher.socket, select.EPOLLIN)

    def close(self) -> None:
        """End all connections at once, with a reset, so that no port stays taken."""
        for watcher in self.watchers:
            if not watcher.ended:
                linger = b"\1\0\0\0\0\0\0\0"
                watcher.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                watcher.socket.close()
        self.watchers.clear()
        self._by_number.clear()
        self._poll.close()
        self._poll = select.epoll()

    def _open(self, target: str) -> Watcher | None:
        connection = socket.socket()
        if self.receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
        connection.setsockopt(socket.IPPROTO_IP, WITHOUT_PORT, 1)
        connection.bind((f"127.0.0.{1 + self._opened // PER_ADDRESS % 200}", 0))
        self._opened += 1
        try:
            connection.connect(self._address)
            watcher = Watcher(connection, target)
            watcher.ask()
        except OSError as error:
            self.errors.append(os.strerror(error.errno or 0))
            connection.close()
            return None
        connection.setblocking(False)
        self.watchers.append(watcher)
        self._by_number[connection.fileno()] = watcher
        self._poll.register(connection, select.EPOLLIN)
        return watcher

    def turn(self, wait_s: float) -> None:
        """Take in what has come, once."""
        for number, _ in self._poll.poll(wait_s, 1024):
            watcher = self._by_number[number]
            try:
                piece = watcher.socket.recv(1 << 16)
                if piece:
                    changes = watcher.changes
                    watcher.take(piece)
                    if self.on_change is not None and watcher.changes > changes:
                        self.on_change(watcher)
                    continue
            except BlockingIOError:
                continue
            except OSError as error:
                if watcher.code is None:
                    self.errors.append(str(error))
            self._end(watcher)

    def _end(self, watcher: Watcher) -> None:
        watcher.ended = True
        del self._by_number[watcher.socket.fileno()]
        self._poll.unregister(watcher.socket)
        watcher.socket.close()


def main(port: int, target: str, count: int) -> None:
    """Join, say so in a line, and answer every line with the fewest changes that one was told."""
    raise_file_limit()
    crowd = Crowd(port)
    seconds = crowd.join([target] * count)
    say({"seconds": seconds, "errors": crowd.errors})
    while True:
        crowd.listen(lambda: bool(select.select([sys.stdin], [], [], 0)[0]), float("inf"))
        if not os.read(0, 1):
            return
        fewest = min(watcher.changes for watcher in crowd.watchers)
        say({"changes": fewest, "last": crowd.watchers[0].last.decode()})


def say(told: dict[str, object]) -> None:
    """One line to whoever has started this."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
