"""Migrations on every database: up, down and up again, by one of many that start together."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from backend.config import Config
from backend.store import migrate, models
from backend.store.database import open_databases
from tests.postgres import PostgresServer, drop_database, new_database
from tests.store.building import Opened, accept, claimed, finish, new_share, now_share, sheet

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "migrations"
BROKEN = """
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = {down!r}


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO nowhere VALUES (1)")
"""
REBUILDING = """
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = {down!r}


def upgrade() -> None:
    # SQLite can do this only by making the table anew
    with op.batch_alter_table("shares") as batch:
        batch.alter_column("title", existing_type=sa.Text(), nullable=True)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Config]:
    """Settings with a database in which there is nothing at all."""
    if request.param == "sqlite":
        yield Config(data_dir=tmp_path / "data")
        return
    postgres = request.getfixturevalue("postgres")
    assert isinstance(postgres, PostgresServer)
    url = new_database(postgres)
    yield Config(database_url=url)
    drop_database(postgres, url)


def tables(config: Config) -> set[str]:
    found: set[str] = set()
    for database in open_databases(config):
        with database.reading() as reader:
            found |= set(inspect(reader).get_table_names())
        database.dispose()
    return found


def with_migration(
    monkeypatch: pytest.MonkeyPatch, folder: Path, source: str, *, part: str = "metadata"
) -> None:
    """Let there be one more migration."""
    shutil.copytree(FOLDER, folder)
    (folder / part / "9999_more.py").write_text(source.format(down=migrate.HEADS[part]))
    monkeypatch.setattr(migrate, "_FOLDER", folder)
    monkeypatch.setitem(migrate.HEADS, part, "9999")


VERSIONS = {"alembic_version_metadata", "alembic_version_blobs"}
EVERYTHING = {*models.metadata.tables, *models.blobs_metadata.tables, *VERSIONS}


def test_up_and_down_and_up_again(empty: Config) -> None:
    assert tables(empty) == set()
    migrate.upgrade(empty)
    assert tables(empty) == EVERYTHING
    migrate.check(empty)
    migrate.downgrade(empty)
    assert tables(empty) == VERSIONS
    migrate.upgrade(empty)
    assert tables(empty) == EVERYTHING
    migrate.check(empty)


def test_migrating_again_changes_nothing(config: Config, opened: Opened) -> None:
    database, _ = opened(config)
    share = new_share(database)
    migrate.upgrade(config)
    assert now_share(database, share) == share


def test_many_processes_that_start_together_migrate_once(empty: Config) -> None:
    program = "from backend.config import Config; from backend.store import migrate;"
    program += "migrate.upgrade(Config.from_env())"
    environment = {
        **os.environ,
        "TABLECAST_DATA_DIR": str(empty.data_dir),
        "TABLECAST_DATABASE_URL": empty.database_url,
    }
    command = [sys.executable, "-W", "error", "-c", program]
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate()[1].decode() for process in started]
    assert errors == [""] * 4
    assert [process.returncode for process in started] == [0] * 4
    assert tables(empty) == EVERYTHING


def test_looking_whether_there_is_something_to_do_does_not_load_alembic(config: Config) -> None:
    program = "import sys; from backend.config import Config; from backend.store import migrate;"
    program += "migrate.upgrade(Config.from_env()); assert 'alembic' not in sys.modules"
    environment = {
        **os.environ,
        "TABLECAST_DATA_DIR": str(config.data_dir),
        "TABLECAST_DATABASE_URL": config.database_url,
    }
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)


@pytest.mark.parametrize("part", ["metadata", "blobs"])
def test_the_program_knows_the_newest_migration(part: str) -> None:
    scripts = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / part)])
    assert scripts.get_heads() == [migrate.HEADS[part]]


@pytest.mark.parametrize("part", ["metadata", "blobs"])
def test_a_migration_that_fails_leaves_everything_as_it_was(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str
) -> None:
    with_migration(monkeypatch, tmp_path / "migrations", BROKEN, part=part)
    with pytest.raises(Exception, match="nowhere"):
        migrate.upgrade(config)
    assert tables(config) == EVERYTHING
    (tmp_path / "migrations" / part / "9999_more.py").unlink()
    monkeypatch.undo()
    migrate.check(config)


def test_rebuilding_a_table_keeps_what_hangs_on_it(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opened: Opened
) -> None:
    database, _ = opened(config)
    share = new_share(database)
    accept(database, share)
    assert finish(database, claimed(database), sheet()) is not None
    before = now_share(database, share)
    with_migration(monkeypatch, tmp_path / "migrations", REBUILDING)
    migrate.upgrade(config)
    with database.reading() as reader:
        columns = {column["name"]: column for column in inspect(reader).get_columns("shares")}
        assert columns["title"]["nullable"]
        for table in ("revisions", "sheets"):
            assert reader.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 1
        assert reader.exec_driver_sql("SELECT head FROM shares").scalar() == before.head


@pytest.mark.parametrize("part", ["metadata", "blobs"])
def test_alembic_itself_finds_its_way(sqlite_config: Config, part: str) -> None:
    command = [sys.executable, "-m", "alembic", "-c", str(FOLDER / "alembic.ini"), "-n", part]
    environment = {**os.environ, "TABLECAST_DATA_DIR": str(sqlite_config.data_dir)}
    environment["TABLECAST_DATABASE_URL"] = ""
    done = subprocess.run(
        [*command, "check"],
        cwd=sqlite_config.data_dir,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "No new upgrade operations" in done.stdout


def test_one_sqlite_file_can_hold_both_sets(tmp_path: Path, opened: Opened) -> None:
    config = Config(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'all.sqlite3'}")
    migrate.upgrade(config)
    migrate.check(config)
    metadata, blobs = opened(config)
    assert metadata is blobs
    assert tables(config) == EVERYTHING


def test_a_difference_between_models_and_migrations_is_found(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.shares.c.title, "nullable", True)
    with pytest.raises(Exception, match="title"):
        migrate.check(config)
