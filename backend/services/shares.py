"""Shares: made, read, renamed, deleted; whatever changes one is announced after the commit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from backend.domain import Change, Share, What
from backend.errors import IdempotencyMismatchError, UnauthorizedError
from backend.realtime.bus import Bus
from backend.services.access import Access, Principal
from backend.services.metadata import Metadata
from backend.services.repeating import fingerprint_of, once, scope_of
from backend.services.runner import Runner
from backend.store import idempotency, sessions, shares, tokens
from backend.store.database import Database, Session

UNTITLED = "Untitled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An empty share that somebody asks for."""

    title: str
    principal: Principal
    session_id: str | None
    idempotency_key: str | None

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are."""
        return scope_of(self.principal, None)

    @property
    def fingerprint(self) -> str:
        """What makes two requests the same one."""
        return fingerprint_of("empty", self.title)


@dataclass(frozen=True, slots=True)
class NewShare:
    """A share just made, with the token that may change it."""

    share: Share
    edit_token: str


@dataclass(frozen=True, slots=True)
class SeenShare:
    """A share as one principal sees it."""

    share: Share
    may_edit: bool

    @property
    def etag(self) -> str:
        """Strong: the version, and which of the two forms of the resource this is."""
        return f'"{self.share.version}-{"edit" if self.may_edit else "view"}"'


class ShareService:
    """What can be done with shares."""

    def __init__(
        self, database: Database, runner: Runner, access: Access, metadata: Metadata, bus: Bus
    ) -> None:
        self._database = database
        self._runner = runner
        self._access = access
        self._metadata = metadata
        self._bus = bus

    async def create(self, wanted: Wanted) -> NewShare:
        """Make an empty share: its link exists before any file has come."""
        return await self._runner.run(self._create, wanted)

    async def see(self, share_id: str, principal: Principal) -> SeenShare:
        """A share with the principal's right to it; NotFoundError where there is none."""
        share = await self._metadata.share(share_id)
        return SeenShare(share, await self._access.may_edit(principal, share_id))

    async def of(self, principal: Principal, limit: int, offset: int) -> list[Share]:
        """The shares of a browser session, or the one of a token, latest changed first."""
        if principal.token is not None:
            share_id = await self._runner.run(self._access.share_of, principal.token)
            if share_id is None:
                raise UnauthorizedError("This token is not valid, or was revoked.")
            return [] if offset else [await self._metadata.share(share_id)]
        if principal.session is None:
            return []
        return await self._runner.run(self._list, principal.session, limit, offset)

    async def rename(
        self, share_id: str, title: str, principal: Principal, expected_version: int | None
    ) -> SeenShare:
        """Give a share another title."""
        await self._metadata.share(share_id)
        await self._access.require_edit(principal, share_id)
        share = await self._runner.run(self._rename, share_id, title, expected_version)
        self._announce(share, What.SHARE)
        return SeenShare(share, may_edit=True)

    async def delete(
        self, share_id: str, principal: Principal, expected_version: int | None
    ) -> None:
        """Delete a share with all its revisions; their bytes follow when they are swept."""
        await self._metadata.share(share_id)
        await self._access.require_edit(principal, share_id)
        seq = await self._runner.run(self._delete, share_id, expected_version)
        self._bus.publish(Change(share_id, seq, None, frozenset({What.DELETED})))

    def create_in(self, session: Session, title: str, session_id: str | None) -> NewShare:
        """Make a share, its first token and its owner within the caller's transaction."""
        share = shares.create(session, id=secrets.token_urlsafe(16), title=title)
        if session_id is not None:
            self.grant_in(session, session_id, share.id)
        token = self._access.add_token(session, share.id, "first")
        return NewShare(share, self._access.spell(token))

    def grant_in(self, session: Session, session_id: str, share_id: str) -> None:
        """Let a browser change a share, within the caller's transaction."""
        sessions.create(session, session_id)
        sessions.grant(session, session_id, share_id)

    def _create(self, wanted: Wanted) -> NewShare:
        return once(
            self._database,
            lambda session: self._repeat(session, wanted),
            lambda session: self._make(session, wanted),
        )

    def _make(self, session: Session, wanted: Wanted) -> NewShare:
        made = self.create_in(session, wanted.title, wanted.session_id)
        if wanted.idempotency_key is not None:
            idempotency.put(
                session,
                scope=wanted.scope,
                key=wanted.idempotency_key,
                fingerprint=wanted.fingerprint,
                share_id=made.share.id,
                token_id=self._access.id_of(made.edit_token),
            )
        return made

    def _repeat(self, session: Session, wanted: Wanted) -> NewShare | None:
        if wanted.idempotency_key is None:
            return None
        found = idempotency.find(session, wanted.scope, wanted.idempotency_key)
        if found is None:
            return None
        if found.fingerprint != wanted.fingerprint:
            raise IdempotencyMismatchError("The key came before, with something else.")
        share = shares.get(session, found.share_id)
        token = tokens.get(session, found.token_id or "")
        if share is None or token is None:
            return None
        if wanted.session_id is not None:
            self.grant_in(session, wanted.session_id, share.id)
        return NewShare(share, self._access.spell(token))

    def _list(self, session_id: str, limit: int, offset: int) -> list[Share]:
        with self._database.reading() as reader:
            return sessions.shares_of(reader, session_id, limit=limit, offset=offset)

    def _rename(self, share_id: str, title: str, expected_version: int | None) -> Share:
        with self._database.transaction() as session:
            return shares.rename(session, share_id, title, expected_version=expected_version)

    def _delete(self, share_id: str, expected_version: int | None) -> int:
        with self._database.transaction() as session:
            return shares.delete(session, share_id, expected_version=expected_version)

    def _announce(self, share: Share, what: What) -> None:
        self._bus.publish(Change(share.id, share.seq, share.head, frozenset({what})))
