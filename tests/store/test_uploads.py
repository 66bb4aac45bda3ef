"""Resumable uploads in the store: their rows, and blobs that are written in several goes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from backend.domain import ReadingOptions
from backend.errors import ConflictError, InternalError
from backend.store import shares, uploads
from backend.store.blob_writer import Hashed
from backend.store.blobs import BlobStore
from backend.store.database import Database
from backend.store.references import referenced
from tests.conftest import Seeded
from tests.store.building import (
    FIRST_SEGMENT_BYTES,
    SEGMENT_BYTES,
    all_at_once,
    begin_upload,
    new_share,
)


def test_an_upload_is_found_as_it_was_begun(database: Database) -> None:
    upload = begin_upload(database, new_share(database), key="once")
    with database.reading() as reader:
        assert uploads.get(reader, upload.id) == upload
        assert uploads.get(reader, "another") is None
        assert uploads.find(reader, "caller", "once") == upload
        assert uploads.find(reader, "somebody else", "once") is None
        assert uploads.unfinished(reader) == [upload]


def test_of_two_uploads_with_one_key_the_later_is_refused(database: Database) -> None:
    share = new_share(database)
    begin_upload(database, share, id="1", key="once")
    with pytest.raises(ConflictError):
        begin_upload(database, share, id="2", key="once")
    begin_upload(database, share, id="3")
    begin_upload(database, share, id="4")


def finish(database: Database, id: str) -> None:
    with database.transaction() as session:
        uploads.finish(session, id, 1, expiry_s=60)


def end(database: Database, id: str) -> None:
    with database.transaction() as session:
        uploads.end(session, id)


@pytest.mark.parametrize("over", [finish, end])
def test_an_upload_that_is_over_holds_no_blob_and_cannot_go_on(
    database: Database, over: Callable[[Database, str], None]
) -> None:
    upload = begin_upload(database, new_share(database))
    with database.reading() as reader:
        assert referenced(reader, ["incoming"]) == {"incoming"}
    over(database, upload.id)
    with database.reading() as reader:
        assert referenced(reader, ["incoming"]) == set()
        assert uploads.unfinished(reader) == []
    with database.transaction() as session:
        assert uploads.extend(session, upload.id, 60) is None


def test_a_blob_that_is_handed_over_meanwhile_is_never_taken_for_an_orphan(
    database: Database,
) -> None:
    share = new_share(database)
    upload = begin_upload(database, share)

    def hand_over() -> None:
        with database.transaction() as session:
            shares.accept_revision(
                session,
                share.id,
                filename="sales.csv",
                size=12,
                sha256="ab" * 32,
                original="incoming",
                options=ReadingOptions(),
            )
            uploads.finish(session, upload.id, 1, expiry_s=60)

    moments = iter([hand_over])

    class Interrupted:
        """A reader after whose first statement the upload ends."""

        def execute(self, statement: Any) -> list[Any]:
            with database.reading() as reader:
                found = list(reader.execute(statement))
            next(moments, lambda: None)()
            return found

    reader: Any = Interrupted()
    assert referenced(reader, ["incoming", "orphan"]) == {"incoming"}
    assert next(moments, None) is None
    assert referenced(reader, ["incoming", "orphan"]) == {"incoming"}


def test_the_key_of_an_ended_upload_is_free_again(database: Database) -> None:
    share = new_share(database)
    begin_upload(database, share, id="1", key="once")
    end(database, "1")
    begin_upload(database, share, id="2", key="once")


def test_only_what_is_over_for_long_is_forgotten(database: Database) -> None:
    share = new_share(database)
    for number in range(3):
        begin_upload(database, share, id=str(number), expiry_s=-10)
    end(database, "0")
    finish(database, "1")
    with database.transaction() as session:
        assert uploads.purge(session, older_than_s=60) == 0
        assert uploads.purge(session, older_than_s=5) == 1
    with database.reading() as reader:
        assert uploads.get(reader, "0") is None
        assert uploads.get(reader, "1") is not None
        assert uploads.get(reader, "2") is not None


def test_a_blob_written_in_many_goes_is_the_one_written_in_one(
    blobs: BlobStore, seeded: Seeded
) -> None:
    for turn in range(seeded.rounds(8)):
        chance = seeded.random
        chance.seed(f"{seeded.seed}/{turn}")
        content = chance.randbytes(chance.randrange(1, 6 * SEGMENT_BYTES))
        blob_id, known, at = f"blob {turn}", None, 0
        while at < len(content):
            writer = blobs.resume(blob_id, known)
            assert writer.size == (blobs.stored(blob_id) or 0) == at
            for _ in range(chance.randrange(4)):
                piece = content[at : at + chance.randrange(2 * FIRST_SEGMENT_BYTES)]
                writer.write(piece)
                at += len(piece)
            if chance.random() < 0.7:
                writer.flush()
                # what is not at hand is read back
                known = chance.choice([None, known, writer.hashed])
            else:
                at = blobs.stored(blob_id) or 0
        blob = blobs.resume(blob_id, known).finish()
        assert (blob.size, blob.digest) == (len(content), hashlib.sha256(content).hexdigest())
        assert b"".join(blobs.read(blob_id)) == content


def test_what_was_not_begun_has_no_bytes(blobs: BlobStore) -> None:
    assert blobs.stored("nothing") is None
    blobs.resume("nothing").finish()
    assert blobs.stored("nothing") == 0


def test_a_hash_that_knows_more_than_is_stored_is_not_believed(blobs: BlobStore) -> None:
    writer = blobs.resume("blob")
    writer.write(b"x" * FIRST_SEGMENT_BYTES + b"lost")
    known = writer.hashed
    again = blobs.resume("blob", known)
    assert again.size == FIRST_SEGMENT_BYTES < known.length
    again.write(b"kept")
    expected = hashlib.sha256(b"x" * FIRST_SEGMENT_BYTES + b"kept").hexdigest()
    assert again.finish().digest == expected


def test_of_many_who_go_on_with_one_blob_one_gets_through(blobs: BlobStore) -> None:
    writers = [blobs.resume("blob") for _ in range(8)]

    def write(number: int) -> int | None:
        try:
            writers[number].write(bytes([number]) * 3 * SEGMENT_BYTES)
            writers[number].flush()
        except ConflictError:
            return None
        return number

    (winner,) = [found for found in all_at_once(8, write) if found is not None]
    assert blobs.stored("blob") == 3 * SEGMENT_BYTES
    blob = blobs.resume("blob").finish()
    expected = bytes([winner]) * 3 * SEGMENT_BYTES
    assert blob.digest == hashlib.sha256(expected).hexdigest()
    assert b"".join(blobs.read("blob")) == expected


def test_going_on_with_a_blob_that_was_removed_is_an_error(blobs: BlobStore) -> None:
    writer = blobs.resume("blob")
    writer.write(b"x" * SEGMENT_BYTES)
    writer.flush()
    blobs.delete("blob")
    writer.write(b"y")
    with pytest.raises(InternalError, match="swept"):
        writer.flush()
    assert blobs.stored("blob") is None


def test_the_hash_left_behind_covers_what_was_committed() -> None:
    hashed = Hashed()
    hashed.update(b"ab")
    hashed.update(memoryview(b"cd"))
    assert hashed.length == 4
    assert hashed.digest.hexdigest() == hashlib.sha256(b"abcd").hexdigest()
