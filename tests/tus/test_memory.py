"""Twenty uploads at once take little memory, also when they are gone on with and hashed anew."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from tests.client import Client
from tests.server import Server
from tests.tus.speaking import begin, head, open_patch, patch

MIB = 1024 * 1024
UPLOADS = 20
SIZE = 40 * MIB
MAY_GROW = 300 * MIB


def content_of(number: int) -> bytes:
    """Bytes that do not compress, and that no reader takes for long."""
    return b"noise\n" + random.Random(number).randbytes(SIZE - 6)


def growth(server: Server, work: Callable[[int], object]) -> int:
    """The greatest resident memory of the server while all are at work, above that before."""
    before = most = server.memory()
    with ThreadPoolExecutor(UPLOADS) as pool:
        pending = {pool.submit(work, number) for number in range(UPLOADS)}
        while pending:
            done, pending = wait(pending, timeout=0.02)
            most = max(most, server.memory())
            for finished in done:
                finished.result()
    return most - before


@pytest.mark.timeout(900)
def test_twenty_uploads_at_once_stay_within_their_memory(any_fresh_server: Server) -> None:
    server = any_fresh_server
    paths: dict[int, str] = {}

    def first_half(number: int) -> None:
        with Client(server.url) as client:
            paths[number] = begin(client, SIZE, filename=f"{number}.bin").path
        connection = open_patch(server, paths[number], 0, SIZE)
        connection.send(content_of(number)[: SIZE // 2])
        connection.close()

    def second_half(number: int) -> None:
        with Client(server.url) as client:
            at = int(head(client, paths[number]).headers["Upload-Offset"])
            assert at > 0
            answer = patch(client, paths[number], at, content_of(number)[at:])
            assert answer.headers["Tablecast-Revision"] == "1"

    assert growth(server, first_half) < MAY_GROW
    # Nobody knows the hash of what came before: it is read back.
    server.kill()
    server.start()
    assert growth(server, second_half) < MAY_GROW
    with Client(server.url) as client:
        for number, path in paths.items():
            share = client.request("GET", path).json()["share"]
            revision = client.revision(share, 1)
            assert revision["sha256"] == hashlib.sha256(content_of(number)).hexdigest()
