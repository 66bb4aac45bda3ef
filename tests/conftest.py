"""What every test can ask for: servers, clients, seeds; and the habits that hold for all of them.

- In the folders of ON_BOTH every test that talks to a server runs on SQLite and on PostgreSQL.
- Where `CI=true`, a skipped test is a failed test.
- An error line in a server's log which the test has not announced fails the test
  (`with server.expecting("pattern")`, or the marker `noisy`).
"""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest

from tests.client import Client
from tests.forked import ForkedServer
from tests.postgres import PostgresServer, migrated_database, new_database, postgres_server
from tests.server import Server, Servers

SOAK_FACTOR = 20
USUAL_SEED = 7
DATABASES = ("sqlite", "postgresql")
ON_BOTH = ("tests.api.", "tests.tus.")
ASKS_FOR_BOTH = {"any_server", "any_fresh_server"}
SERVERS = pytest.StashKey[Servers]()
POSITIONS = pytest.StashKey[Mapping[Server, int]]()


@dataclass(frozen=True)
class Seeded:
    """Randomness that can be repeated with TABLECAST_SEED, and more of it under `make soak`."""

    seed: int
    factor: int

    @property
    def random(self) -> random.Random:
        """A new generator from the seed."""
        return random.Random(self.seed)

    def rounds(self, usual: int) -> int:
        """How many rounds to go: `usual` in `make test`, twenty times as many in `make soak`."""
        return usual * self.factor


class StartServer(Protocol):
    """Starts a server with a data folder of its own; it ends with the test.

    Its database is empty, of the kind that the test runs on, unless a URL is given; on SQLite a
    data folder can be given, of which it gets a copy.
    """

    def __call__(
        self,
        *,
        database_url: str | None = None,
        env: Mapping[str, str] | None = None,
        data: Path | None = None,
    ) -> Server: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="only the seeded tests, for long")


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says more about the neighbours on the machine than about the code.
    # `make test` asks the same questions every time, so a change answers for itself alone;
    # `make soak` looks for new ones.
    soak = config.getoption("--soak")
    hypothesis.settings.register_profile(
        "tablecast", deadline=None, print_blob=True, derandomize=not soak
    )
    hypothesis.settings.load_profile("tablecast")
    if not hasattr(config, "workerinput"):
        seed = random.SystemRandom().randrange(2**31) if soak else USUAL_SEED
        os.environ.setdefault("TABLECAST_SEED", str(seed))


def pytest_report_header() -> str:
    return f"TABLECAST_SEED={os.environ['TABLECAST_SEED']}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--soak"):
        return
    seeded = [item for item in items if "seeded" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in seeded])
    items[:] = seeded


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    forbid_skip(report)
    servers = item.config.stash.get(SERVERS, None)
    if report.failed and servers is not None:
        report.sections.extend(servers.tails(item.stash.get(POSITIONS, {})))
    if report.failed and "seeded" in getattr(item, "fixturenames", ()):
        report.sections.append(("seed", f"TABLECAST_SEED={os.environ['TABLECAST_SEED']}"))
    return report


def forbid_skip(report: pytest.CollectReport | pytest.TestReport) -> None:
    """In CI a skip that nobody sees becomes a failure that everybody sees."""
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}: nothing may be skipped where CI=true"


@pytest.fixture(scope="session")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    """All the servers of this run."""
    everyone = Servers(lambda: tmp_path_factory.mktemp("server"), ForkedServer)
    request.config.stash[SERVERS] = everyone
    yield everyone
    everyone.close()


@pytest.fixture(autouse=True)
def _logs_stay_clean(request: pytest.FixtureRequest) -> Iterator[None]:
    servers = request.config.stash.get(SERVERS, None)
    before = servers.positions() if servers else {}
    request.node.stash[POSITIONS] = before
    yield
    servers = request.config.stash.get(SERVERS, None)
    if servers and request.node.get_closest_marker("noisy") is None:
        unexpected = servers.unexpected(before)
        assert not unexpected, "unexpected lines in the log:\n" + "\n".join(unexpected)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_both = metafunc.module.__name__.startswith(ON_BOTH)
    if "database" in metafunc.fixturenames and (
        on_both or ASKS_FOR_BOTH & set(metafunc.fixturenames)
    ):
        metafunc.parametrize("database", DATABASES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that the servers of this test keep everything in."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def empty_database(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The URL of a new, empty database of a kind; PostgreSQL is started when it is needed."""

    @functools.cache
    def template() -> str:
        return migrated_database(request.getfixturevalue("postgres"))

    def new(kind: str) -> str:
        if kind == "sqlite":
            return ""
        return new_database(request.getfixturevalue("postgres"), template=template())

    return new


@pytest.fixture(scope="session")
def shared_server(
    servers: Servers, empty_database: Callable[[str], str]
) -> Callable[[str], Server]:
    """The server on a kind of database that is shared; it is started when it is first needed."""
    return functools.cache(lambda kind: servers.start(database_url=empty_database(kind)))


@pytest.fixture(scope="session")
def server(shared_server: Callable[[str], Server], database: str) -> Server:
    """A server shared by all the tests that leave it as they found it."""
    return shared_server(database)


@pytest.fixture
def start_server(
    servers: Servers, empty_database: Callable[[str], str], database: str
) -> Iterator[StartServer]:
    """Start servers with settings of their own."""
    started: list[Server] = []

    def start(
        *,
        database_url: str | None = None,
        env: Mapping[str, str] | None = None,
        data: Path | None = None,
    ) -> Server:
        url = empty_database(database) if database_url is None else database_url
        started.append(servers.start(database_url=url, env=env, data=data))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="module")
def server_with(
    servers: Servers, empty_database: Callable[[str], str], database: str
) -> Iterator[Callable[[Mapping[str, str]], Server]]:
    """Servers with settings, each shared by the tests of a module that leave it as it was."""
    started: dict[frozenset[tuple[str, str]], Server] = {}

    def shared(env: Mapping[str, str]) -> Server:
        settings = frozenset(env.items())
        if settings not in started:
            started[settings] = servers.start(database_url=empty_database(database), env=env)
        return started[settings]

    yield shared
    for server in started.values():
        server.close()


@pytest.fixture
def fresh_server(start_server: StartServer) -> Server:
    """A server that this test may kill, stop and restart."""
    return start_server()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all the tests of this run."""
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="session")
def any_server(server: Server) -> Server:
    """The shared server; in every folder a test that asks for it runs on both databases."""
    return server


@pytest.fixture
def any_fresh_server(fresh_server: Server) -> Server:
    """A server to kill, stop and restart; in every folder the test runs on both databases."""
    return fresh_server


@pytest.fixture
def seeded(request: pytest.FixtureRequest) -> Seeded:
    """Randomness to be repeated. A test which asks for it is part of `make soak`."""
    seed = int(os.environ["TABLECAST_SEED"])
    return Seeded(seed, SOAK_FACTOR if request.config.getoption("--soak") else 1)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A client of the shared server."""
    with Client(server.url) as client:
        yield client
