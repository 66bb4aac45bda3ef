"""Who follows which share, and what there is to tell of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from backend.domain import Change, Standing, What
from backend.realtime import frames
from backend.realtime.frames import Frame

SPREAD_MS_PER_SUBSCRIBER = 2.0
"""A quarter of what a process on a core of its own answers: it has other things to do as well."""
MAX_SPREAD_MS = 20_000

VIEWERS: Final = "viewers"
News = What | Literal["viewers"]
"""What a subscriber has yet to hear of a share: kinds of changes, and how many look."""


class Channel(Protocol):
    """One open connection, whatever it is made of."""

    is_viewer: bool
    """Whether somebody may be looking at the other end for as long as it is open."""

    def send(self, frame: Frame) -> bool:
        """Send one frame; whether the connection can take another. Raises where it is closed."""
        ...

    async def drained(self) -> None:
        """Done when the connection can take another frame. Raises where it is closed."""
        ...

    def answers(self) -> bool:
        """Asked once a heartbeat: whether the other end gave a sign of life lately."""
        ...

    def close(self, code: int) -> None:
        """End it."""
        ...


class Subscriber:
    """A connection with the shares it watches and what it has yet to hear: a set, not a queue."""

    __slots__ = ("channel", "closed", "dirty", "free", "shares")

    def __init__(self, channel: Channel, shares: Sequence[str]) -> None:
        self.channel = channel
        self.shares = tuple(dict.fromkeys(shares))
        self.dirty: dict[str, set[News]] = {}
        self.free = False
        """Whether it can be sent a frame now: it was greeted, and nothing waits to leave."""
        self.closed = False

    def owe(self, share_id: str, news: set[News]) -> None:
        """Keep in mind that it has to hear of a share."""
        self.dirty.setdefault(share_id, set()).update(news)


class Topic:
    """A watched share: the latest of it, and when its subscribers were last told."""

    __slots__ = (
        "counting",
        "elsewhere",
        "frame",
        "gone",
        "known",
        "latest",
        "next_at",
        "share_id",
        "subscribers",
        "telling",
        "timer",
        "told_viewers",
        "viewers",
        "what",
    )

    def __init__(self, share_id: str) -> None:
        self.share_id = share_id
        self.subscribers: set[Subscriber] = set()
        self.latest: Change | None = None
        self.known: dict[What, int] = {}
        self.what: set[What] = set()
        self.next_at = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.telling = False
        self.frame: tuple[tuple[int, frozenset[What]], Frame] | None = None
        self.gone = False
        self.viewers = 0
        self.elsewhere = 0
        """Viewers at other nodes."""
        self.told_viewers: int | None = 0
        """What all subscribers were told last; None where some know another number."""
        self.counting: asyncio.TimerHandle | None = None

    @property
    def all_viewers(self) -> int:
        """How many look, here and elsewhere."""
        return 0 if self.gone else self.viewers + self.elsewhere

    def add(self, subscriber: Subscriber) -> None:
        """Somebody follows the share."""
        self.subscribers.add(subscriber)
        self.viewers += subscriber.channel.is_viewer

    def remove(self, subscriber: Subscriber) -> None:
        """Somebody follows it no longer; harmless when said twice."""
        if subscriber in self.subscribers:
            self.subscribers.discard(subscriber)
            self.viewers -= subscriber.channel.is_viewer

    def newcomer_is_told(self) -> None:
        """Hello says to one how many look now."""
        if len(self.subscribers) == 1:
            self.told_viewers = self.all_viewers
        elif self.told_viewers != self.all_viewers:
            self.told_viewers = None

    def stand(self, standing: Standing | None) -> None:
        """Hello says where the share stands: nothing less may be said afterwards."""
        self.gone = standing is None
        if standing and (self.latest is None or standing.seq > self.latest.seq):
            self.latest = Change(self.share_id, standing.seq, standing.revision, frozenset())

    def take(self, change: Change) -> bool:
        """Whether a change is news: not one that came before by another way."""
        news = [what for what in change.what if change.seq > self.known.get(what, -1)]
        self.known.update(dict.fromkeys(news, change.seq))
        self.what.update(news)
        if self.latest is None or change.seq > self.latest.seq:
            self.latest = change
        if What.DELETED in change.what:
            self.gone = True
        return bool(news)

    def frames(self, news: set[News]) -> list[Frame]:
        """What to send to someone who has to hear these news."""
        what = frozenset(one for one in news if isinstance(one, What))
        told = [self._change(self.latest, what)] if what and self.latest else []
        if VIEWERS in news and not self.gone:
            told.append(frames.viewers(self.share_id, self.all_viewers))
        return told

    def _change(self, latest: Change, what: frozenset[What]) -> Frame:
        """The frame of the latest change, made once for all who get the same."""
        key = (latest.seq, what)
        if self.frame is None or self.frame[0] != key:
            spread = min(MAX_SPREAD_MS, int(len(self.subscribers) * SPREAD_MS_PER_SUBSCRIBER))
            frame = frames.change(self.share_id, latest.seq, latest.revision, what, spread)
            self.frame = (key, frame)
        return self.frame[1]

    def stop(self) -> None:
        """Nobody follows it any longer."""
        for timer in (self.timer, self.counting):
            if timer is not None:
                timer.cancel()
