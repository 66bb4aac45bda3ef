"""Blobs: immutable byte strings, kept in segments, each written and read in a moment."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import zstandard
from sqlalchemy import func, select

from backend.domain import Blob
from backend.errors import InternalError, NotFoundError
from backend.store import clock, models
from backend.store.blob_removal import remove
from backend.store.blob_writer import BlobWriter, Continuation, Hashed
from backend.store.database import Database

_BLOBS = models.blobs
_SEGMENTS = models.segments


class BlobStore:
    """The blobs of one database. Safe to share between threads; a writer belongs to one thread.

    A blob is cut into segments of `segment_bytes`, the first one of `first_segment_bytes`. Every
    method touches the database for one segment at a time, and so holds no more than one in memory.
    """

    def __init__(self, database: Database, *, segment_bytes: int, first_segment_bytes: int) -> None:
        self._database = database
        self._segment_bytes = segment_bytes
        self._first_segment_bytes = first_segment_bytes

    def writer(self, *, compress: bool) -> BlobWriter:
        """Begin a blob. `compress` lets each segment be stored compressed where that helps."""
        return BlobWriter(
            self._database,
            id=secrets.token_hex(16),
            segment_bytes=self._segment_bytes,
            first_segment_bytes=self._first_segment_bytes,
            compress=compress,
        )

    def resume(self, id: str, hashed: Hashed | None = None) -> BlobWriter:
        """Begin the blob `id`, or go on after the last byte that was stored of it.

        `hashed` is what an earlier writer of it left, if that is at hand: bytes it does not cover
        are read back when the blob is finished.
        """
        size = self.stored(id)
        continuing = None
        if size is not None:
            known = hashed if hashed is not None and hashed.length <= size else Hashed()
            continuing = Continuation(size, known, partial(self._pieces, id))
        return BlobWriter(
            self._database,
            id=id,
            segment_bytes=self._segment_bytes,
            first_segment_bytes=self._first_segment_bytes,
            compress=True,
            continuing=continuing,
        )

    def stored(self, id: str) -> int | None:
        """How many bytes of a blob, complete or not, are durable; None: it was not begun."""
        end = _SEGMENTS.c.start + _SEGMENTS.c.length
        last = select(end).where(_SEGMENTS.c.blob_id == _BLOBS.c.id)
        last = last.order_by(_SEGMENTS.c.start.desc()).limit(1)
        statement = select(func.coalesce(last.scalar_subquery(), 0)).where(_BLOBS.c.id == id)
        with self._database.reading() as connection:
            return connection.execute(statement).scalar()

    def put_file(self, path: Path) -> Blob:
        """Store a file that is compressed in itself, as columnar files are. Durable on return."""
        writer = self.writer(compress=False)
        try:
            with path.open("rb", buffering=0) as file:
                while data := file.read(self._segment_bytes):
                    writer.write(data)
            return writer.finish()
        except BaseException:
            writer.discard()
            raise

    def get(self, id: str) -> Blob | None:
        """The blob, or None where there is none or it is not complete."""
        statement = select(_BLOBS.c.id, _BLOBS.c.size, _BLOBS.c.digest)
        with self._database.reading() as connection:
            row = connection.execute(
                statement.where(_BLOBS.c.id == id, _BLOBS.c.size.is_not(None))
            ).first()
        return None if row is None else Blob(*row)

    def read(self, id: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `offset`, at most `length` of them, in pieces of up to a segment.

        Touches only the segments that hold them. Raises NotFoundError at once when there is no
        such complete blob, and in the middle when it is deleted meanwhile.
        """
        blob = self._complete(id)
        end = blob.size if length is None else min(blob.size, offset + length)
        return self._pieces(id, max(0, offset), end)

    def size(self, id: str) -> int:
        """How many bytes a blob has. Raises NotFoundError when there is no such complete blob."""
        return self._complete(id).size

    def segment(self, id: str, position: int) -> tuple[int, bytes]:
        """The segment that holds the byte at `position`: where it starts, and its bytes."""
        return self._segment(id, position)

    def beginning(self, id: str, length: int) -> Iterator[bytes]:
        """The first `length` bytes of a blob that may still be growing, as far as they are stored.

        Raises NotFoundError when there is no such blob.
        """
        stored = self.stored(id)
        if stored is None:
            raise NotFoundError("There is no such file.")
        return self._pieces(id, 0, min(stored, length))

    def fetch(self, id: str, path: Path) -> None:
        """Write the blob to `path`, which then holds all of it or is as it was.

        The copy is a cache and may be lost with the machine. Raises NotFoundError, and
        InternalError when the bytes are not those that were stored.
        """
        blob = self._complete(id)
        digest = hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with partial.open("xb") as file:
                for piece in self._pieces(id, 0, blob.size):
                    digest.update(piece)
                    file.write(piece)
            if digest.hexdigest() != blob.digest:
                raise InternalError(f"Blob {id} does not have the digest it was stored with.")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def delete(self, id: str) -> None:
        """Remove a blob, complete or not, segment by segment; nothing happens if there is none."""
        remove(self._database, id)

    def candidates(
        self, older_than_s: float, *, after: str = "", limit: int | None = None
    ) -> list[str]:
        """Ids of blobs, complete or not, to which nothing was written for so long.

        In order of the ids, so that a sweeper can go on `after` the last one it was given.
        """
        touched_before = clock.now() - timedelta(seconds=older_than_s)
        statement = select(_BLOBS.c.id).where(
            _BLOBS.c.touched_at <= touched_before, _BLOBS.c.id > after
        )
        with self._database.reading() as connection:
            return list(connection.scalars(statement.order_by(_BLOBS.c.id).limit(limit)))

    def _complete(self, id: str) -> Blob:
        blob = self.get(id)
        if blob is None:
            raise NotFoundError("There is no such file.")
        return blob

    def _pieces(self, id: str, position: int, end: int) -> Iterator[bytes]:
        while position < end:
            start, data = self._segment(id, position)
            piece = data[position - start : end - start]
            if not piece:
                raise InternalError(f"Blob {id} has a hole at byte {position}.")
            position += len(piece)
            yield piece

    def _segment(self, id: str, position: int) -> tuple[int, bytes]:
        statement = (
            select(_SEGMENTS)
            .where(_SEGMENTS.c.blob_id == id, _SEGMENTS.c.start <= position)
            .order_by(_SEGMENTS.c.start.desc())
            .limit(1)
            .execution_options(binary_results=True)
        )
        with self._database.reading() as connection:
            row = connection.execute(statement).first()
        if row is None:
            raise NotFoundError("The file was deleted while it was read.")
        if row.compressed:
            # made for each call: a decompressor is not safe between threads
            decompressor = zstandard.ZstdDecompressor()
            return row.start, decompressor.decompress(row.data, max_output_size=row.length)
        return row.start, row.data
