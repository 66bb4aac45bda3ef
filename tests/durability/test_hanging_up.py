"""Clients that go away in the middle: a whole revision or nothing, and no noise about it."""

from __future__ import annotations

import hashlib
import random
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from backend.config import Config
from tests.client import API, Client, Created
from tests.conftest import Seeded, StartServer
from tests.durability.keeping import Books
from tests.durability.waiting import eventually
from tests.server import Server

CLIENTS = 6
SIZES = (10, 1_000, 70_000, 1_200_000, 2_500_000)
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def test_whoever_hangs_up_leaves_a_whole_revision_or_nothing(
    start_server: StartServer, seeded: Seeded
) -> None:
    server = start_server(env={"TABLECAST_INGEST_WORKERS": "0"})
    times = seeded.rounds(150)
    with (
        Client(server.url) as client,
        closing(Books(Config(data_dir=server.data_dir))) as books,
    ):
        share = client.create(b"a\n1\n", "a.csv")
        with ThreadPoolExecutor(CLIENTS) as pool:
            seeds = [f"{seeded.seed}/{number}" for number in range(times)]
            sent = set(pool.map(lambda seed: hang_up(server, share, seed), seeds))
        whole = [client.original(share.id, n + 1) for n in range(client.share(share.id)["latest"])]
        assert {hashlib.sha256(each).hexdigest() for each in whole[1:]} <= sent
        # nobody has to wait for the sweeper, which is not due for an hour
        eventually(lambda: not books.orphans(), 30.0, "bytes of a cut upload are left")
    assert not server.own("spool/incoming-*")


def hang_up(server: Server, share: Created, seed: str) -> str:
    """Send a body, or a part of it, and go; the digest of the whole one."""
    chance = random.Random(seed)
    body = chance.randbytes(chance.choice(SIZES))
    part = len(body) if chance.random() < 0.6 else chance.randrange(len(body))
    head = (
        f"POST {API}/shares/{share.id}/revisions?filename=b.csv HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {share.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        if chance.random() < 0.3:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        connection.sendall(head.encode() + body[:part])
        threading.Event().wait(chance.uniform(0.0, 0.03))
    return hashlib.sha256(body).hexdigest()
