"""Two nodes on one PostgreSQL, and ways to come between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from tests.client import Client
from tests.conftest import StartServer
from tests.postgres import PostgresServer, new_database
from tests.server import Server


@dataclass(frozen=True)
class Nodes:
    """Two nodes that share nothing but a database, a client of each, and the database's URL."""

    a: Server
    b: Server
    to_a: Client
    to_b: Client
    database: str

    def cut_listeners(self) -> int:
        """End every connection that listens for changes; how many there were."""
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'tablecast-listener'"
        )
        with psycopg.connect(self.database, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def nodes(postgres: PostgresServer, start_server: StartServer) -> Iterator[Nodes]:
    """Two nodes of this test's own."""
    database = new_database(postgres)
    a, b = start_server(database_url=database), start_server(database_url=database)
    with Client(a.url) as to_a, Client(b.url) as to_b:
        yield Nodes(a, b, to_a, to_b, database)
