"""One of three processes after another is killed at any moment, while files come in through all."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import pytest
import requests

from tests.client import API, Client
from tests.conftest import Seeded, StartServer
from tests.processes.conftest import COUNT, FEWER, clients_of, pids, until
from tests.server import Server

ROUNDS = 3
TOGETHER = 3


@dataclass(frozen=True)
class Sent:
    """A file on its way in, and the share that was acknowledged for it."""

    content: bytes
    share: str | None


def send(server: Server, chance: random.Random) -> Sent:
    """Send a file of some size through whichever process takes it."""
    rows = chance.randrange(1, 60_000)
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (row, rows) for row in range(rows))
    with suppress(requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        with Client(server.url) as client:
            answer = client.request("POST", f"{API}/shares?filename=a.csv", data=content)
        if answer.status_code == 201:
            return Sent(content, answer.json()["id"])
        assert answer.status_code == 503, answer.text
    return Sent(content, None)


def kill_one(server: Server, chance: random.Random) -> None:
    """Kill a process after a while, and return when there is another one in its place."""
    threading.Event().wait(chance.uniform(0.0, 0.6))
    number = chance.randrange(1, COUNT + 1)
    with suppress(KeyError, ProcessLookupError):
        os.kill(pids(server)[number], signal.SIGKILL)
    until(lambda: len(pids(server)) == COUNT, "it was not started anew")


@pytest.mark.noisy
def test_no_acknowledged_file_is_lost_whichever_process_dies(
    start_server: StartServer, seeded: Seeded
) -> None:
    server = start_server(env=FEWER)
    clients_of(server)
    sent: list[Sent] = []
    with ThreadPoolExecutor(TOGETHER) as pool:
        for number in range(seeded.rounds(ROUNDS)):
            chances = [random.Random(f"{seeded.seed} {number} {at}") for at in range(TOGETHER + 1)]
            sending = [pool.submit(send, server, chance) for chance in chances[1:]]
            kill_one(server, chances[0])
            sent += [future.result() for future in sending]
    acknowledged = [one for one in sent if one.share is not None]
    sys.stdout.write(f"\nseed {seeded.seed}: {len(acknowledged)} of {len(sent)} acknowledged\n")
    assert acknowledged
    with Client(server.url) as client:
        for one in acknowledged:
            assert one.share is not None
            rows = client.wait_ready(one.share, 1)["sheets"][0]["rows"]
            assert rows == one.content.count(b"\n") - 1
            assert client.original(one.share, 1) == one.content
    assert {int(path.name.partition("-")[0]) for path in server.data_dir.glob("processes/*-*")} >= {
        *pids(server).values()
    }
