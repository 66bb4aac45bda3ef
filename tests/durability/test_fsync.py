"""A 201 is sent when the bytes and the revision have been forced to the disk, not before.

A kill cannot show this, for the kernel keeps what was written by a process that is gone. So the
system calls of the real server are watched. The pragmas behind it: tests/store/test_database.py.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.config import Config
from backend.store.database import open_databases
from tests.client import Client
from tests.conftest import StartServer
from tests.durability.tracing import Call, Kind, traced
from tests.postgres import PostgresServer, new_database
from tests.server import Server

BLOBS, METADATA = "blobs.sqlite3-wal", "tablecast.sqlite3-wal"
NO_READING = {"TABLECAST_INGEST_WORKERS": "0"}
"""A reading would write to the same files while the answer is on its way."""
ANSWER = "HTTP/1.1 201"

WEAKENED = """
import sqlite3

class Careless(sqlite3.Connection):
    def execute(self, statement, *arguments):
        statement = statement.replace("synchronous = FULL", "synchronous = {level}")
        return super().execute(statement, *arguments)

connect = sqlite3.connect
sqlite3.connect = sqlite3.dbapi2.connect = lambda *arguments, **options: connect(
    *arguments, **options, factory=Careless
)
"""


@dataclass
class Before:
    """What had happened to the files, by name, when the answer was sent."""

    written: set[str] = field(default_factory=set)
    synced: set[str] = field(default_factory=set)
    unsynced: set[str] = field(default_factory=set)
    """Written since they were last forced to the disk."""


def before_the_answer(calls: list[Call]) -> Before:
    """Go through the calls up to the first byte of the 201."""
    before = Before()
    for call in calls:
        name = Path(call.target).name if call.kind is not Kind.SEND else ""
        if call.kind is Kind.SEND and call.target.startswith(ANSWER):
            return before
        if call.kind is Kind.WRITE:
            before.written.add(name)
            before.unsynced.add(name)
        elif call.kind is Kind.SYNC:
            before.synced.add(name)
            before.unsynced.discard(name)
    raise AssertionError("the tracer saw no 201")


def upload_traced(server: Server) -> Before:
    """Upload some segments and a bit, and watch."""
    assert server.process is not None
    with Client(server.url) as client, traced(server.process.pid) as calls:
        share = client.create(random.Random(1).randbytes(2_500_000), "noise.csv")
        client.upload(share, b"a\n1\n", "small.csv")
    return before_the_answer(calls)


def test_bytes_and_revision_are_forced_to_the_disk_before_the_201(
    start_server: StartServer,
) -> None:
    before = upload_traced(start_server(env=NO_READING))
    assert {BLOBS, METADATA} <= before.written, "the test looks at the wrong files"
    assert {BLOBS, METADATA} <= before.synced
    assert not {BLOBS, METADATA} & before.unsynced


def test_a_traced_server_goes_on_when_the_tracer_is_gone(start_server: StartServer) -> None:
    server = start_server()
    upload_traced(server)
    with Client(server.url) as client:
        client.create_ready(b"a\n1\n", "a.csv")
    assert server.stop() == 0


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_the_tracer_sees_it_when_nothing_is_forced_to_the_disk(tmp_path: Path, level: str) -> None:
    # a module of this name is imported by every Python that starts
    (tmp_path / "sitecustomize.py").write_text(WEAKENED.replace("{level}", level))
    env = {**NO_READING, "PYTHONPATH": str(tmp_path)}
    with Server(tmp_path / "server", env=env) as server:
        before = upload_traced(server)
    assert {BLOBS, METADATA} <= before.unsynced
    if level == "OFF":  # NORMAL forces a checkpoint to the disk, but no commit
        assert not {BLOBS, METADATA} & before.synced


def test_the_files_of_a_live_server_are_opened_to_be_safe(start_server: StartServer) -> None:
    server = start_server()
    for database in open_databases(Config(data_dir=server.data_dir)):
        with database.reading() as reader:
            told = [reader.scalar(text(f"PRAGMA {n}")) for n in ("journal_mode", "synchronous")]
        database.dispose()
        assert told == ["wal", 2]


def test_on_postgresql_a_commit_waits_for_the_disk(postgres: PostgresServer) -> None:
    database, _ = open_databases(Config(database_url=new_database(postgres)))
    with database.reading() as reader:
        # whether the disk is asked is the server's own setting (`fsync`), and not ours to change
        assert reader.scalar(text("SHOW synchronous_commit")) == "on"
    database.dispose()
