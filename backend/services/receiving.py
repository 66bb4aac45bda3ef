"""One connection's part of a resumable upload: told once it is durable, kept when it is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from backend.config import Config
from backend.domain import Blob, ResumableUpload
from backend.errors import (
    InternalError,
    PayloadTooLargeError,
    ServiceError,
    UploadLockedError,
    WrongOffsetError,
)
from backend.services.early import EarlyReadings
from backend.services.runner import Runner
from backend.store.blob_writer import BlobWriter, Hashed
from backend.store.blobs import BlobStore

TAKE_OVER_S = 10.0


class Receiving:
    """Takes the bytes of one connection, one step at a time, and holds about a segment of them.

    Whoever comes next takes over, for the connection before is dead more often than not, and
    only its client's return can tell: `interrupt` keeps what came and ends this one. Another
    process may do the same unheard; then the next segment meets a ConflictError, which is what
    the client needs to look where the upload stands.
    """

    upload: ResumableUpload

    def __init__(
        self,
        id: str,
        *,
        blobs: BlobStore,
        spool: Path,
        runner: Runner,
        early: EarlyReadings,
        config: Config,
        find: Callable[[str], ResumableUpload],
        on_gone: Callable[[Receiving], None],
    ) -> None:
        self.id = id
        self.offset = 0
        """The bytes of the file that came so far, over this connection and those before."""
        self.hashed: Hashed | None = None
        """What the next one may go on with; None where nothing is known for sure."""
        self.on_interrupt: Callable[[ServiceError], None] | None = None
        self._blobs = blobs
        self._spool = spool
        self._runner = runner
        self._early = early
        self._config = config
        self._find = find
        self._on_gone = on_gone
        self._gone = asyncio.Event()
        self._buffer = bytearray()
        self._turn = asyncio.Lock()
        self._over = False
        self._reason: ServiceError | None = None
        self._writer: BlobWriter | None = None
        self._file: IO[bytes] | None = None

    async def begin(self, offset: int | None, length: int | None, hashed: Hashed | None) -> None:
        """Go on at `offset` with `length` bytes; None: where it stands, and as they come.

        Raises what finding the upload does, WrongOffsetError and PayloadTooLargeError.
        """
        async with self._turn:
            await self._step(self._open, offset, length, hashed)
            if self._file is None or self.offset == 0:
                self._early.abandon(self._spool)
            else:
                self._early.go_on(self._spool)

    async def write(self, data: bytes) -> None:
        """Take the next bytes; waits for the disk, so that a fast client is slowed to its pace."""
        async with self._turn:
            self._must_fit(len(data))
            self._must_go_on()
            self.offset += len(data)
            self._buffer += data
            if len(self._buffer) >= self._config.segment_bytes:
                await self._step(self._keep)
                if self._file is not None:
                    self._early.grow(self._spool, self.offset, self.upload.options)

    async def finish(self) -> Blob | None:
        """Make durable what came: the blob, if that is all of the file, else None.

        A blob is still somebody's to deliver: whoever does calls `release` then.
        """
        async with self._turn:
            if self.upload.blob_id is None:
                self._over = True
                return None
            self._must_go_on()
            if self.offset < self.upload.size:
                await self._step(self._flush)
                await self._close(keep=True)
                return None
            self._over = True
            blob: Blob = await self._step(self._complete)
            self._early.complete(self._spool, blob.id, blob.size)
            return blob

    async def leave(self) -> bool:
        """The connection was cut: keep what came of it. False: it was over already."""
        async with self._turn:
            if self._over:
                return False
            if self._writer is not None:
                with suppress(ServiceError):  # nobody is left to be told
                    await self._step(self._flush)
            await self._close(keep=False)
            return True

    async def interrupt(self, reason: ServiceError) -> None:
        """Somebody else goes on: keep what came, end this, and tell its client why.

        Raises UploadLockedError if a step does not come to an end in time.
        """
        self._reason = reason
        leaving = asyncio.ensure_future(self._leave_for_good())
        # A step in a thread cannot be ended from here, so it is not cancelled but left alone.
        await asyncio.wait({leaving}, timeout=TAKE_OVER_S)
        if not leaving.done():
            raise UploadLockedError("The connection before is still being ended; try again.")
        if leaving.result() and self.on_interrupt is not None:
            self.on_interrupt(reason)

    def release(self) -> None:
        """Nothing of this is under way any more."""
        if not self._gone.is_set():
            self._gone.set()
            self._on_gone(self)

    async def _leave_for_good(self) -> bool:
        left = await self.leave()
        await self._gone.wait()
        return left

    def _must_go_on(self) -> None:
        if self._over:
            raise self._reason or UploadLockedError("This connection's part is over.")

    async def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        try:
            return await self._runner.run(step, *args)
        except BaseException as error:
            # What is durable now, only the database knows.
            self.hashed = None
            await self._close(keep=False)
            if isinstance(error, InternalError):
                # Bytes that vanish under their writer: was it ended through another process?
                await self._runner.run(self._find, self.id)
            raise

    def _open(self, offset: int | None, length: int | None, hashed: Hashed | None) -> None:
        self.upload = self._find(self.id)
        self.offset = self.upload.size
        if self.upload.blob_id is not None:
            self._writer = self._blobs.resume(self.upload.blob_id, hashed)
            self.offset = self._writer.size
        if offset is not None and offset != self.offset:
            raise WrongOffsetError(
                f"This upload stands at byte {self.offset}, not {offset}.",
                headers={"Upload-Offset": str(self.offset)},
                offset=self.offset,
            )
        self._must_fit(length or 0)
        if self._writer is not None:
            self._open_spool()

    def _must_fit(self, length: int) -> None:
        size = self.upload.size
        if self.offset + length > size:
            raise PayloadTooLargeError(f"This upload was announced with {size} bytes.", limit=size)

    def _open_spool(self) -> None:
        # Of use only if all the bytes come through here: then they need not be fetched back.
        if self.offset == 0:
            self._file = self._spool.open("wb")
        elif self._spool.exists() and self._spool.stat().st_size == self.offset:
            self._file = self._spool.open("ab")
        else:
            self._spool.unlink(missing_ok=True)

    def _keep(self) -> None:
        assert self._writer is not None
        taken, self._buffer = self._buffer, bytearray()
        if self._file is not None:
            self._file.write(taken)
        self._writer.write(memoryview(taken))

    def _flush(self) -> None:
        assert self._writer is not None
        self._keep()
        self._writer.flush()
        self.hashed = self._writer.hashed

    def _complete(self) -> Blob:
        assert self._writer is not None
        self._keep()
        blob = self._writer.finish()
        if self._file is not None:
            self._file.close()
            with suppress(FileNotFoundError):  # old ones are swept; the bytes are in the database
                self._spool.replace(self._spool.parent / blob.id)
        return blob

    async def _close(self, *, keep: bool) -> None:
        """`keep` the spooled bytes: the next part may well come through here, too."""
        self._over = True
        if keep:
            self._early.pause(self._spool)
        else:
            self._early.abandon(self._spool)
        await self._runner.run(self._close_spool, keep)
        self.release()

    def _close_spool(self, keep: bool) -> None:
        if self._file is not None:
            self._file.close()
        if not keep:
            self._spool.unlink(missing_ok=True)
