"""How an upload comes to its end: finished, though a crash came first; expired; or refused."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from sqlalchemy import select, update

from backend.config import Config
from backend.store import clock, models, uploads
from backend.store.blobs import BlobStore
from backend.store.database import Database, open_databases
from tests.client import Client
from tests.conftest import Seeded, StartServer
from tests.server import Server
from tests.tus.speaking import (
    TUS,
    begin,
    code,
    head,
    offset_of,
    open_patch,
    patch,
    table,
)

CSV = b"a,b\n1,x\n2,y\n"
MIB = 1024 * 1024
PATIENCE_S = 30.0


@contextmanager
def behind(server: Server) -> Iterator[tuple[Database, BlobStore]]:
    """The databases of a server, opened beside it."""
    config = Config(data_dir=server.data_dir, database_url=server.database_url)
    metadata, blobs = open_databases(config)
    store = BlobStore(
        blobs, segment_bytes=config.segment_bytes, first_segment_bytes=config.first_segment_bytes
    )
    yield metadata, store
    metadata.dispose()
    blobs.dispose()


def blob_of(metadata: Database, path: str) -> str:
    """Where the bytes of an unfinished upload are."""
    with metadata.reading() as reader:
        upload = uploads.get(reader, path.rpartition("/")[2])
    assert upload is not None
    assert upload.blob_id is not None
    return upload.blob_id


def until(true: Callable[[], bool]) -> None:
    """Ask again and again: what happens by itself tells nobody."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it does not happen"


def left_complete(server: Server, client: Client, content: bytes) -> tuple[str, str]:
    """An upload whose node died between its last byte and the commit of its revision."""
    upload = begin(client, len(content), body=content[:-5])
    server.kill()
    with behind(server) as (metadata, blobs):
        writer = blobs.resume(blob_of(metadata, upload.path))
        writer.write(content[-5:])
        writer.finish()
    return upload.path, upload.share


def test_a_complete_upload_left_by_a_crash_is_finished_when_its_client_asks(
    any_fresh_server: Server, seeded: Seeded
) -> None:
    content = table(seeded.random, 3 * MIB)
    with Client(any_fresh_server.url) as client:
        path, share = left_complete(any_fresh_server, client, content)
        any_fresh_server.start()
        answer = head(client, path)
        # A client that is told the whole length sends nothing any more.
        assert answer.headers["Upload-Offset"] == str(len(content))
        assert answer.headers["Tablecast-Revision"] == "1"
        assert client.original(share, 1) == content


def test_a_complete_upload_left_by_a_crash_is_finished_though_nobody_asks(
    any_fresh_server: Server,
) -> None:
    with Client(any_fresh_server.url) as client:
        path, share = left_complete(any_fresh_server, client, CSV)
        any_fresh_server.start()
        until(lambda: client.share(share)["latest"] == 1)
        assert client.original(share, 1) == CSV
        assert head(client, path).headers["Tablecast-Revision"] == "1"
        assert client.share(share)["latest"] == 1


def test_an_upload_nobody_goes_on_with_expires_and_leaves_no_bytes(
    start_server: StartServer,
) -> None:
    server = start_server(env={"TABLECAST_UPLOAD_EXPIRY_S": "1"})
    with Client(server.url) as client, behind(server) as (metadata, blobs):
        upload = begin(client, 10 * MIB, body=b"x" * MIB)
        blob_id = blob_of(metadata, upload.path)
        assert blobs.stored(blob_id) == MIB
        until(lambda: client.request("GET", upload.path).status_code == 410)
        assert code(patch(client, upload.path, MIB, b"x")) == (410, "upload_gone")
        until(lambda: blobs.stored(blob_id) is None)
        until(lambda: head(client, upload.path).status_code == 404)
        assert client.share(upload.share)["latest"] == 0


def test_an_upload_under_way_does_not_expire(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_UPLOAD_EXPIRY_S": "0.4"})
    with Client(server.url) as client, behind(server) as (metadata, _):
        upload = begin(client, len(CSV))
        with closing(open_patch(server, upload.path, 0, len(CSV))) as slow:
            first = client.request("GET", upload.path).json()["expires_at"]
            slow.send(CSV[:5])
            until(lambda: client.request("GET", upload.path).json()["expires_at"] > first)
            begun = time.monotonic()
            until(lambda: time.monotonic() > begun + 1)
            slow.send(CSV[5:])
            assert slow.getresponse().status == 204
        with metadata.reading() as reader:
            rows = reader.execute(select(models.uploads.c.revision)).all()
        assert rows == [(1,)]


def test_a_client_that_falls_silent_is_cut_and_what_came_is_kept(
    start_server: StartServer, seeded: Seeded
) -> None:
    server = start_server(env={"TABLECAST_UPLOAD_IDLE_S": "0.5"})
    content = table(seeded.random, 2 * MIB)
    with Client(server.url) as client:
        upload = begin(client, len(content))
        with closing(open_patch(server, upload.path, 0, len(content))) as silent:
            silent.send(content[: MIB + 17])
            assert silent.getresponse().status == 408
        assert offset_of(client, upload.path) == MIB + 17
        patch(client, upload.path, MIB + 17, content[MIB + 17 :])
        assert client.original(upload.share, 1) == content


def test_a_right_that_was_taken_back_does_not_finish_an_upload(any_server: Server) -> None:
    with Client(any_server.url) as client, behind(any_server) as (metadata, blobs):
        upload = begin(client, len(CSV), body=CSV[:5])
        blob_id = blob_of(metadata, upload.path)
        with metadata.transaction() as session:
            tokens = models.tokens
            mine = tokens.c.share_id == upload.share
            session.execute(update(tokens).where(mine).values(revoked_at=clock.now()))
        assert code(patch(client, upload.path, 5, CSV[5:])) == (403, "not_allowed")
        assert head(client, upload.path).status_code == 410
        assert blobs.stored(blob_id) is None
        assert client.share(upload.share)["latest"] == 0


def test_ending_an_upload_cuts_its_connection_and_leaves_no_bytes(any_server: Server) -> None:
    content = table(random.Random(2), 4 * MIB)
    with Client(any_server.url) as client, behind(any_server) as (metadata, blobs):
        upload = begin(client, len(content))
        blob_id = blob_of(metadata, upload.path)
        with closing(open_patch(any_server, upload.path, 0, len(content))) as sending:
            sending.send(content[: 2 * MIB])
            until(lambda: bool(blobs.stored(blob_id)))
            assert client.request("DELETE", upload.path, headers=TUS).status_code == 204
            assert sending.getresponse().status == 410
        assert blobs.stored(blob_id) is None


def test_what_an_upload_holds_is_not_swept(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_SWEEP_EVERY_S": "0.05", "TABLECAST_ORPHAN_AGE_S": "0.01"})
    with Client(server.url) as client, behind(server) as (_, blobs):
        orphan = blobs.writer(compress=False)
        orphan.write(b"x" * MIB)
        upload = begin(client, len(CSV), body=CSV[:5])
        until(lambda: blobs.stored(orphan.id) is None)
        assert patch(client, upload.path, 5, CSV[5:]).status_code == 204
        assert client.original(upload.share, 1) == CSV


def test_a_finished_upload_that_came_whole_need_not_be_fetched_back(server: Server) -> None:
    with Client(server.url) as client:
        upload = begin(client, len(CSV), body=CSV[:5])
        patch(client, upload.path, 5, CSV[5:])
        client.wait_ready(upload.share, 1)
        assert not server.own("spool/part-*")
