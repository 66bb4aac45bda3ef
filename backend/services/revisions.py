"""Revisions: a finished upload becomes one in a single commit, is announced, and can be read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from backend.domain import (
    Blob,
    Change,
    ReadingOptions,
    Revision,
    RevisionState,
    Share,
    What,
)
from backend.errors import (
    IdempotencyMismatchError,
    PreconditionFailedError,
    ServiceError,
)
from backend.realtime.bus import Bus
from backend.services.access import Access, Principal
from backend.services.downloads import Download
from backend.services.metadata import Metadata
from backend.services.reading import ReadingService
from backend.services.repeating import fingerprint_of, once, scope_of
from backend.services.runner import Runner
from backend.services.shares import ShareService
from backend.services.uploads import UploadService
from backend.store import idempotency, revisions, shares, tokens
from backend.store.blobs import BlobStore
from backend.store.database import Database, Session
from backend.store.idempotency import Remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A finished upload with everything that was said about it."""

    blob: Blob
    filename: str
    options: ReadingOptions
    share_id: str | None
    """None: it makes a share of its own."""
    title: str
    principal: Principal
    session_id: str | None
    expected_version: int | None = None
    idempotency_key: str | None = None

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are, and for which resource. Secrets are hashed."""
        return scope_of(self.principal, self.share_id)

    @property
    def fingerprint(self) -> str:
        """What makes two requests the same one."""
        options = sorted(self.options.given().items())
        return fingerprint_of(self.blob.digest, self.filename, self.title, options)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a delivery: its share, its revision, and the token where a share was made."""

    share: Share
    revision: Revision
    edit_token: str | None = None
    repeated: bool = False


