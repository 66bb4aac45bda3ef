"""Connections that die, clients that come back, servers that are killed: no byte is lost."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException

import requests

from tests.client import Client
from tests.conftest import Seeded, StartServer
from tests.postgres import PostgresServer, new_database
from tests.server import Server
from tests.tus.speaking import begin, head, offset_of, open_patch, patch, reset, table

MIB = 1024 * 1024


def status_of(connection: HTTPConnection) -> int | None:
    """What a connection is told in the end; None where it was closed without a word."""
    with closing(connection):
        try:
            with connection.getresponse() as answer:
                return answer.status
        except (HTTPException, OSError):
            return None


def status_of_patch(client: Client, path: str, content: bytes) -> int | None:
    """The same of a part from the beginning: who is cut off while sending may not hear why."""
    try:
        return patch(client, path, 0, content).status_code
    except requests.ConnectionError:
        return None


def finish(client: Client, path: str, content: bytes) -> str:
    """Send what is missing; the number of the revision."""
    at = offset_of(client, path)
    if at < len(content):
        assert patch(client, path, at, content[at:]).status_code == 204
    return head(client, path).headers["Tablecast-Revision"]


def test_a_cut_connection_keeps_what_came(any_server: Server, seeded: Seeded) -> None:
    chance = seeded.random
    with Client(any_server.url) as client:
        for _ in range(seeded.rounds(6)):
            content = table(chance, chance.randrange(1, 3 * MIB))
            upload, at = begin(client, len(content)), 0
            for _ in range(chance.randrange(1, 5)):
                connection = open_patch(any_server, upload.path, at, len(content) - at)
                sent = chance.randrange(len(content) - at + 1)
                connection.send(content[at : at + sent])
                chance.choice((reset, HTTPConnection.close))(connection)
                before, at = at, offset_of(client, upload.path)
                assert before <= at <= before + sent
            assert finish(client, upload.path, content) == "1"
            assert client.original(upload.share, 1) == content


def test_a_dead_connection_does_not_lock_out_the_next(any_server: Server, seeded: Seeded) -> None:
    content = table(seeded.random, 3 * MIB)
    with Client(any_server.url) as client:
        upload = begin(client, len(content))
        dead = open_patch(any_server, upload.path, 0, len(content))
        dead.send(content[: 2 * MIB + 7])
        # It says nothing more, and does not end: only its client's return tells.
        at = offset_of(client, upload.path)
        assert at <= 2 * MIB + 7
        assert status_of(dead) == 423
        assert patch(client, upload.path, at, content[at:]).headers["Tablecast-Revision"] == "1"
        assert client.original(upload.share, 1) == content


def test_a_part_that_comes_without_asking_takes_over_too(server: Server, client: Client) -> None:
    content = table(random.Random(1), 2 * MIB)
    upload = begin(client, len(content))
    dead = open_patch(server, upload.path, 0, len(content))
    if status_of_patch(client, upload.path, content) != 204:
        # The server saw this one first, and the one without bytes has taken over from it.
        assert status_of_patch(client, upload.path, content) == 204
    # Nothing of the first had come; had it, this one would have been told where to go on.
    assert status_of(dead) == 423
    assert client.original(upload.share, 1) == content


def test_parts_sent_at_once_never_mix(any_server: Server, seeded: Seeded) -> None:
    chance = seeded.random
    for _ in range(seeded.rounds(3)):
        contents = [table(chance, 2 * MIB + 11) for _ in range(6)]
        with Client(any_server.url) as client:
            upload = begin(client, len(contents[0]))

            def send(content: bytes, path: str = upload.path) -> int | None:
                connection = open_patch(any_server, path, 0, len(content))
                try:
                    for start in range(0, len(content), 100_000):
                        connection.send(content[start : start + 100_000])
                except OSError:
                    return status_of(connection)
                return status_of(connection)

            with ThreadPoolExecutor(len(contents)) as pool:
                statuses = list(pool.map(send, contents))
            assert set(statuses) <= {204, 409, 423, None}
            at = offset_of(client, upload.path)
            for content in contents:
                if at < len(content):
                    patch(client, upload.path, at, content[at:])
                    at = offset_of(client, upload.path)
            revision = client.revision(upload.share, 1)
            # Whoever took over went on where the one before had stopped, as it was told to.
            assert client.share(upload.share)["latest"] == 1
            assert revision["size"] == len(contents[0])
            kept = client.original(upload.share, 1)
            assert any(kept.endswith(content[-1000:]) for content in contents)


def test_what_was_acknowledged_survives_a_kill(any_fresh_server: Server, seeded: Seeded) -> None:
    chance = seeded.random
    with Client(any_fresh_server.url) as client:
        for _ in range(seeded.rounds(3)):
            content = table(chance, chance.randrange(3 * MIB, 6 * MIB))
            upload = begin(client, len(content))
            told = chance.randrange(1, 2 * MIB)
            assert patch(client, upload.path, 0, content[:told]).status_code == 204
            under_way = open_patch(any_fresh_server, upload.path, told, len(content) - told)
            under_way.send(content[told : told + chance.randrange(MIB)])
            any_fresh_server.kill()
            under_way.close()
            any_fresh_server.start()
            at = offset_of(client, upload.path)
            assert told <= at < len(content)
            assert finish(client, upload.path, content) == "1"
            assert client.wait_ready(upload.share, 1)["size"] == len(content)
            assert client.original(upload.share, 1) == content


def test_a_stop_keeps_what_came_and_does_not_wait_for_the_rest(
    any_fresh_server: Server, seeded: Seeded
) -> None:
    content = table(seeded.random, 3 * MIB)
    with Client(any_fresh_server.url) as client:
        upload = begin(client, len(content))
        under_way = open_patch(any_fresh_server, upload.path, 0, len(content))
        under_way.send(content[:MIB])
        while client.request("GET", upload.path).json()["offset"] == 0:
            under_way.send(b"")
        any_fresh_server.stop(timeout=20)
        assert status_of(under_way) == 503
        any_fresh_server.start()
        assert 0 < offset_of(client, upload.path) <= MIB
        assert finish(client, upload.path, content) == "1"
        assert client.original(upload.share, 1) == content


def test_an_upload_goes_on_at_any_node(
    start_server: StartServer, postgres: PostgresServer, seeded: Seeded
) -> None:
    url, chance = new_database(postgres), seeded.random
    nodes = [start_server(database_url=url) for _ in range(2)]
    content = table(chance, 4 * MIB)
    with Client(nodes[0].url) as here, Client(nodes[1].url) as there:
        upload, at = begin(here, len(content)), 0
        while at < len(content):
            size = chance.randrange(1, MIB)
            node = chance.choice((here, there))
            assert patch(node, upload.path, at, content[at : at + size]).status_code == 204
            at = min(len(content), at + size)
            assert offset_of(chance.choice((here, there)), upload.path) == at
        assert {offset_of(node, upload.path) for node in (here, there)} == {len(content)}
        assert here.original(upload.share, 1) == there.original(upload.share, 1) == content
        assert there.revision(upload.share, 1)["size"] == len(content)


def test_nodes_that_write_to_one_upload_at_once_never_mix_bytes(
    start_server: StartServer, postgres: PostgresServer, seeded: Seeded
) -> None:
    url = new_database(postgres)
    nodes = [start_server(database_url=url) for _ in range(2)]
    content = table(seeded.random, 5 * MIB)
    with Client(nodes[0].url) as here, Client(nodes[1].url) as there:
        upload = begin(here, len(content))
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(lambda node: patch(node, upload.path, 0, content), (here, there))
            )
        assert {answer.status_code for answer in answers} <= {204, 409, 423}
        assert finish(there, upload.path, content) == "1"
        assert here.share(upload.share)["latest"] == 1
        assert here.original(upload.share, 1) == content
