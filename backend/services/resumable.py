"""Resumable uploads: gone on with over any connection of any node, and finished once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from backend.config import Config
from backend.domain import Blob, ResumableUpload, Share
from backend.errors import (
    ForbiddenError,
    NotFoundError,
    ServiceError,
    UnavailableError,
    UploadGoneError,
    UploadLockedError,
)
from backend.services.access import Access
from backend.services.early import EarlyReadings
from backend.services.receiving import Receiving
from backend.services.revisions import RevisionService
from backend.services.runner import Runner
from backend.services.uploads import UploadService
from backend.store import shares, uploads
from backend.store.blob_writer import Hashed
from backend.store.blobs import BlobStore
from backend.store.database import Database

log = structlog.get_logger("tablecast.resumable")

HASHES_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class UploadState:
    """How far an upload is; its offset is durable. `upload.revision` is set when it is finished."""

    upload: ResumableUpload
    offset: int


class ResumableService:
    """What can be done with resumable uploads.

    Whoever knows the id of one may go on with it: 192 random bits, told to nobody but the client
    that began it, good for its missing bytes and nothing else, and for a day. The usual clients
    could not send a token that was made for them. The right to change the share is asked for when
    the upload is begun, and once more in the commit that finishes it.
    """

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        runner: Runner,
        bulk: Runner,
        access: Access,
        revisions: RevisionService,
        uploads: UploadService,
        early: EarlyReadings,
        config: Config,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._runner = runner
        self._bulk = bulk
        self._access = access
        self._revisions = revisions
        self._uploads = uploads
        self._early = early
        self._config = config
        self._expiry_s = config.upload_expiry_s
        self._active: dict[str, Receiving] = {}
        self._hashes: OrderedDict[str, Hashed] = OrderedDict()

    async def state(self, id: str) -> UploadState:
        """How far an upload is; whoever writes to it goes on. NotFoundError, UploadGoneError."""
        upload = await self._runner.run(self._find, id)
        if upload.blob_id is None:
            return UploadState(upload, upload.size)
        stored = await self._runner.run(self._blobs.stored, upload.blob_id)
        return UploadState(upload, 0 if stored is None else stored)

    async def receive(self, id: str, offset: int | None, length: int | None = None) -> Receiving:
        """Go on at `offset` (None: wherever it stands); a connection before this one is ended.

        Raises NotFoundError, UploadGoneError, WrongOffsetError, PayloadTooLargeError when `length`
        is too much, and UploadLockedError. Call `conclude` when all has come, else `leave` it.
        """
        await self._take_over(id, UploadLockedError("Another connection goes on with this upload."))
        receiving = Receiving(
            id,
            blobs=self._blobs,
            spool=self._uploads.spool(id),
            runner=self._bulk,
            early=self._early,
            config=self._config,
            find=self._find if offset is None else self._extended,
            on_gone=self._forget,
        )
        self._active[id] = receiving
        await receiving.begin(offset, length, self._hashes.pop(id, None))
        return receiving

    async def conclude(self, receiving: Receiving) -> UploadState:
        """All bytes of a connection have come: make them durable, and a revision of the last."""
        try:
            blob = await receiving.finish()
            if blob is not None:
                await self._deliver(receiving.upload, blob)
        finally:
            receiving.release()
        return await self.state(receiving.id)

    async def settle(self, id: str) -> UploadState:
        """End the connection before, if there is one, and say where that left the upload.

        Finishes an upload that a crash left complete, for its client will send nothing any more.
        """
        return await self.conclude(await self.receive(id, None))

    async def end(self, id: str) -> None:
        """Give an upload up, with all that came of it. One that is finished stays a revision."""
        await self._runner.run(self._find, id)
        await self._take_over(id, UploadGoneError("The upload was ended by its client."))
        self._early.abandon(self._uploads.spool(id))
        await self._bulk.run(self._end, id)

    async def close(self) -> None:
        """Keep what came over every connection, and end them: their clients come back."""
        reason = UnavailableError("The server is stopping; go on in a moment.")
        for receiving in list(self._active.values()):
            with suppress(UploadLockedError):
                await receiving.interrupt(reason)

    async def work(self) -> None:
        """Finish what a crash left complete, and end what has expired, until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001 - what fails now may not fail the next time
                log.exception("sweeping of uploads failed, will be tried again")
            await asyncio.sleep(min(self._config.sweep_every_s, self._expiry_s / 4))

    async def sweep(self) -> None:
        """Go once through all that is unfinished."""
        for upload in await self._runner.run(self._unfinished):
            if upload.id in self._active:
                await self._runner.run(self._extend, upload.id)
            elif upload.expires_at <= datetime.now(UTC):
                self._early.abandon(self._uploads.spool(upload.id))
                await self._bulk.run(self._end, upload.id)
            elif await self._runner.run(self._blobs.stored, upload.blob_id or "") == upload.size:
                await self._finish_left(upload)
        await self._runner.run(self._purge)

    async def _finish_left(self, upload: ResumableUpload) -> None:
        if upload.id in self._active:  # its client has come back meanwhile
            return
        try:
            await self.settle(upload.id)
        except ServiceError as error:
            log.warning("a complete upload cannot be finished", reason=error.code)

    async def _take_over(self, id: str, reason: ServiceError) -> None:
        while (active := self._active.get(id)) is not None:
            await active.interrupt(reason)

    def _forget(self, receiving: Receiving) -> None:
        id = receiving.id
        if self._active.get(id) is receiving:
            del self._active[id]
        if receiving.hashed is not None:
            self._hashes[id] = receiving.hashed
            while len(self._hashes) > HASHES_KEPT:
                self._hashes.popitem(last=False)

    async def _deliver(self, upload: ResumableUpload, blob: Blob) -> None:
        try:
            share = await self._runner.run(self._commit, upload.id, blob)
        except ServiceError as error:
            # After a failure of the database the commit may stand, or be tried again.
            if error.status < 500:
                self._early.forget(blob.id)
                self._uploads.release(blob.id)
                await self._bulk.run(self._end, upload.id)
            raise
        if share is not None:
            self._revisions.announce(share)

    # Below: what runs in a thread

    def _find(self, id: str) -> ResumableUpload:
        with self._database.reading() as reader:
            return _alive(uploads.get(reader, id))

    def _extended(self, id: str) -> ResumableUpload:
        upload = self._find(id)
        self._extend(id)
        return upload

    def _extend(self, id: str) -> None:
        with self._database.transaction() as session:
            uploads.extend(session, id, self._expiry_s)

    def _commit(self, id: str, blob: Blob) -> Share | None:
        """Number, revision, job and the end of the upload in one commit. None: done already."""
        with self._database.transaction() as session:
            upload = _alive(uploads.hold(session, id))
            if upload.revision is not None:
                return None
            if not self._access.still_may_edit(
                session, upload.share_id, token_id=upload.token_id, session_id=upload.session_id
            ):
                raise ForbiddenError("The right to change this share was taken back meanwhile.")
            share, revision = shares.accept_revision(
                session,
                upload.share_id,
                filename=upload.filename,
                size=blob.size,
                sha256=blob.digest,
                original=blob.id,
                options=upload.options,
                expected_version=upload.expected_version,
            )
            uploads.finish(session, id, revision.number, self._expiry_s)
            return share

    def _end(self, id: str) -> None:
        with self._database.transaction() as session:
            upload = uploads.hold(session, id)
            if upload is None or upload.blob_id is None:
                return
            uploads.end(session, id)
        # What a crash leaves here, nothing refers to: the other sweeper takes it.
        self._uploads.spool(id).unlink(missing_ok=True)
        self._blobs.delete(upload.blob_id)

    def _unfinished(self) -> list[ResumableUpload]:
        with self._database.reading() as reader:
            return uploads.unfinished(reader)

    def _purge(self) -> None:
        with self._database.transaction() as session:
            uploads.purge(session, self._expiry_s)


def _alive(upload: ResumableUpload | None) -> ResumableUpload:
    if upload is None:
        raise NotFoundError("There is no such upload.")
    if upload.revision is None:
        if upload.blob_id is None:
            raise UploadGoneError("This upload was ended, or has expired.")
        if upload.expires_at <= datetime.now(UTC):
            raise UploadGoneError("Nothing came of this upload for too long: begin a new one.")
    return upload
