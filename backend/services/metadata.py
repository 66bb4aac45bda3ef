"""Shares and revisions as this process knows them: read once, forgotten when they change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from backend.config import Config
from backend.domain import Change, Revision, RevisionState, Share, Standing, What
from backend.errors import NotFoundError
from backend.services.gathered import Gathered
from backend.services.runner import Runner
from backend.store import revisions, shares
from backend.store.database import Database

V = TypeVar("V")


class LatestUsed(Generic[V]):
    """At most `limit` values; the one not used for longest goes first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[str, V] = OrderedDict()

    def get(self, key: str) -> V | None:
        """The value, now the latest used, or None."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: str, value: V) -> None:
        """Keep a value."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._limit:
            self._values.popitem(last=False)

    def drop(self, key: str) -> None:
        """Forget a value, if it is there."""
        self._values.pop(key, None)

    def clear(self) -> None:
        """Forget every value."""
        self._values.clear()


class Metadata:
    """The cache a hot page is answered from. The bus invalidates it before anyone is told."""

    def __init__(self, database: Database, runner: Runner, config: Config) -> None:
        self._database = database
        self._runner = runner
        self._shares: LatestUsed[Share] = LatestUsed(config.metadata_cache_entries)
        # A share's ready revisions, by number. They never change, but go with their share.
        self._revisions: LatestUsed[dict[int, Revision]] = LatestUsed(config.metadata_cache_entries)
        self._together: Gathered[Share] = Gathered(self._load_many)
        self._changes = 0
        self._trusted = True
        self._is_current: Callable[[], bool] = _always

    def distrust(self) -> None:
        """Ask the database every time from now on: what others change is not heard."""
        self._trusted = False

    def trust(self, is_current: Callable[[], bool]) -> None:
        """Forget everything, and remember what is read from now on.

        `is_current` says whether every change that others have told was taken in: while it was
        not, the database is asked.
        """
        self._is_current = is_current
        self._changes += 1
        self._shares.clear()
        self._revisions.clear()
        self._trusted = True

    def on_change(self, change: Change) -> None:
        """Forget what a change makes untrue."""
        self._changes += 1
        self._shares.drop(change.share_id)
        if What.DELETED in change.what:
            self._revisions.drop(change.share_id)

    def know_of(self, share_id: str, seq: int) -> None:
        """Somebody has heard of this seq: forget what was read before it.

        They may have heard it from another node, which is sometimes quicker than our own ear.
        """
        share = self._shares.get(share_id)
        if share is not None and share.seq < seq:
            self._changes += 1
            self._shares.drop(share_id)

    async def share(self, share_id: str) -> Share:
        """A share as it is now; NotFoundError where there is none."""
        share = self._known(share_id)
        if share is None:
            share = await self._load(share_id)
            if share is None:
                raise NotFoundError("There is no such share. Was the link copied whole?")
        return share

    async def revision(self, share_id: str, number: int) -> Revision:
        """A revision as it is now; NotFoundError where there is none."""
        await self.share(share_id)
        known = self._revisions.get(share_id)
        if known is not None and number in known:
            return known[number]
        found = await self._runner.run(self._read_revision, share_id, number)
        if found is None:
            raise NotFoundError(f"This share has no revision {number}.")
        if found.state is RevisionState.READY:
            self._remember(found)
        return found

    async def standings(self, share_ids: Sequence[str]) -> dict[str, Standing | None]:
        """What hello says of each share; None where there is no such share."""
        known = {share_id: self._known(share_id) for share_id in share_ids}
        unknown = [share_id for share_id, share in known.items() if share is None]
        found = await self._together.read(unknown) if unknown else {}
        return {
            share_id: _standing(share or found.get(share_id)) for share_id, share in known.items()
        }

    def _known(self, share_id: str) -> Share | None:
        return self._shares.get(share_id) if self._trusted and self._is_current() else None

    async def _load_many(self, share_ids: list[str]) -> dict[str, Share]:
        changes = self._changes
        found = await self._runner.run(self._read_shares, share_ids)
        if self._trusted and changes == self._changes:
            for share in found.values():
                self._shares.put(share.id, share)
        return found

    async def _load(self, share_id: str) -> Share | None:
        changes = self._changes
        share = await self._runner.run(self._read_share, share_id)
        # What was read while something changed may be older than the change: do not keep it.
        if share is not None and self._trusted and changes == self._changes:
            self._shares.put(share_id, share)
        return share

    def _remember(self, revision: Revision) -> None:
        known = self._revisions.get(revision.share_id)
        if known is None:
            known = {}
            self._revisions.put(revision.share_id, known)
        known[revision.number] = revision

    def _read_share(self, share_id: str) -> Share | None:
        with self._database.reading() as reader:
            return shares.get(reader, share_id)

    def _read_shares(self, share_ids: list[str]) -> dict[str, Share]:
        with self._database.reading() as reader:
            return shares.get_many(reader, share_ids)

    def _read_revision(self, share_id: str, number: int) -> Revision | None:
        with self._database.reading() as reader:
            return revisions.get(reader, share_id, number)


def _standing(share: Share | None) -> Standing | None:
    return None if share is None else Standing(seq=share.seq, revision=share.head)


def _always() -> bool:
    return True
