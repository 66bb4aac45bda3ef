"""A bad network: a proxy that breaks connections off after a number of bytes, either way."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Self, cast

PIECE = 16 * 1024
NO_GOODBYE = b"\1\0\0\0\0\0\0\0"


@dataclass(frozen=True)
class Cut:
    """After so many bytes to the server, or of its answers (None: never)."""

    sent: int | None = None
    answered: int | None = None
    abruptly: bool = True
    """By a reset; otherwise by an end of the stream, as a proxy would."""


class BadNetwork:
    """Listens on a port of its own; each connection is cut as `cuts` says, those after it never.

    `on_cut` is called just before.
    """

    def __init__(
        self, port: int, cuts: Iterator[Cut], on_cut: Callable[[], None] = lambda: None
    ) -> None:
        self._port = port
        self._cuts = cuts
        self._on_cut = on_cut
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut = 0
        """How many connections were cut, or are just about to be."""
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in self._open:
            connection.close()

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._port))
                except OSError:
                    client.close()  # nobody is there just now
                    continue
                self._open.extend((client, server))
                self._start(self._carry, client, server, next(self._cuts, Cut()))

    def _carry(self, client: socket.socket, server: socket.socket, cut: Cut) -> None:
        # One thread for both ways: a socket that another thread reads could not be reset.
        allowed = {client: cut.sent, server: cut.answered}
        with suppress(OSError), selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while ready.get_map():
                for key, _ in ready.select():
                    source, target = cast("socket.socket", key.fileobj), key.data
                    data = source.recv(PIECE)
                    limit = allowed[source]
                    if limit is not None and len(data) >= limit:
                        target.sendall(data[:limit])
                        self._break(client, server, cut)
                        return
                    if limit is not None:
                        allowed[source] = limit - len(data)
                    if data:
                        target.sendall(data)
                    else:
                        ready.unregister(source)
                        target.shutdown(socket.SHUT_WR)
        client.close()
        server.close()

    def _break(self, client: socket.socket, server: socket.socket, cut: Cut) -> None:
        with self._lock:
            self.cut += 1
        self._on_cut()
        for connection in (client, server):
            if cut.abruptly:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_GOODBYE)
            connection.close()
