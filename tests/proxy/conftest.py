"""Two nodes on one PostgreSQL, and a real nginx in front of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.client import Client
from tests.postgres import PostgresServer, new_database
from tests.proxy.nginx import Nginx
from tests.server import Server, Servers

HEARTBEAT_S = 1.0


@dataclass(frozen=True)
class Behind:
    """Two nodes, the nginx in front, and a client of it."""

    a: Server
    b: Server
    nginx: Nginx
    client: Client
    database: str

    def requests(self, part: str) -> list[str]:
        """The lines of nginx's log that hold `part`."""
        return [line for line in self.nginx.log_lines() if part in line]


@pytest.fixture(scope="session")
def behind(
    servers: Servers, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    """Shared by all the tests that leave them as they found them."""
    database = new_database(postgres)
    env = {"TABLECAST_TRUSTED_PROXIES": "127.0.0.1", "TABLECAST_HEARTBEAT_S": str(HEARTBEAT_S)}
    a, b = (servers.start(database_url=database, env=env) for _ in range(2))
    folder = tmp_path_factory.mktemp("nginx")
    with Nginx(folder, [a.port, b.port]) as nginx, Client(nginx.url) as client:
        yield Behind(a, b, nginx, client, database)
    a.close()
    b.close()
