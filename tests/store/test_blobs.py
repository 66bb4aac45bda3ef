"""Blobs on every database: whole or not there, whatever their size, read from any byte."""

from __future__ import annotations

import hashlib
import os
import random
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from backend.domain import Blob
from backend.errors import InternalError, NotFoundError
from backend.store import clock, models
from backend.store.blobs import BlobStore
from backend.store.database import Database
from tests.store.building import FIRST_SEGMENT_BYTES, SEGMENT_BYTES, all_at_once

# the store only grows from example to example, and each of them makes a blob of its own
on_one_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
borders = [FIRST_SEGMENT_BYTES + count * SEGMENT_BYTES for count in range(4)]
sizes = st.one_of(
    st.integers(0, 1_200),
    st.builds(lambda border, step: border + step, st.sampled_from(borders), st.integers(-2, 2)),
)


def content(size: int, *, noisy: bool = True) -> bytes:
    return random.Random(size).randbytes(size) if noisy else (b"a,b,c\n" * size)[:size]


def put(blobs: BlobStore, pieces: Iterable[bytes], *, compress: bool = True) -> Blob:
    writer = blobs.writer(compress=compress)
    for piece in pieces:
        writer.write(piece)
    return writer.finish()


def count_segments(database: Database, id: str) -> tuple[int, int]:
    """How many segments a blob has, and how many of them are compressed."""
    table = models.segments
    with database.reading() as reader:
        rows = reader.scalars(select(table.c.compressed).where(table.c.blob_id == id)).all()
    return len(rows), sum(rows)


@on_one_store
@given(size=sizes, noisy=st.booleans(), compress=st.booleans(), seed=st.integers(0, 2**16))
@example(size=0, noisy=True, compress=True, seed=0)
@example(size=FIRST_SEGMENT_BYTES, noisy=False, compress=True, seed=0)
@example(size=borders[1], noisy=True, compress=True, seed=0)
@example(size=borders[1] + 1, noisy=True, compress=False, seed=0)
def test_what_is_read_is_what_was_written(
    blobs: BlobStore, size: int, noisy: bool, compress: bool, seed: int
) -> None:
    data, dice = content(size, noisy=noisy), random.Random(seed)
    cuts = sorted(dice.choices(range(size + 1), k=dice.randrange(6)))
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, size], strict=True)]
    blob = put(blobs, pieces, compress=compress)
    assert (blob.size, blob.digest) == (size, hashlib.sha256(data).hexdigest())
    assert blobs.get(blob.id) == blob
    assert b"".join(blobs.read(blob.id)) == data


@on_one_store
@given(offset=st.integers(0, 900), length=st.one_of(st.none(), st.integers(0, 900)))
@example(offset=FIRST_SEGMENT_BYTES, length=SEGMENT_BYTES)
@example(offset=FIRST_SEGMENT_BYTES - 1, length=2)
@example(offset=800, length=None)
def test_a_range_is_a_slice(blobs: BlobStore, offset: int, length: int | None) -> None:
    data = content(800)
    blob = put(blobs, [data])
    end = None if length is None else offset + length
    assert b"".join(blobs.read(blob.id, offset, length)) == data[offset:end]


def test_a_range_touches_only_its_segments(blobs: BlobStore, blob_database: Database) -> None:
    data = content(borders[3])
    blob = put(blobs, [data])
    table = models.segments
    with blob_database.transaction() as session:
        elsewhere = table.c.start != borders[1]
        session.execute(update(table).where(elsewhere).values(data=b"", compressed=True))
    pieces = list(blobs.read(blob.id, borders[1] + 5, 100))
    assert pieces == [data[borders[1] + 5 : borders[1] + 105]]


def test_segments_are_compressed_where_that_saves_something(
    blobs: BlobStore, blob_database: Database
) -> None:
    size = borders[3]
    assert count_segments(blob_database, put(blobs, [content(size)]).id) == (4, 0)
    plain = put(blobs, [content(size, noisy=False)])
    assert count_segments(blob_database, plain.id) == (4, 4)
    mixed = content(borders[1]) + content(size - borders[1], noisy=False)
    assert count_segments(blob_database, put(blobs, [mixed]).id) == (4, 2)
    asked_not_to = put(blobs, [content(size, noisy=False)], compress=False)
    assert count_segments(blob_database, asked_not_to.id) == (4, 0)


def test_a_memoryview_is_taken_like_bytes(blobs: BlobStore) -> None:
    data = content(1_000)
    writer = blobs.writer(compress=False)
    writer.write(memoryview(data)[:500])
    writer.write(memoryview(bytearray(data))[500:])
    assert b"".join(blobs.read(writer.finish().id)) == data


def test_a_blob_cannot_be_read_before_it_is_complete(blobs: BlobStore, tmp_path: Path) -> None:
    writer = blobs.writer(compress=True)
    writer.write(content(borders[2] + 10))
    assert blobs.get(writer.id) is None
    with pytest.raises(NotFoundError):
        blobs.read(writer.id)
    with pytest.raises(NotFoundError):
        blobs.fetch(writer.id, tmp_path / "copy")
    writer.finish()
    assert b"".join(blobs.read(writer.id)) == content(borders[2] + 10)


