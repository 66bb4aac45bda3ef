"""Following shares: who may join the change channel, for how many shares, and how they leave."""

from __future__ import annotations

from collections.abc import Sequence

from backend.config import Config
from backend.errors import InvalidParameterError
from backend.realtime.frames import POLICY as POLICY
from backend.realtime.frames import SUBPROTOCOL as SUBPROTOCOL
from backend.realtime.frames import TRY_LATER as TRY_LATER
from backend.realtime.hub import Channel, Hub
from backend.realtime.hub import Subscriber as Subscriber


class FollowingService:
    """Lets open channels follow shares. Everyone may follow what anyone may view."""

    def __init__(self, hub: Hub, config: Config) -> None:
        self._hub = hub
        self._limit = config.max_shares_per_channel

    def chosen(self, share_ids: Sequence[str]) -> list[str]:
        """The shares that a channel is to follow, each once; too many are refused."""
        shares = list(dict.fromkeys(share_ids))
        if len(shares) > self._limit:
            raise InvalidParameterError(f"share: a channel follows at most {self._limit} shares.")
        return shares

    def admit(self) -> None:
        """Raise UnavailableError where no further channel can be taken."""
        self._hub.admit()

    async def join(self, channel: Channel, share_ids: Sequence[str]) -> Subscriber:
        """Say hello on the channel, and from then on every change of these shares."""
        return await self._hub.subscribe(channel, share_ids)

    def leave(self, subscriber: Subscriber) -> None:
        """The channel is closed; harmless when said twice."""
        self._hub.unsubscribe(subscriber)
