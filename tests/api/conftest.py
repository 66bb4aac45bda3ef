"""What the tests of the HTTP API share: clients of the servers, and a share to look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client import Client, Created
from tests.server import Server

PRICES = b"article,price,since\n00123,12.50,2024-02-29\n00124,3,2023-12-01\n"


@pytest.fixture
def any_client(any_server: Server) -> Iterator[Client]:
    """A client of a shared server, on SQLite and on PostgreSQL."""
    with Client(any_server.url) as client:
        yield client


@pytest.fixture
def prices(client: Client) -> Created:
    """A new share of the shared server: three columns, two rows, revision 1 ready."""
    return client.create_ready(PRICES, "prices.csv")