def test_a_discarded_blob_leaves_nothing(blobs: BlobStore, blob_database: Database) -> None:
    writer = blobs.writer(compress=True)
    writer.write(content(borders[2]))
    writer.discard()
    assert count_segments(blob_database, writer.id) == (0, 0)
    assert blobs.candidates(-1) == []
    with pytest.raises(ValueError, match="discarded"):
        writer.write(b"more")
    with pytest.raises(ValueError, match="discarded"):
        writer.finish()
    blobs.writer(compress=True).discard()


def test_discarding_after_the_end_keeps_the_blob(blobs: BlobStore) -> None:
    writer = blobs.writer(compress=True)
    writer.write(b"kept")
    blob = writer.finish()
    writer.discard()
    assert b"".join(blobs.read(blob.id)) == b"kept"


def test_a_blob_that_was_swept_while_it_grew_cannot_be_finished(blobs: BlobStore) -> None:
    writer = blobs.writer(compress=True)
    writer.write(content(borders[1]))
    blobs.delete(writer.id)
    with pytest.raises(InternalError, match="swept"):
        writer.finish()
    with pytest.raises(ValueError, match="broken"):
        writer.finish()
    assert blobs.get(writer.id) is None


def test_a_blob_is_read_while_others_are_written(blobs: BlobStore) -> None:
    data = content(borders[3])
    blob = put(blobs, [data])
    reading = blobs.read(blob.id)
    read = [next(reading)]
    other = blobs.writer(compress=True)
    for piece in reading:
        other.write(content(SEGMENT_BYTES))
        read.append(piece)
    assert b"".join(read) == data
    assert other.finish().size == 3 * SEGMENT_BYTES


def test_many_blobs_are_written_at_once(blobs: BlobStore) -> None:
    sizes = [200 * (number + 1) for number in range(8)]

    def write(number: int) -> Blob:
        data = content(sizes[number])
        return put(blobs, [data[start : start + 50] for start in range(0, len(data), 50)])

    written = all_at_once(8, write)
    assert [b"".join(blobs.read(blob.id)) for blob in written] == [content(size) for size in sizes]


def test_a_deleted_blob_is_gone_even_for_who_was_reading_it(
    blobs: BlobStore, blob_database: Database
) -> None:
    blob, kept = put(blobs, [content(borders[3])]), put(blobs, [content(borders[3])])
    reading = blobs.read(blob.id)
    next(reading)
    blobs.delete(blob.id)
    blobs.delete(blob.id)
    blobs.delete("nobody")
    with pytest.raises(NotFoundError):
        next(reading)
    with pytest.raises(NotFoundError):
        blobs.read(blob.id)
    assert count_segments(blob_database, blob.id) == (0, 0)
    assert blobs.get(kept.id) == kept
    with blob_database.reading() as reader:
        assert reader.scalar(select(func.count()).select_from(models.blobs)) == 1


def test_a_file_goes_in_and_comes_out_whole(
    blobs: BlobStore, blob_database: Database, tmp_path: Path
) -> None:
    source, copy = tmp_path / "sheet.parquet", tmp_path / "cache" / "copy"
    source.write_bytes(content(borders[3], noisy=False))
    blob = blobs.put_file(source)
    assert count_segments(blob_database, blob.id) == (4, 0)
    blobs.fetch(blob.id, copy)
    assert copy.read_bytes() == source.read_bytes()
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


def test_a_damaged_blob_is_not_fetched(
    blobs: BlobStore, blob_database: Database, tmp_path: Path
) -> None:
    blob = put(blobs, [content(borders[1])])
    table = models.segments
    with blob_database.transaction() as session:
        last = table.c.start == borders[0]
        session.execute(update(table).where(last).values(data=os.urandom(SEGMENT_BYTES)))
    copy = tmp_path / "copy"
    copy.write_bytes(b"as it was")
    with pytest.raises(InternalError, match="digest"):
        blobs.fetch(blob.id, copy)
    assert copy.read_bytes() == b"as it was"
    assert list(tmp_path.glob(".*")) == []


def test_candidates_are_old_complete_or_not_and_come_in_pages(
    blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = clock.epoch_milliseconds()
    monkeypatch.setattr(clock, "epoch_milliseconds", lambda: present - 100_000)
    old = [put(blobs, [b"old"]).id for _ in range(4)]
    forgotten, growing = blobs.writer(compress=True), blobs.writer(compress=True)
    for writer in (forgotten, growing):
        writer.write(content(borders[0]))
    monkeypatch.setattr(clock, "epoch_milliseconds", lambda: present)
    put(blobs, [b"new"])
    growing.write(content(SEGMENT_BYTES))
    expected = sorted([*old, forgotten.id])
    assert blobs.candidates(50) == expected
    assert blobs.candidates(50, limit=3) == expected[:3]
    assert blobs.candidates(50, after=expected[2], limit=3) == expected[3:]
    assert blobs.candidates(200) == []


def test_no_more_than_a_few_segments_are_in_memory(blob_database: Database) -> None:
    segment = 1 << 20
    store = BlobStore(blob_database, segment_bytes=segment, first_segment_bytes=1 << 16)
    piece = os.urandom(1 << 16)
    tracemalloc.start()
    try:
        blob = put(store, (piece for _ in range(256)))
        assert sum(len(data) for data in store.read(blob.id)) == 256 * len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * segment
