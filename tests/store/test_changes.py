"""The log of changes that the processes on one SQLite file read from each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from backend.config import Config
from backend.domain import What
from backend.store import changes, migrate, shares
from backend.store.changes import ChangeLog
from backend.store.database import Database, open_databases


@pytest.fixture
def ours_and_theirs(tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """One metadata database, as two processes have opened it."""
    config = Config(data_dir=tmp_path)
    migrate.upgrade(config)
    opened = [open_databases(config) for _ in range(2)]
    yield opened[0][0], opened[1][0]
    for pair in opened:
        for database in pair:
            database.dispose()


def rename(database: Database, title: str) -> str:
    """Change the share; what is told of that."""
    with database.transaction() as session:
        return f"abc:{shares.rename(session, 'abc', title).seq}:share"


def test_each_change_is_read_once_in_order_and_only_when_committed(
    ours_and_theirs: tuple[Database, Database],
) -> None:
    ours, theirs = ours_and_theirs
    with theirs.transaction() as session:
        shares.create(session, id="abc", title="")
    rename(theirs, "before")
    with closing(ChangeLog(ours)) as log:
        version = log.version()
        log.skip()
        assert log.take() == []
        told = [rename(theirs, f"title {number}") for number in range(3)]
        assert log.version() != version
        assert log.take() == told
        assert log.take() == []
        version = log.version()
        with suppress(RuntimeError), theirs.transaction() as session:
            changes.tell(session, "abc", 1, What.SHARE)
            raise RuntimeError
        assert log.version() == version
        assert log.take() == []
        assert [rename(ours, "our own")] == log.take()


def test_who_has_missed_too_much_is_told_so(
    ours_and_theirs: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ours_and_theirs
    monkeypatch.setattr(changes, "KEPT", 3)
    with theirs.transaction() as session:
        shares.create(session, id="abc", title="")
    with closing(ChangeLog(ours)) as log:
        log.skip()
        told = [rename(theirs, f"title {number}") for number in range(3)]
        assert log.take() == told
        told = [rename(theirs, f"title {number}") for number in range(4)]
        assert log.take() is None
        assert log.take() == []
        told = [rename(theirs, f"title {number}") for number in range(3)]
        assert log.take() == told
