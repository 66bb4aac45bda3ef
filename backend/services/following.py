"""Following shares: who may join the change channel, for how many shares, and how they leave."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from backend.config import Config
from backend.errors import InvalidParameterError
from backend.realtime.frames import GOING_AWAY as GOING_AWAY
from backend.realtime.frames import POLICY as POLICY
from backend.realtime.frames import SUBPROTOCOL as SUBPROTOCOL
from backend.realtime.frames import TRY_LATER as TRY_LATER
from backend.realtime.frames import Frame as Frame
from backend.realtime.hub import Hub
from backend.realtime.outlet import Outlet as Outlet
from backend.realtime.poll import Poll as Poll
from backend.realtime.subscribers import Channel
from backend.realtime.subscribers import Subscriber as Subscriber


class FollowingService:
    """Lets open channels follow shares. Everyone may follow what anyone may view."""

    def __init__(self, hub: Hub, config: Config) -> None:
        self._hub = hub
        self._limit = config.max_shares_per_channel
        self._max_wait_s = config.max_wait_s

    def chosen(
        self, share_ids: Sequence[str], since: Mapping[str, int] | None, wait_s: float
    ) -> list[str]:
        """The shares that a channel is to follow, each once; what makes no sense is refused."""
        shares = list(dict.fromkeys(share_ids))
        if len(shares) > self._limit:
            raise InvalidParameterError(f"share: a channel follows at most {self._limit} shares.")
        if not set(since or ()) <= set(shares):
            raise InvalidParameterError("since: it names a share that `share` does not.")
        if wait_s > self._max_wait_s:
            raise InvalidParameterError(f"wait: at most {self._max_wait_s:g} seconds.")
        return shares

    def admit(self) -> None:
        """Raise UnavailableError where no further channel can be taken."""
        self._hub.admit()

    async def join(self, channel: Channel, share_ids: Sequence[str]) -> Subscriber:
        """Say hello on the channel, and from then on every change of these shares."""
        return await self._hub.subscribe(channel, share_ids)

    @asynccontextmanager
    async def along(self, channel: Channel, share_ids: Sequence[str]) -> AsyncIterator[None]:
        """The same for as long as the block runs. UnavailableError where nobody is taken."""
        self.admit()
        subscriber = await self.join(channel, share_ids)
        try:
            yield
        finally:
            self.leave(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """The channel is closed; harmless when said twice."""
        self._hub.unsubscribe(subscriber)
