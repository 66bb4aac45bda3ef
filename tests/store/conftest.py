"""Every test of the store runs on SQLite and on a real PostgreSQL; neither may be missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backend.config import Config
from backend.store import migrate
from backend.store.blobs import BlobStore
from backend.store.database import Database, open_databases
from tests.postgres import PostgresServer, drop_database, new_database, postgres_server
from tests.store.building import FIRST_SEGMENT_BYTES, SEGMENT_BYTES, Opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all the tests of this run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    """The name of a migrated, empty database on PostgreSQL, to be copied."""
    url = new_database(postgres)
    migrate.upgrade(Config(database_url=url))
    return urlsplit(url).path.removeprefix("/")


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with migrated, empty SQLite files, to be copied."""
    folder = tmp_path_factory.mktemp("migrated") / "data"
    migrate.upgrade(Config(data_dir=folder))
    return folder


@pytest.fixture
def sqlite_config(migrated_folder: Path, tmp_path: Path) -> Config:
    """Settings with SQLite files of the test's own."""
    return Config(data_dir=shutil.copytree(migrated_folder, tmp_path / "data"))


@pytest.fixture
def postgresql_config(
    postgres: PostgresServer, migrated_database: str, tmp_path: Path
) -> Iterator[Config]:
    """Settings with a PostgreSQL database of the test's own."""
    url = new_database(postgres, template=migrated_database)
    yield Config(database_url=url, data_dir=tmp_path / "data")
    drop_database(postgres, url)


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest) -> Config:
    """Settings with a migrated database of the test's own, of each kind in turn."""
    found = request.getfixturevalue(f"{request.param}_config")
    assert isinstance(found, Config)
    return replace(found, database_busy_s=20.0)


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens the databases of some settings; they are closed when the test ends."""
    databases: list[Database] = []

    def open_them(config: Config) -> tuple[Database, Database]:
        found = open_databases(config)
        databases.extend(found)
        return found

    yield open_them
    for database in databases:
        database.dispose()


@pytest.fixture
def databases(config: Config, opened: Opened) -> tuple[Database, Database]:
    """The metadata database and the blob database."""
    return opened(config)


@pytest.fixture
def database(databases: tuple[Database, Database]) -> Database:
    """The metadata database."""
    return databases[0]


@pytest.fixture
def blob_database(databases: tuple[Database, Database]) -> Database:
    """The blob database."""
    return databases[1]


@pytest.fixture
def blobs(blob_database: Database) -> BlobStore:
    """A blob store with segments so small that a test crosses many of their borders."""
    return BlobStore(
        blob_database, segment_bytes=SEGMENT_BYTES, first_segment_bytes=FIRST_SEGMENT_BYTES
    )
