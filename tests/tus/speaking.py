"""tus by hand: requests as the protocol has them, also such as no good client would send."""

from __future__ import annotations

import base64
import random
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import requests

from tests.client import API, Client
from tests.server import Server

UPLOADS = f"{API}/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


def table(chance: random.Random, size: int) -> bytes:
    """A CSV file of exactly `size` bytes that nobody could guess, and that compresses badly."""
    head = b"noise\n"
    text = base64.b64encode(chance.randbytes(size))[: max(0, size - len(head) - 1)]
    lines = [text[at : at + 99] for at in range(0, len(text), 100)]
    return (head + b"\n".join(lines) + b"\n").ljust(size, b"\n")[:size]


def metadata(**said: str) -> dict[str, str]:
    """The header Upload-Metadata."""
    pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in said.items())
    return {"Upload-Metadata": ",".join(pairs)}


@dataclass(frozen=True)
class Upload:
    """An upload as its client knows it."""

    path: str
    share: str
    token: str | None
    answer: requests.Response


def begin(
    client: Client,
    size: int,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    **said: str,
) -> Upload:
    """Begin an upload; it must be granted."""
    answer = client.request(
        "POST",
        UPLOADS,
        data=body,
        headers={
            **TUS,
            **(BYTES if body else {}),
            "Upload-Length": str(size),
            **metadata(**({"filename": "table.csv"} | said)),
            **(headers or {}),
        },
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return Upload(answer.headers["Location"], told["share"]["id"], told["edit_token"], answer)


def patch(client: Client, path: str, offset: int, body: bytes, **headers: str) -> requests.Response:
    """Send some bytes."""
    given = {**TUS, **BYTES, "Upload-Offset": str(offset), **headers}
    return client.request("PATCH", path, data=body, headers=given)


def head(client: Client, path: str) -> requests.Response:
    """Ask where to go on."""
    return client.request("HEAD", path, headers=TUS)


def offset_of(client: Client, path: str) -> int:
    """Where to go on; it must be told.

    A part whose connection was cut may reach the server after the question, and is then the newer
    of the two: the question is answered 423 and asked again, as the usual clients do.
    """
    for _ in range(5):
        answer = head(client, path)
        if answer.status_code != 423:
            break
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["Upload-Offset"])


def code(answer: requests.Response) -> tuple[int, Any]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["code"]


def open_patch(server: Server, path: str, offset: int, length: int) -> HTTPConnection:
    """A PATCH of which only the headers are sent, for a test to go on with as it likes."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("PATCH", path)
    for name, value in {**TUS, **BYTES}.items():
        connection.putheader(name, value)
    connection.putheader("Upload-Offset", str(offset))
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    return connection


def reset(connection: HTTPConnection) -> None:
    """Break a connection off as a lost network does: no goodbye, and nothing more is read."""
    assert connection.sock is not None
    linger = b"\1\0\0\0\0\0\0\0"
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    with closing(connection):
        pass
