"""Bytes on their way in: streamed into a blob and a spool file at once, hashed on the way."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from backend.config import Config
from backend.domain import Blob, ReadingOptions
from backend.errors import EmptyFileError, MalformedBodyError, PayloadTooLargeError
from backend.services.early import EarlyReadings
from backend.services.own_folder import OwnFolder
from backend.services.runner import Runner
from backend.store.blob_writer import BlobWriter
from backend.store.blobs import BlobStore
from backend.tables.files import BLOB_ID

SPOOL = "spool"
PART = "part-"


class Upload:
    """One file being received. Holds at most about one segment in memory.

    A client may go away at any moment, also while its bytes are written: one step at a time, and
    whichever comes first, `finish` or `abandon`, decides what becomes of them.
    """

    def __init__(
        self,
        writer: BlobWriter,
        spool: Path,
        runner: Runner,
        early: EarlyReadings,
        config: Config,
        options: ReadingOptions,
    ) -> None:
        self._early = early
        self._options = options
        self._writer = writer
        self._spool = spool
        self._runner = runner
        self._config = config
        self._buffer = bytearray()
        self._file = spool.open("wb")
        self._turn = asyncio.Lock()
        self._over = False
        self.size = 0

    async def write(self, data: bytes) -> None:
        """Take the next bytes; waits for the disk, so that a fast client is slowed to its pace."""
        self.size += len(data)
        if self.size > self._config.max_upload_bytes:
            limit = self._config.max_upload_bytes
            raise PayloadTooLargeError(f"A file may have at most {limit} bytes.", limit=limit)
        self._buffer += data
        if len(self._buffer) >= self._config.segment_bytes:
            async with self._turn:
                self._must_be_wanted()
                await self._flush()
                self._early.grow(self._spool, self.size, self._options)

    async def finish(self) -> Blob:
        """Make the bytes durable. An empty file raises EmptyFileError and leaves nothing."""
        if self.size == 0:
            await self.abandon()
            raise EmptyFileError("The file has no bytes. Was it saved before it was sent?")
        async with self._turn:
            self._must_be_wanted()
            # From here on a client that goes away takes nothing back: a revision will have them.
            self._over = True
            try:
                await self._flush()
                blob = await self._runner.run(self._complete)
                self._early.complete(self._spool, blob.id, blob.size)
                return blob
            except BaseException:
                self._early.abandon(self._spool)
                await asyncio.shield(self._runner.run(self._forget))
                raise

    async def abandon(self) -> None:
        """Forget everything that came; harmless once `finish` has begun and when called twice."""
        async with self._turn:
            if self._over:
                return
            self._over = True
            self._early.abandon(self._spool)
            await asyncio.shield(self._runner.run(self._forget))

    def _must_be_wanted(self) -> None:
        if self._over:
            raise MalformedBodyError("The connection was closed before the file was complete.")

    async def _flush(self) -> None:
        taken, self._buffer = self._buffer, bytearray()
        await self._runner.run(self._keep, bytes(taken))

    def _keep(self, data: bytes) -> None:
        self._file.write(data)
        self._writer.write(data)

    def _complete(self) -> Blob:
        self._file.close()
        blob = self._writer.finish()
        # The reader finds the bytes here and need not fetch them back from the database.
        self._spool.replace(self._spool.parent / blob.id)
        return blob

    def _forget(self) -> None:
        self._file.close()
        self._spool.unlink(missing_ok=True)
        self._writer.discard()


class UploadService:
    """Begins uploads and knows where the bytes of a finished one lie on this node."""

    def __init__(
        self,
        blobs: BlobStore,
        runner: Runner,
        early: EarlyReadings,
        own: OwnFolder,
        config: Config,
    ) -> None:
        self._blobs = blobs
        self._early = early
        self._runner = runner
        self._config = config
        self._own = own
        self._directory = own.folder(SPOOL)
        self._begun = 0

    def begin(self, options: ReadingOptions) -> Upload:
        """Start to receive one file, which is read while it comes as these options ask."""
        self._begun += 1
        spool = self._directory / f"incoming-{self._begun}"
        writer = self._blobs.writer(compress=True)
        return Upload(writer, spool, self._runner, self._early, self._config, options)

    def spool(self, name: str) -> Path:
        """Where to put the bytes of an upload that comes in parts, until its blob is complete."""
        return self._directory / f"{PART}{name}"

    def fetch(self, blob_id: str) -> Path:
        """The original's bytes as a file, from a spool of this machine or the database."""
        path = self._directory / blob_id
        if not (path.exists() or self._link(path)):
            self._blobs.fetch(blob_id, path)
        return path

    def release(self, blob_id: str) -> None:
        """The file is not needed on this node any more."""
        (self._directory / blob_id).unlink(missing_ok=True)

    def spooled(self, untouched_s: float) -> list[str]:
        """The blobs that came whole through this process so long ago and are still here."""
        # What is on its way has a name that is no id.
        return [name for name in self._untouched("*", untouched_s) if BLOB_ID.fullmatch(name)]

    def parts(self, untouched_s: float) -> list[str]:
        """The uploads of which parts lie here that nobody went on with for so long."""
        names = self._untouched(f"{PART}*", untouched_s)
        return [name.removeprefix(PART) for name in names]

    async def discard(self, blob: Blob) -> None:
        """Delete a finished upload that no revision will have."""
        self._early.forget(blob.id)
        self.release(blob.id)
        await self._runner.run(self._blobs.delete, blob.id)

    def _link(self, path: Path) -> bool:
        """Whether another process of this machine has the file: it is complete, and not changed."""
        for theirs in self._own.others(f"{SPOOL}/{path.name}"):
            with suppress(FileNotFoundError):  # it was released in this moment
                path.hardlink_to(theirs)
                return True
        return False

    def _untouched(self, pattern: str, least_s: float) -> list[str]:
        found = []
        for path in self._directory.glob(pattern):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime >= least_s:
                    found.append(path.name)
        return found
