"""Files made to hurt: each is read right or fails by name, soon and small, and nobody notices.

They are uploaded to a running server, whose health and whose pages are asked for all the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.config import Config
from backend.ingest.failure import CODES
from tests.client import API, Client
from tests.conftest import Seeded
from tests.ingest.hostile.beside import Beside
from tests.ingest.hostile.books import BOOKS
from tests.ingest.hostile.columnar import COLUMNAR
from tests.ingest.hostile.other_books import OTHER_BOOKS
from tests.ingest.hostile.texts import MIB, TEXTS
from tests.server import Servers

pytestmark = pytest.mark.noisy  # a parser that dies is told in the log
FILES = {**TEXTS, **BOOKS, **OTHER_BOOKS, **COLUMNAR}
ALIKE = {
    "a zip bomb by lzma", "a zip bomb, deflated", "20,000 sheets", "a damaged XLSX 1",
    "a damaged XLSX 2", "a damaged XLS 1", "a damaged XLS 2", "a damaged ODS 1", "a damaged ODS 2",
    "a damaged Parquet file 1", "a damaged Parquet file 2", "a damaged Arrow file 1",
    "a damaged Arrow file 2", "a gzip bomb of one line", "a million columns later",
    "laughs in the strings", "a gzip in a gzip in a gzip", "an unclosed quote before 8 MB",
}  # fmt: skip
"""Near to others: only `make soak` reads them, and all others too, with the time of earnest."""
MOST_SECONDS = 30.0
MOST_BYTES = 1_500_000_000
LONGEST_ANSWER_S = 5.0
ANSWERS_PER_S = 5.0
# A file that is stopped by the clock need not be waited for as long as in earnest.
QUICK = {
    "TABLECAST_INGEST_BASE_S": "6",
    "TABLECAST_INGEST_S_PER_MIB": "0.3",
    "TABLECAST_MAX_CELL_BYTES": str(4 * MIB),
}
OUTCOMES = {"read", "parser_died", *CODES}


@dataclass(frozen=True)
class Hall:
    """A server that reads hostile files, and those who look at other tables meanwhile."""

    client: Client
    beside: Beside


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        soak = metafunc.config.getoption("--soak")
        metafunc.parametrize("name", [name for name in FILES if soak or name not in ALIKE])


@pytest.fixture(scope="module")
def hall(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Hall]:
    server = servers.start(env={} if request.config.getoption("--soak") else QUICK)
    with Client(server.url) as client:
        other = client.create_ready(b"a,b\n" + b"1,two\n" * 5_000, "other.csv")
        paths = ["/healthz"]
        paths += [f"{API}/shares/{other.id}/rows?offset={at}" for at in range(0, 5_000, 250)]
        with Beside(server, paths) as beside:
            yield Hall(client, beside)
    server.close()


def test_the_time_of_a_small_file_is_what_is_promised() -> None:
    """In earnest a file of 20 MiB has as much time as the smallest."""
    assert max(Config.ingest_base_s, 20 * Config.ingest_s_per_mib) < MOST_SECONDS - 4


def test_a_hostile_file_hurts_nobody(name: str, tmp_path: Path, hall: Hall, seeded: Seeded) -> None:  # noqa: ARG001 - seeded: also in `make soak`
    write, expected = FILES[name]
    source = tmp_path / "hostile"
    write(source)
    share = hall.client.create(source, "hostile")
    with hall.beside.watching() as seen:
        started = time.monotonic()
        revision = hall.client.wait_settled(share.id, 1)
        took = time.monotonic() - started
    result = "read" if revision["state"] == "ready" else revision["failure"]["code"]
    assert expected == "*" or result in expected.split("|"), revision["failure"]
    assert result in OUTCOMES
    assert took < MOST_SECONDS
    assert seen.most_memory < MOST_BYTES
    assert seen.failures == []
    assert seen.longest < LONGEST_ANSWER_S
    assert seen.answers >= int(ANSWERS_PER_S * took)
    if result == "read":
        assert_whole(hall.client, share.id, revision)


def assert_whole(client: Client, share: str, revision: dict[str, list[dict[str, int]]]) -> None:
    """Every sheet has its last row, and none after it; a row may be too large for a page."""
    for sheet in revision["sheets"]:
        rows = sheet["rows"]
        query = f"sheet_index={sheet['index']}&offset={max(0, rows - 1)}&limit=2"
        answer = client.request("GET", f"{API}/shares/{share}/revisions/1/rows?{query}")
        page = answer.json()
        if answer.status_code != 200:
            assert page["code"] == "page_too_large"
            continue
        assert page["total"] == rows
        assert len(page["rows"]) == min(rows, 1)
