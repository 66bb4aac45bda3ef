"""Deletions in the middle of everything else, clients that go away, and what the log tells."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.api.raw import connected, exchange, figure, settled
from tests.client import API, Client
from tests.conftest import StartServer
from tests.server import Server

CSV = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(5_000))
SHARES = f"{API}/shares"


def ask_until(
    stop: threading.Event, server: Server, method: str, path: str, **arguments: Any
) -> set[int]:
    """Send one request after the other; the statuses that came."""
    seen: set[int] = set()
    with Client(server.url) as client:
        while not stop.is_set():
            seen.add(client.request(method, path, **arguments).status_code)
    return seen


def test_deleting_amid_uploads_readings_and_pages_is_a_404_for_the_others(
    any_server: Server,
) -> None:
    # a token goes with its share, so a change that is under way may find it missing first
    allowed = {200, 201, 403, 404, 409}
    with ThreadPoolExecutor(12) as pool, Client(any_server.url) as client:
        for _ in range(4):
            share = client.create(CSV, "a.csv")
            headers = {"Authorization": f"Bearer {share.token}"}
            path = f"{SHARES}/{share.id}"
            stop = threading.Event()

            ask = partial(ask_until, stop, any_server)
            asked = [
                pool.submit(ask, "GET", f"{path}/rows?limit=10"),
                pool.submit(ask, "GET", f"{path}/revisions/1/rows?offset=4000"),
                pool.submit(ask, "GET", f"{path}/revisions/1/original"),
                pool.submit(ask, "GET", f"{path}/revisions"),
                pool.submit(ask, "PATCH", path, json={"title": "x"}, headers=headers),
                pool.submit(ask, "POST", f"{path}/revisions", data=CSV, headers=headers),
            ]
            client.wait_settled(share.id, 1)
            deleted = client.request("DELETE", path, headers=headers)
            assert deleted.status_code == 204
            assert client.request("GET", f"{path}/revisions/1/rows").status_code == 404
            stop.set()
            for future in asked:
                assert future.result() <= allowed
        settled(any_server, client)


def test_of_many_deletions_one_wins(client: Client, server: Server) -> None:
    share = client.create(CSV, "a.csv")

    def delete(_: int) -> int:
        with Client(server.url) as own:
            headers = {"Authorization": f"Bearer {share.token}"}
            return own.request("DELETE", f"{SHARES}/{share.id}", headers=headers).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(delete, range(10)))
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 404, 403}


def test_a_client_that_stops_reading_a_download_leaves_nothing(
    server: Server, client: Client
) -> None:
    share = client.create(os.urandom(20_000_000), "noise.bin")
    path = f"{SHARES}/{share.id}/revisions/1/original"
    for _ in range(5):
        with connected(server) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
    settled(server, client)
    client.request("DELETE", f"{SHARES}/{share.id}", headers={"Authorization": share.token})


def test_a_client_that_goes_away_at_any_point_is_counted_as_over_once(
    server: Server, client: Client
) -> None:
    whole = (
        f"POST {SHARES}?filename=a.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n1234567\n"
    ).encode()
    for length in [1, 20, len(whole) - 20, len(whole) - 8, len(whole) - 7, len(whole) - 1]:
        with connected(server) as connection:
            connection.sendall(whole[:length])
    for _ in range(10):
        with connected(server) as connection:
            connection.sendall(whole)
        with connected(server) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    settled(server, client)
    assert figure(client, "tablecast_requests_under_way") == 1


def test_no_id_and_no_token_is_ever_logged(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_LOG_LEVEL": "DEBUG"})
    with Client(server.url) as client:
        share = client.create_ready(CSV, "very-secret-name.csv")
        headers = {"Authorization": f"Bearer {share.token}"}
        client.upload(share, CSV, "a.csv")
        client.request("PATCH", f"{SHARES}/{share.id}", data=b"\xff", headers=headers)
        client.request("GET", f"/s/{share.id}")
        client.request("GET", f"{SHARES}/{share.id}/rows?token={share.token}")
        with client.changes(share.id) as channel:
            channel.recv(20)
            client.request("DELETE", f"{SHARES}/{share.id}", headers=headers)
        # what is no HTTP is told by the framework itself
        start = f"GET {SHARES}/{share.id}?x={share.token} HTTP/1.1\r\n"
        exchange(server, f"{start}Host: x\r\nAuthorization: {share.token}\r\nbad\r\n\r\n")
        exchange(server, f"{start}Host: {share.token} {share.id}\r\n\r\n")
        exchange(server, f"{start}Host: x\r\nContent-Length: {share.token}\r\n\r\n")
        exchange(server, f"{start}Host: x\r\nX: {share.token}\0{share.id}\r\n\r\n")
    server.stop()
    told = "\n".join(server.log_lines())
    secret = share.token.removeprefix("tct_")
    for forbidden in (share.id, share.token, secret, secret[-12:], "very-secret-name"):
        assert forbidden not in told


@pytest.mark.parametrize(
    "text", ["tct_0123456789abcdef_AB-cd_EF-gh", "/shares/AB-cd_EF-gh0123456789"]
)
def test_the_whole_of_a_secret_is_redacted(text: str) -> None:
    from backend.logs import redact

    event = redact(None, "info", {"event": f"before {text}/after", "other": [text], "n": 1})
    assert "AB-cd" not in str(event)
    assert "gh" not in str(event)
