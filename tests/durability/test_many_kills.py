"""A node that is killed again and again while it reads does not fail a good file."""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import select, update

from backend.config import Config
from backend.store import models
from backend.store.database import open_databases
from tests.client import Client
from tests.conftest import Seeded, StartServer
from tests.durability.waiting import eventually
from tests.server import Server

WAIT_S = 60.0
# The time between a death and the next attempt is waited for; how often, is as in earnest.
QUICK = {"TABLECAST_LEASE_S": "0.3"}
NUMBERS = b"a,b\n" + b"12.50,some text\n" * 400_000
KILLS = Config.max_attempts + 3


class Jobs:
    """The one job there is, as the database has it."""

    def __init__(self, server: Server) -> None:
        self._metadata, self._blobs = open_databases(Config(data_dir=server.data_dir))

    def attempts(self) -> int:
        """How often it was begun; 0 when it is done."""
        with self._metadata.reading() as reader:
            return reader.execute(select(models.jobs.c.attempts)).scalar() or 0

    def age(self, attempts: int) -> None:
        """As if it had been begun so often: kills that need not be waited for."""
        with self._metadata.transaction() as session:
            session.execute(update(models.jobs).values(attempts=attempts))

    def close(self) -> None:
        """Let go of the files."""
        self._metadata.dispose()
        self._blobs.dispose()


def kill_while_it_reads(server: Server, jobs: Jobs, times: int) -> None:
    """Each kill comes when another attempt has begun."""
    before = 0
    for _ in range(times):
        eventually(lambda: jobs.attempts() > before, WAIT_S, "nobody reads")  # noqa: B023
        server.kill()
        before = jobs.attempts()
        server.start()


def test_a_good_file_outlives_more_kills_than_there_are_attempts(
    start_server: StartServer, seeded: Seeded
) -> None:
    """In `make soak` each attempt really ends in a kill."""
    server = start_server(env=QUICK)
    with closing(Jobs(server)) as jobs:
        with Client(server.url) as client:
            share = client.create(NUMBERS, "a.csv")
        if seeded.factor == 1:
            kill_while_it_reads(server, jobs, 1)
            jobs.age(Config.max_attempts - 1)
        kill_while_it_reads(server, jobs, KILLS - jobs.attempts())
        assert jobs.attempts() > Config.max_attempts
        with Client(server.url) as client:
            revision = client.wait_ready(share.id, 1)
    assert revision["sheets"][0]["rows"] == 400_000


def test_a_file_whose_nodes_die_for_too_long_is_given_up(start_server: StartServer) -> None:
    given_up = {"TABLECAST_MAX_ATTEMPTS": "2", "TABLECAST_INTERRUPTED_S": "0"}
    server = start_server(env=QUICK | given_up)
    with closing(Jobs(server)) as jobs:
        with Client(server.url) as client:
            share = client.create(NUMBERS, "a.csv")
        kill_while_it_reads(server, jobs, 2)
        with Client(server.url) as client:
            revision = client.wait_settled(share.id, 1)
    assert (revision["state"], revision["failure"]["code"]) == ("failed", "reading_interrupted")
