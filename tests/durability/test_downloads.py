"""Downloads: cut ones look cut, slow ones hold up nobody, large ones take no memory."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.tables import csv_table
from tests.client import API, Client, Created
from tests.conftest import StartServer
from tests.durability.test_upload_memory import ALLOWED, MIB, Peak
from tests.server import Server, Servers

ROWS = 300_000
TABLE = csv_table(ROWS)
SLOW_CLIENTS = 12
END_OF_CHUNKS = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Kept:
    """The data folder of a server that has ended, and what it holds."""

    folder: Path
    small: Created
    share: Created


@pytest.fixture(scope="module")
def kept(servers: Servers) -> Kept:
    """A small table and a large one, read once for all who measure what sending them takes."""
    server = servers.start()
    with Client(server.url) as client:
        small = client.create_ready(csv_table(20_000), "small.csv")
        share = client.create_ready(TABLE, "table.csv")
    server.stop()
    return Kept(server.data_dir, small, share)


@contextmanager
def begun(server: Server, path: str, version: str = "1.1") -> Iterator[socket.socket]:
    """A download of which the headers and no more have been read, through a small buffer."""
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(f"GET {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(1024)
        assert received.startswith(b"HTTP/1.1 200"), received
        yield connection


def rest(connection: socket.socket) -> bytes:
    """Everything that still comes; ConnectionResetError where the server reset the connection."""
    pieces = []
    while piece := connection.recv(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def columnar_files(server: Server) -> list[Path]:
    """The columnar files of this node."""
    return [path for path in (server.data_dir / "cache").iterdir() if path.is_file()]


@pytest.mark.parametrize("extension", ["csv", "jsonl", "arrow"])
def test_a_download_that_fails_midway_never_looks_complete(
    start_server: StartServer, kept: Kept, extension: str
) -> None:
    server = start_server(data=kept.folder)
    with Client(server.url) as client:
        path = f"/s/{kept.share.id}.{extension}"
        whole = client.request("GET", path).content
        with server.expecting("request failed"), begun(server, path) as connection:
            for file in columnar_files(server):
                with file.open("rb+") as opened:
                    opened.truncate(file.stat().st_size // 2)
            received = rest(connection)
            assert not received.endswith(END_OF_CHUNKS)
            assert len(received) < len(whole)
        # the damage was noticed, and the file fetched anew
        assert client.request("GET", path).content == whole


def test_a_failed_download_is_reset_where_its_end_would_be_the_end_of_the_connection(
    start_server: StartServer, kept: Kept
) -> None:
    server = start_server(data=kept.folder)
    with Client(server.url) as client:
        client.request("GET", f"/s/{kept.share.id}.csv").raise_for_status()
    with (
        server.expecting("request failed"),
        begun(server, f"/s/{kept.share.id}.csv", version="1.0") as connection,
    ):
        for file in columnar_files(server):
            with file.open("rb+") as opened:
                opened.truncate(file.stat().st_size // 2)
        with pytest.raises(ConnectionResetError):
            rest(connection)


def test_clients_that_do_not_read_hold_up_nobody(server: Server) -> None:
    """More of them than there are threads for downloads, exports and originals alike."""
    with Client(server.url) as client, ExitStack() as stack:
        share = client.create_ready(TABLE, "table.csv")
        original = f"{API}/shares/{share.id}/revisions/1/original"
        paths = [f"/s/{share.id}.csv", f"/s/{share.id}.parquet", original] * (SLOW_CLIENTS // 3)
        for path in paths[:3]:
            client.request("GET", path).raise_for_status()
        peak = Peak(server)
        with peak.watched():
            for path in paths:
                stack.enter_context(begun(server, path))
            assert client.request("GET", f"/s/{share.id}.jsonl?columns=id").status_code == 200
            assert client.page(share.id, offset=200_000)["total"] == ROWS
            assert client.original(share.id, 1) == TABLE
        assert peak.growth <= ALLOWED


def test_a_client_that_stops_reading_is_cut_off(start_server: StartServer, kept: Kept) -> None:
    server = start_server(env={"TABLECAST_DOWNLOAD_STALL_S": "0.5"}, data=kept.folder)
    with Client(server.url) as client, begun(server, f"/s/{kept.share.id}.csv") as connection:
        wait_until_idle(client)
        received = rest(connection)
        assert not received.endswith(END_OF_CHUNKS)


def test_more_exports_at_once_than_allowed_are_asked_to_come_again(
    start_server: StartServer, kept: Kept
) -> None:
    server = start_server(env={"TABLECAST_MAX_STREAMED_EXPORTS": "2"}, data=kept.folder)
    with Client(server.url) as client:
        path = f"/s/{kept.share.id}.csv"
        with begun(server, path), begun(server, path):
            refused = client.request("GET", path)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert refused.headers["Retry-After"] == "10"
        wait_until_idle(client)
        assert client.request("GET", path).content.count(b"\n") == ROWS + 1


def wait_until_idle(client: Client) -> None:
    """Return when the server has no request under way but ours."""
    while "tablecast_requests_under_way 1.0" not in client.request("GET", "/metrics").text:
        time.sleep(0.02)


@pytest.mark.parametrize("extension", ["csv", "jsonl", "json", "arrow", "parquet", "xlsx"])
@pytest.mark.parametrize("query", ["", "?columns=id,amount,note&sort=-amount"])
def test_an_export_of_any_size_takes_little_memory(
    start_server: StartServer, kept: Kept, extension: str, query: str
) -> None:
    server = start_server(data=kept.folder)
    with Client(server.url) as client:
        client.request("GET", f"/s/{kept.small.id}.{extension}{query}").raise_for_status()
        client.page(kept.share.id)
        peak = Peak(server)
        with peak.watched():
            path = f"/s/{kept.share.id}.{extension}{query}"
            answer = client.request("GET", path, stream=True)
            assert answer.status_code == 200
            received = sum(len(piece) for piece in answer.iter_content(1 << 20))
        assert received > 1_000_000
        assert peak.growth <= ALLOWED, f"{peak.growth / MIB:.1f} MiB more than before"
