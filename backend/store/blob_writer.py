"""Writing one blob: a segment is buffered, compressed where that helps, and committed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import zstandard
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.domain import Blob
from backend.errors import ConflictError, InternalError, UnavailableError
from backend.store import clock, models
from backend.store.blob_removal import remove
from backend.store.database import Database

_BLOBS = models.blobs
_SEGMENTS = models.segments
_ZSTD_LEVEL = 1
_WORTHWHILE = 0.9

if TYPE_CHECKING:
    from hashlib import _Hash


@dataclass(slots=True)
class Hashed:
    """The hash of the first `length` bytes of a blob."""

    digest: _Hash = field(default_factory=hashlib.sha256)
    length: int = 0

    def update(self, data: bytes | memoryview) -> None:
        """Go on with the next bytes."""
        self.digest.update(data)
        self.length += memoryview(data).nbytes


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where a blob that was begun earlier, perhaps by another process, is to be continued.

    `hashed` may be of less than its `size` bytes; `read` gives those that are stored between two
    positions.
    """

    size: int
    hashed: Hashed
    read: Callable[[int, int], Iterator[bytes]]


class BlobWriter:
    """Takes the bytes of one blob in order, and holds about one segment of them in memory.

    Whoever does not finish it should `discard` it; the sweeper takes what is forgotten. Two writers
    that continue one blob cannot mix their bytes: a segment has one beginning, and the later of
    two that begin at the same byte gets a ConflictError.
    """

    def __init__(
        self,
        database: Database,
        *,
        id: str,
        segment_bytes: int,
        first_segment_bytes: int,
        compress: bool,
        continuing: Continuation | None = None,
    ) -> None:
        self.id = id
        self.size = continuing.size if continuing else 0
        """Bytes taken so far."""
        self.hashed = continuing.hashed if continuing else Hashed()
        self._database = database
        self._segment_bytes = segment_bytes
        self._room = segment_bytes if self.size else first_segment_bytes
        self._compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL) if compress else None
        self._buffer = bytearray()
        self._read = continuing.read if continuing else None
        self._start = self.size
        self._begun = continuing is not None
        self._open = True
        self._failed = False

    def write(self, data: bytes | memoryview) -> None:
        """Take some bytes; whenever they fill a segment it is committed. Blocks on the database.

        After an error the blob cannot be continued.
        """
        self._must_be_open()
        view = memoryview(data).cast("B")
        if self.hashed.length == self.size:
            self.hashed.update(view)
        while len(view):
            piece = view[: self._room - len(self._buffer)]
            self._buffer += piece
            self.size += len(piece)
            view = view[len(piece) :]
            if len(self._buffer) == self._room:
                self._flush()

    def flush(self) -> None:
        """Commit what is buffered, as a short segment: all bytes taken are durable then."""
        self._must_be_open()
        if self._buffer:
            self._flush()

    def finish(self) -> Blob:
        """Write what is left and make the blob readable. It is durable when this returns.

        Bytes from before a continuation are read back for the digest, as far as that is needed.
        """
        self._must_be_open()
        if self.hashed.length < self.size:
            self.flush()
            self._hash_the_rest()
        blob = Blob(id=self.id, size=self.size, digest=self.hashed.digest.hexdigest())
        self._flush(blob)
        self._open = False
        return blob

    def discard(self) -> None:
        """Give the blob up and remove what was written of it; after `finish` nothing happens.

        Where the database is out of reach the sweeper will do it.
        """
        if not self._open:
            return
        self._open = False
        self._buffer.clear()
        if self._begun:
            with suppress(UnavailableError):
                remove(self._database, self.id)

    def _must_be_open(self) -> None:
        if not self._open or self._failed:
            raise ValueError("the blob is finished, discarded or broken")

    def _flush(self, blob: Blob | None = None) -> None:
        # true until the commit is through: bytes of a failed one are neither here nor there
        self._failed = True
        try:
            with self._database.transaction() as session:
                self._touch(session)
                if self._buffer:
                    session.execute(insert(_SEGMENTS).values(self._segment()))
                if blob is not None:
                    self._update(session, size=blob.size, digest=blob.digest)
        except IntegrityError as error:
            raise ConflictError("Somebody else has continued this file meanwhile.") from error
        self._failed = False
        self._start = self.size
        self._buffer.clear()
        self._room = self._segment_bytes

    def _hash_the_rest(self) -> None:
        assert self._read is not None
        for piece in self._read(self.hashed.length, self.size):
            self.hashed.update(piece)
        if self.hashed.length != self.size:
            raise InternalError(f"Blob {self.id} does not hold what was written to it.")

    def _touch(self, session: Session) -> None:
        # a blob that grows is not old, however long its upload takes
        if self._begun:
            self._update(session, touched_at=clock.now())
        else:
            session.execute(insert(_BLOBS).values(id=self.id, touched_at=clock.now()))
            self._begun = True

    def _update(self, session: Session, **values: Any) -> None:
        statement = update(_BLOBS).where(_BLOBS.c.id == self.id).values(**values)
        if session.execute(statement.returning(_BLOBS.c.id)).first() is None:
            raise InternalError(f"Blob {self.id} was swept away while it was written.")

    def _segment(self) -> dict[str, Any]:
        data = bytes(self._buffer)
        compressed = False
        if self._compressor is not None:
            shorter = self._compressor.compress(data)
            if len(shorter) <= len(data) * _WORTHWHILE:
                data, compressed = shorter, True
        return {
            "blob_id": self.id,
            "start": self._start,
            "length": len(self._buffer),
            "compressed": compressed,
            "data": data,
        }
