"""A server of several processes, and clients that each talk to one of them."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import psutil
import pytest
from websockets.sync.client import connect

from tests.client import API, SUBPROTOCOL, Client
from tests.server import Server, Servers

T = TypeVar("T")
COUNT = 3
WAIT_S = 30.0
FEWER = {
    "TABLECAST_PROCESSES": str(COUNT),
    "TABLECAST_QUERY_WORKERS": "1",
    "TABLECAST_LEASE_S": "3",
    "TABLECAST_EARLY_READING_BYTES": "1000000",
}


class ProcessClient(Client):
    """A client whose connections all lead to one of the processes."""

    def __init__(self, server: Server, number: int) -> None:
        super().__init__(server.url)
        self.number = number
        self._port = server.port
        until(self._leads_there, f"nobody is process {number}")

    def changes(self, *share_ids: str) -> Any:
        """An open change channel of this process."""
        connection = channel_connection(self._port, self.number)
        query = "&".join(f"share={share_id}" for share_id in share_ids)
        address = f"ws://127.0.0.1:{self._port}{API}/changes?{query}"
        return connect(address, sock=connection, subprotocols=[SUBPROTOCOL], proxy=None)  # type: ignore[list-item]

    def _leads_there(self) -> bool:
        if self.request("GET", "/healthz").json()["process"] == self.number:
            return True
        self.session.close()
        return False


@dataclass(frozen=True)
class Processes:
    """A server of several processes and a client of each."""

    server: Server
    clients: tuple[ProcessClient, ...]

    def __iter__(self) -> Iterator[ProcessClient]:
        return iter(self.clients)

    def pid(self, number: int) -> int:
        """The process that has this number now."""
        return pids(self.server)[number]


def until(condition: Callable[[], T], complaint: str) -> T:
    """Wait for something that happens in another process; what there is then."""
    deadline = time.monotonic() + WAIT_S
    while not (found := condition()):
        assert time.monotonic() < deadline, complaint
        time.sleep(0.005)
    return found


def channel_connection(port: int, number: int) -> socket.socket:
    """A connection to one of the processes, on which nothing is under way."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        connection = socket.create_connection(("127.0.0.1", port), WAIT_S)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(4_096)
        if json.loads(answer.partition(b"\r\n\r\n")[2])["process"] == number:
            return connection
        connection.close()
    raise AssertionError(f"nobody is process {number}")


def pids(server: Server) -> dict[int, int]:
    """The serving processes by their numbers."""
    assert server.process is not None
    found = {}
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.Error):  # it is just ending
            place = re.search(r"--place (\d+),", " ".join(child.cmdline()))
            if place is not None:
                found[int(place[1])] = child.pid
    return found


def clients_of(server: Server, count: int = COUNT) -> Processes:
    """A client of each process, once all of them answer."""
    return Processes(server, tuple(ProcessClient(server, n + 1) for n in range(count)))


@pytest.fixture(scope="session")
def crowd(servers: Servers) -> Iterator[Server]:
    """A server of three processes on SQLite; whoever kills some of them leaves three again."""
    server = servers.start(env=FEWER)
    yield server
    server.close()


@pytest.fixture
def processes(crowd: Server) -> Iterator[Processes]:
    """The same, with a client of each process."""
    with ExitStack() as stack:
        everyone = clients_of(crowd)
        for client in everyone:
            stack.enter_context(client)
        yield everyone
