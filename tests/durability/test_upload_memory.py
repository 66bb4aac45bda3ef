"""A body of any size passes through the server in pieces, and leaves its memory as it was."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

from tests.client import API, Client
from tests.conftest import StartServer
from tests.durability.waiting import beside
from tests.server import Server

MIB = 1024 * 1024
ALLOWED = 64 * MIB
NO_READING = {"TABLECAST_INGEST_WORKERS": "0"}
BOUNDARY = "a-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
LOOK_EVERY_S = 0.005


class Peak:
    """The greatest resident memory of the server, seen every few milliseconds."""

    def __init__(self, server: Server) -> None:
        self.before = server.memory()
        self.highest = self.before
        self._server = server

    @property
    def growth(self) -> int:
        """How much it grew, in bytes."""
        return self.highest - self.before

    def watched(self) -> AbstractContextManager[object]:
        """Look until the end of the block."""
        return beside(self._look)

    def _look(self, ending: threading.Event) -> None:
        while not ending.wait(LOOK_EVERY_S):
            self.highest = max(self.highest, self._server.memory())


def lines(size: int) -> Iterator[bytes]:
    """A delimited file of that many bytes, in pieces that are not made twice."""
    piece = b"%012d,somebody,12.50,2024-02-29,%s\n" % (7, b"x" * 200) * (256 * 1024 // 243)
    sent = 0
    while sent < size:
        yield piece[: size - sent]
        sent += len(piece)


def form(size: int) -> Iterator[bytes]:
    """The same as the file of a multipart form."""
    disposition = 'Content-Disposition: form-data; name="file"; filename="a.csv"'
    yield f"--{BOUNDARY}\r\n{disposition}\r\n\r\n".encode()
    yield from lines(size)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def growth_during(server: Server, body: Iterator[bytes], size: int, media_type: str) -> int:
    """Upload it, and give the bytes that the server's memory grew by at most."""
    with Client(server.url) as client:
        client.create(b"a\n1\n", "warm.csv")
        peak = Peak(server)
        with peak.watched():
            answer = client.request(
                "POST",
                f"{API}/shares?filename=a.csv",
                data=body,
                headers={"Content-Type": media_type},
            )
    assert answer.status_code == 201
    assert answer.json()["revision"]["size"] == size
    server.close()
    # a gigabyte twice, which nobody will look at
    shutil.rmtree(server.data_dir)
    return peak.growth


def test_a_body_of_a_gigabyte_adds_little_to_the_memory(start_server: StartServer) -> None:
    server, size = start_server(env=NO_READING), 1024 * MIB
    growth = growth_during(server, lines(size), size, "text/csv")
    assert 0 < growth <= ALLOWED, f"{growth / MIB:.1f} MiB more than before"


def test_a_form_of_300_megabytes_adds_little_to_the_memory(start_server: StartServer) -> None:
    server, size = start_server(env=NO_READING), 300 * MIB
    growth = growth_during(server, form(size), size, FORM)
    assert 0 < growth <= ALLOWED, f"{growth / MIB:.1f} MiB more than before"


def test_a_server_that_keeps_a_body_in_memory_would_be_noticed(start_server: StartServer) -> None:
    keeping = {"TABLECAST_SEGMENT_BYTES": str(256 * MIB)}
    server, size = start_server(env={**NO_READING, **keeping}), 128 * MIB
    assert growth_during(server, lines(size), size, "text/csv") > ALLOWED
