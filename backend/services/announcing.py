"""Resumable uploads as they begin: what is said of a file before it is sent, and its link."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from backend.config import Config
from backend.domain import ReadingOptions, ResumableUpload, Share
from backend.errors import (
    EmptyFileError,
    IdempotencyMismatchError,
    NotFoundError,
    PayloadTooLargeError,
)
from backend.services.access import Access, Principal
from backend.services.repeating import once
from backend.services.revisions import RevisionService
from backend.services.runner import Runner
from backend.services.shares import ShareService
from backend.store import shares, tokens, uploads
from backend.store.database import Database, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a client says of a file before it sends it."""

    size: int
    filename: str
    title: str
    options: ReadingOptions
    described: str
    share_id: str | None
    """None: it makes a share of its own, at once."""
    principal: Principal
    session_id: str | None
    expected_version: int | None = None
    idempotency_key: str | None = None

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are. Secrets are hashed."""
        who = f"upload\n{self.principal.token}\n{self.principal.session}\n{self.share_id}"
        return hashlib.sha256(who.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """What makes two announcements the same one."""
        said = (self.size, self.described, self.expected_version)
        return hashlib.sha256(repr(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload just begun, its share, and the token where the share was made for it."""

    upload: ResumableUpload
    share: Share
    edit_token: str | None


class AnnouncingService:
    """Begins resumable uploads."""

    def __init__(
        self,
        *,
        database: Database,
        runner: Runner,
        access: Access,
        shares: ShareService,
        revisions: RevisionService,
        config: Config,
    ) -> None:
        self._database = database
        self._runner = runner
        self._access = access
        self._shares = shares
        self._revisions = revisions
        self._config = config

    async def begin(self, announced: Announcement) -> Begun:
        """Begin an upload, and make its share where it names none, so that the link exists."""
        limit = self._config.max_upload_bytes
        if announced.size > limit:
            raise PayloadTooLargeError(f"A file may have at most {limit} bytes.", limit=limit)
        if announced.size == 0:
            raise EmptyFileError("The file has no bytes. Was it saved before it was sent?")
        if announced.share_id is not None:
            version = announced.expected_version
            await self._revisions.admit(announced.share_id, announced.principal, version)
        return await self._runner.run(self._begin, announced)

    def _begin(self, announced: Announcement) -> Begun:
        return once(
            self._database,
            lambda session: self._repeat(session, announced),
            lambda session: self._insert(session, announced),
        )

    def _insert(self, session: Session, announced: Announcement) -> Begun:
        token, share = None, None
        if announced.share_id is None:
            made = self._shares.create_in(session, announced.title, announced.session_id)
            token, share = made.edit_token, made.share
        else:
            share = shares.get(session, announced.share_id)
        if share is None:
            raise NotFoundError("There is no such share.")
        shown = token or announced.principal.token
        upload = uploads.create(
            session,
            id=secrets.token_urlsafe(24),
            share_id=share.id,
            blob_id=secrets.token_hex(16),
            size=announced.size,
            filename=announced.filename,
            options=announced.options,
            described=announced.described,
            token_id=self._access.id_of(shown) if shown else None,
            session_id=announced.session_id,
            expected_version=announced.expected_version,
            fingerprint=announced.fingerprint,
            expiry_s=self._config.upload_expiry_s,
            scope=announced.scope,
            key=announced.idempotency_key,
        )
        return Begun(upload, share, token)

    def _repeat(self, session: Session, announced: Announcement) -> Begun | None:
        if announced.idempotency_key is None:
            return None
        upload = uploads.find(session, announced.scope, announced.idempotency_key)
        if upload is None:
            return None
        if upload.fingerprint != announced.fingerprint:
            raise IdempotencyMismatchError("The key came before, with another announcement.")
        share = shares.get(session, upload.share_id)
        assert share is not None  # a share that is deleted takes its uploads along
        token = tokens.get(session, upload.token_id or "") if announced.share_id is None else None
        return Begun(upload, share, self._access.spell(token) if token else None)