class RevisionService:
    """What can be done with revisions."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: BlobStore,
        runner: Runner,
        access: Access,
        metadata: Metadata,
        shares: ShareService,
        uploads: UploadService,
        reading: ReadingService,
        bus: Bus,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._runner = runner
        self._access = access
        self._metadata = metadata
        self._shares = shares
        self._uploads = uploads
        self._reading = reading
        self._bus = bus
        self._finished: dict[str, set[asyncio.Event]] = {}

    async def admit(
        self, share_id: str, principal: Principal, expected_version: int | None
    ) -> None:
        """Refuse an upload before its bytes come: no right, no share, or another version."""
        share = await self._metadata.share(share_id)
        await self._access.require_edit(principal, share_id)
        if expected_version is not None and share.version != expected_version:
            raise PreconditionFailedError(
                f"You expected version {expected_version}; the share is at {share.version}."
            )

    async def accept(self, delivery: Delivery) -> Accepted:
        """Turn a durable blob into a revision: number, revision and job in one commit."""
        try:
            accepted = await self._runner.run(self._accept, delivery)
        except ServiceError as error:
            # After a failure of the database the commit may stand: then the sweeper decides.
            if error.status < 500:
                await self._uploads.discard(delivery.blob)
            raise
        if accepted.repeated:
            await self._uploads.discard(delivery.blob)
            return accepted
        self.announce(accepted.share)
        return accepted

    async def read_again(
        self,
        share_id: str,
        number: int,
        options: ReadingOptions,
        principal: Principal,
        expected_version: int | None,
    ) -> Accepted:
        """A new revision from the stored original of an earlier one, read with other options."""
        await self.admit(share_id, principal, expected_version)
        source = await self._metadata.revision(share_id, number)
        delivery = Delivery(
            blob=Blob(source.original, source.size, source.sha256),
            filename=source.filename,
            options=options,
            share_id=share_id,
            title=source.filename,
            principal=principal,
            session_id=principal.session,
            expected_version=expected_version,
        )
        accepted = await self._runner.run(self._accept, delivery)
        self.announce(accepted.share)
        return accepted

    async def restore(
        self, share_id: str, number: int, principal: Principal, expected_version: int | None
    ) -> Accepted:
        """A new revision, head at once, that holds what an earlier one holds."""
        await self.admit(share_id, principal, expected_version)
        accepted = await self._runner.run(self._restore, share_id, number, expected_version)
        share = accepted.share
        what = frozenset({What.SHARE, What.REVISION})
        self._bus.publish(Change(share.id, share.seq, share.head, what))
        return accepted

    def announce(self, share: Share) -> None:
        """A revision of this share was committed: tell those who watch, and those who read."""
        self._bus.publish(Change(share.id, share.seq, share.head, frozenset({What.SHARE})))
        self._reading.wake()

    async def get(self, share_id: str, number: int) -> Revision:
        """One revision; NotFoundError where there is none."""
        return await self._metadata.revision(share_id, number)

    async def history(self, share_id: str, before: int | None, limit: int) -> list[Revision]:
        """The revisions of a share, newest first, below `before`."""
        await self._metadata.share(share_id)
        return await self._runner.run(self._history, share_id, before, limit)

    async def settled(self, accepted: Accepted, wait_s: float) -> Accepted:
        """Wait until the revision is ready or failed, at most `wait_s`; then as it is now."""
        share_id, number = accepted.share.id, accepted.revision.number
        event = asyncio.Event()
        waiting = self._finished.setdefault(share_id, set())
        waiting.add(event)
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    revision = await self._metadata.revision(share_id, number)
                    if revision.state is not RevisionState.PROCESSING:
                        break
                    await event.wait()
                    event.clear()
        except TimeoutError:
            revision = await self._metadata.revision(share_id, number)
        finally:
            waiting.discard(event)
            if not waiting:
                self._finished.pop(share_id, None)
        return replace(accepted, share=await self._metadata.share(share_id), revision=revision)

    def on_change(self, change: Change) -> None:
        """Wake those who wait for a revision of this share."""
        for event in self._finished.get(change.share_id, ()):
            event.set()

    def original(self, revision: Revision) -> Download:
        """The uploaded bytes, whole or in parts."""
        blob_id = revision.original
        return Download(
            revision.size, lambda start, end: self._blobs.read(blob_id, start, end - start)
        )

    def _history(self, share_id: str, before: int | None, limit: int) -> list[Revision]:
        with self._database.reading() as reader:
            return revisions.list_newest(reader, share_id, before=before, limit=limit)

    def _restore(self, share_id: str, number: int, expected_version: int | None) -> Accepted:
        with self._database.transaction() as session:
            made = revisions.restore(session, share_id, number, expected_version=expected_version)
        return Accepted(*made)

    def _accept(self, delivery: Delivery) -> Accepted:
        return once(
            self._database,
            lambda session: self._repeat(session, delivery),
            lambda session: self._insert(session, delivery),
        )

    def _insert(self, session: Session, delivery: Delivery) -> Accepted:
        token = share_id = None
        if delivery.share_id is None:
            made = self._shares.create_in(session, delivery.title, delivery.session_id)
            token, share_id = made.edit_token, made.share.id
        share, revision = shares.accept_revision(
            session,
            delivery.share_id or share_id or "",
            filename=delivery.filename,
            size=delivery.blob.size,
            sha256=delivery.blob.digest,
            original=delivery.blob.id,
            options=delivery.options,
            expected_version=delivery.expected_version,
        )
        if delivery.idempotency_key is not None:
            idempotency.put(
                session,
                scope=delivery.scope,
                key=delivery.idempotency_key,
                fingerprint=delivery.fingerprint,
                share_id=share.id,
                revision=revision.number,
                token_id=None if token is None else token.split("_")[1],
            )
        return Accepted(share, revision, token)

    def _repeat(self, session: Session, delivery: Delivery) -> Accepted | None:
        if delivery.idempotency_key is None:
            return None
        remembered = idempotency.find(session, delivery.scope, delivery.idempotency_key)
        if remembered is None:
            return None
        if remembered.fingerprint != delivery.fingerprint:
            raise IdempotencyMismatchError("The key came before, with another file or options.")
        return self._answer_again(session, delivery, remembered)

    def _answer_again(
        self, session: Session, delivery: Delivery, remembered: Remembered
    ) -> Accepted | None:
        share = shares.get(session, remembered.share_id)
        revision = revisions.get(session, remembered.share_id, remembered.revision or 0)
        if share is None or revision is None:
            return None
        token = tokens.get(session, remembered.token_id) if remembered.token_id else None
        if token is not None and delivery.session_id is not None:
            # The cookie of the first answer may be lost with it; this one gets the same right.
            self._shares.grant_in(session, delivery.session_id, share.id)
        return Accepted(share, revision, self._access.spell(token) if token else None, True)
