"""How the databases are opened, and what happens when they are busy or away."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from backend.config import Config
from backend.errors import UnavailableError
from backend.store import jobs, models, shares
from backend.store.blobs import BlobStore
from backend.store.database import Database
from tests.store.building import Opened, accept, all_at_once, new_share, now_share

PRAGMAS = "page_size", "auto_vacuum", "journal_mode", "synchronous", "foreign_keys"


def pragmas(database: Database, *, writing: bool) -> list[object]:
    def ask(name: str) -> object:
        if not writing:
            with database.reading() as reader:
                return reader.scalar(text(f"PRAGMA {name}"))
        with database.transaction() as session:
            return session.scalar(text(f"PRAGMA {name}"))

    return [ask(name) for name in PRAGMAS]


@pytest.mark.parametrize("writing", [True, False])
def test_sqlite_forgets_nothing_that_was_committed(
    sqlite_config: Config, writing: bool, opened: Opened
) -> None:
    metadata, blobs = opened(sqlite_config)
    # synchronous 2 is FULL: kill -9 cannot show that a commit did not reach the disk
    assert pragmas(metadata, writing=writing) == [4096, 2, "wal", 2, 1]
    assert pragmas(blobs, writing=writing) == [16_384, 2, "wal", 2, 1]


def test_new_files_get_their_form_from_whoever_opens_them_first(
    tmp_path: Path, opened: Opened
) -> None:
    config = Config(data_dir=tmp_path / "not" / "there" / "yet")
    metadata, blobs = opened(config)
    assert pragmas(metadata, writing=True) == [4096, 2, "wal", 2, 1]
    assert pragmas(blobs, writing=True) == [16_384, 2, "wal", 2, 1]
    assert config.data_dir.stat().st_mode & 0o077 == 0


def test_sqlite_waits_as_long_as_it_is_told(sqlite_config: Config) -> None:
    database = Database(sqlite_config.metadata_url, busy_s=1.5)
    with database.reading() as reader:
        assert reader.scalar(text("PRAGMA busy_timeout")) == 1_500


def test_pages_of_deleted_blobs_go_back_to_the_file_system(
    sqlite_config: Config, opened: Opened
) -> None:
    _, database = opened(sqlite_config)
    store = BlobStore(database, segment_bytes=1 << 18, first_segment_bytes=1 << 16)
    kept, doomed = store.writer(compress=False), store.writer(compress=False)
    for _ in range(16):
        kept.write(os.urandom(1 << 18))
        doomed.write(os.urandom(1 << 18))
    kept.finish()
    store.delete(doomed.finish().id)
    with database.reading() as reader:
        pages, free = (reader.scalar(text(f"PRAGMA {n}_count")) for n in ("page", "freelist"))
    assert pages is not None
    assert free is not None
    assert pages * 16_384 < 5 << 20
    assert free < 16
    assert sum(len(piece) for piece in store.read(kept.id)) == 4 << 20


def test_postgresql_keeps_segments_uncompressed_and_outside_the_row(
    postgresql_config: Config, opened: Opened
) -> None:
    database, blobs = opened(postgresql_config)
    assert database is blobs
    statement = text(
        "SELECT attstorage::text FROM pg_attribute"
        " WHERE attrelid = 'segments'::regclass AND attname = 'data'"
    )
    with database.reading() as reader:
        assert reader.scalar(statement) == "e"


def test_postgresql_sends_segments_as_they_are(postgresql_config: Config, opened: Opened) -> None:
    database, _ = opened(postgresql_config)
    statement = select(text("'\\x00ff'::bytea AS data"))
    with database.reading() as reader:
        result = reader.execute(statement.execution_options(binary_results=True))
        assert result.cursor is not None
        assert getattr(result.cursor, "format") == 1  # noqa: B009 - the protocol has no such name
        assert result.scalar() == b"\x00\xff"


def test_a_writer_that_waits_too_long_is_told_to_come_again(config: Config, opened: Opened) -> None:
    metadata, _ = opened(config)
    share = new_share(metadata)
    hasty, _ = opened(replace(config, database_busy_s=0.1))
    with metadata.transaction() as session:
        shares.rename(session, share.id, "Costs")
        with pytest.raises(UnavailableError):
            accept(hasty, share)
    assert accept(hasty, share)[1].number == 1


def test_a_thread_that_waits_too_long_for_its_turn_is_told_to_come_again(
    sqlite_config: Config, opened: Opened
) -> None:
    database, _ = opened(replace(sqlite_config, database_busy_s=0.05))
    share = new_share(database)
    refused: list[UnavailableError] = []

    def write() -> None:
        try:
            accept(database, share)
        except UnavailableError as error:
            refused.append(error)

    with database.transaction():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_processes_that_read_and_then_write_lose_nothing(config: Config, opened: Opened) -> None:
    # a Database of its own for each: as far apart as processes are
    processes = [opened(config)[0] for _ in range(6)]
    share = new_share(processes[0], "")

    def append(number: int) -> None:
        for _ in range(10):
            with processes[number].transaction() as session:
                found = session.execute(
                    select(models.shares.c.title)
                    .where(models.shares.c.id == share.id)
                    .with_for_update()
                ).scalar_one()
                shares.rename(session, share.id, found + str(number))

    all_at_once(6, append)
    assert sorted(now_share(processes[0], share).title) == sorted("012345" * 10)


def test_readers_are_not_held_up_by_a_writer(config: Config, opened: Opened) -> None:
    database, _ = opened(replace(config, database_busy_s=0.1))
    share = new_share(database)
    with database.transaction() as session:
        shares.rename(session, share.id, "Costs")
        assert now_share(database, share) == share
    assert now_share(database, share).title == "Costs"


def test_a_claim_does_not_wait_for_another_claim(postgresql_config: Config, opened: Opened) -> None:
    database, _ = opened(replace(postgresql_config, database_busy_s=0.5))
    share = new_share(database)
    for _ in range(2):
        accept(database, share)
    with database.transaction() as one, database.transaction() as two:
        first = jobs.claim(one, owner="one", lease_s=60)
        second = jobs.claim(two, owner="two", lease_s=60)
        with database.transaction() as three:
            assert jobs.claim(three, owner="three", lease_s=60) is None
    assert [job and job.revision for job in (first, second)] == [1, 2]


def test_a_database_out_of_reach_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    away = Database(f"postgresql://nobody@/nothing?host={tmp_path}", busy_s=2)
    with pytest.raises(UnavailableError):
        away.ping()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnavailableError):
        Database(f"sqlite:///{tmp_path / 'folder'}", busy_s=2).ping()


def test_a_connection_that_was_cut_is_unavailable_once(
    postgresql_config: Config, opened: Opened
) -> None:
    database, _ = opened(postgresql_config)
    share = new_share(database)

    def cut_off() -> None:
        with database.transaction() as session:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            shares.rename(session, share.id, "Costs")
            with psycopg.connect(postgresql_config.database_url, autocommit=True) as other:
                # waits until it is really gone
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            shares.rename(session, share.id, "Costs")

    with pytest.raises(UnavailableError):
        cut_off()
    assert now_share(database, share) == share


def test_a_mistake_of_the_program_is_not_called_unavailable(database: Database) -> None:
    share = new_share(database)
    with pytest.raises(IntegrityError), database.transaction() as session:
        shares.create(session, id=share.id, title="twice")
    with pytest.raises(Exception, match="nowhere") as caught, database.reading() as reader:
        reader.execute(text("SELECT * FROM nowhere"))
    assert not isinstance(caught.value, UnavailableError)


def test_only_the_three_states_can_be_stored(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text("UPDATE revisions SET state = 'lost'"))


def test_a_row_without_its_share_cannot_be_stored(database: Database) -> None:
    orphan = {"id": "t", "share_id": "nobody", "name": "", "nonce": ""}
    orphan["created_at"] = datetime.now(UTC)  # type: ignore[assignment]
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(insert(models.tokens).values(orphan))


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    table = models.settings
    values = {"name": "n", "value": "v", "created_at": datetime(2026, 1, 1)}
    with pytest.raises(StatementError, match="zone"), database.transaction() as session:
        session.execute(insert(table).values(values))


def test_a_full_disk_is_unavailable(sqlite_config: Config, opened: Opened) -> None:
    _, database = opened(sqlite_config)
    store = BlobStore(database, segment_bytes=1 << 16, first_segment_bytes=1 << 16)

    def fill() -> None:
        with database.transaction() as session:
            session.execute(text("PRAGMA max_page_count = 20"))
            session.execute(
                insert(models.segments).values(
                    blob_id=blob.id, start=1, length=1, compressed=False, data=bytes(1 << 20)
                )
            )

    writer = store.writer(compress=False)
    writer.write(b"x")
    blob = writer.finish()
    with pytest.raises(UnavailableError) as caught:
        fill()
    assert isinstance(caught.value.__cause__, OperationalError)
    assert b"".join(store.read(blob.id)) == b"x"


def test_what_was_committed_is_there_for_another_program(
    sqlite_config: Config, opened: Opened
) -> None:
    metadata, _ = opened(sqlite_config)
    share = new_share(metadata)
    file = metadata.url.database
    assert file is not None
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT id FROM shares").fetchall() == [(share.id,)]
