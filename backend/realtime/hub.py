"""The hub: who watches which share, and one frame per change to each of them, latest wins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from backend.config import Config
from backend.domain import Change, Standing, What
from backend.errors import UnavailableError
from backend.realtime import frames

log = structlog.get_logger("tablecast.hub")

SENDS_BEFORE_A_YIELD = 200
SPREAD_MS_PER_SUBSCRIBER = 0.5
MAX_SPREAD_MS = 20_000

ReadStandings = Callable[[Sequence[str]], Awaitable[dict[str, Standing | None]]]


class Channel(Protocol):
    """One open connection, whatever it is made of."""

    def send(self, frame: bytes) -> Awaitable[None]:
        """Send one frame; done when the connection can take another."""
        ...

    def close(self, code: int) -> None:
        """End it."""
        ...


class Subscriber:
    """A connection with the shares it watches and what it has yet to hear: a set, not a queue."""

    __slots__ = ("channel", "closed", "dirty", "sending", "shares", "started")

    def __init__(self, channel: Channel, shares: Sequence[str]) -> None:
        self.channel = channel
        self.shares = tuple(dict.fromkeys(shares))
        self.dirty: dict[str, set[What]] = {}
        self.sending: asyncio.Task[None] | None = None
        self.started = False
        self.closed = False


class Topic:
    """A watched share: the latest of it, and when its subscribers were last told."""

    __slots__ = ("frame", "known", "latest", "next_at", "subscribers", "timer", "what")

    def __init__(self) -> None:
        self.subscribers: set[Subscriber] = set()
        self.latest: Change | None = None
        self.known: dict[What, int] = {}
        self.what: set[What] = set()
        self.next_at = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.frame: tuple[tuple[int, frozenset[What]], bytes] | None = None

    def take(self, change: Change) -> bool:
        """Whether a change is news: not one that came before by another way."""
        news = [what for what in change.what if change.seq > self.known.get(what, -1)]
        self.known.update(dict.fromkeys(news, change.seq))
        self.what.update(news)
        if self.latest is None or change.seq > self.latest.seq:
            self.latest = change
        return bool(news)


class Hub:
    """Tells every subscriber of each committed change, first at once, then at a bounded rate."""

    def __init__(self, read_standings: ReadStandings, config: Config) -> None:
        self._read_standings = read_standings
        self._config = config
        self._topics: dict[str, Topic] = {}
        self._subscribers: set[Subscriber] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def subscribers(self) -> int:
        """How many connections are open."""
        return len(self._subscribers)

    @property
    def watched(self) -> list[str]:
        """The shares that somebody watches."""
        return list(self._topics)

    def watches(self, share_id: str) -> bool:
        """Whether somebody watches a share."""
        return share_id in self._topics

    def admit(self) -> None:
        """Raise UnavailableError where no further subscriber can be taken."""
        if self._closing or len(self._subscribers) >= self._config.max_subscribers:
            raise UnavailableError("Too many watch already.", headers={"Retry-After": "10"})

    async def subscribe(self, channel: Channel, shares: Sequence[str]) -> Subscriber:
        """Register first, then read and say hello: so nothing can slip between."""
        subscriber = Subscriber(channel, shares)
        self._subscribers.add(subscriber)
        for share_id in subscriber.shares:
            self._topics.setdefault(share_id, Topic()).subscribers.add(subscriber)
        try:
            standings = await self._read_standings(subscriber.shares)
            await channel.send(frames.hello(self._config.heartbeat_s, standings))
        except BaseException:
            self.unsubscribe(subscriber)
            raise
        for share_id, standing in standings.items():
            latest = self._latest(share_id)
            if latest is not None and standing is not None and latest.seq <= standing.seq:
                subscriber.dirty.pop(share_id, None)
        subscriber.started = True
        self._flush(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Forget a connection; harmless when called twice."""
        subscriber.closed = True
        self._subscribers.discard(subscriber)
        for share_id in subscriber.shares:
            topic = self._topics.get(share_id)
            if topic is None:
                continue
            topic.subscribers.discard(subscriber)
            if not topic.subscribers:
                if topic.timer is not None:
                    topic.timer.cancel()
                del self._topics[share_id]

    def on_change(self, change: Change) -> None:
        """Take a committed change from the bus."""
        topic = self._topics.get(change.share_id)
        if topic is None or not topic.take(change) or topic.timer is not None:
            return
        loop = asyncio.get_running_loop()
        wait = topic.next_at - loop.time()
        if wait <= 0:
            self._tell(change.share_id)
        else:
            topic.timer = loop.call_later(wait, self._tell, change.share_id)

    async def beat(self) -> None:
        """Send heartbeats until cancelled; cut subscribers whose last frame does not get out."""
        while True:
            await asyncio.sleep(self._config.heartbeat_s)
            for number, subscriber in enumerate(list(self._subscribers)):
                if subscriber.started and subscriber.sending is None:
                    self._start_sending(subscriber, frames.heartbeat())
                if number % SENDS_BEFORE_A_YIELD == 0:
                    await asyncio.sleep(0)

    async def close(self) -> None:
        """Say bye to everyone with a span that spreads their return, then close."""
        self._closing = True
        retry_ms = (0, min(MAX_SPREAD_MS, 500 + 2 * len(self._subscribers)))
        frame = frames.bye(frames.GOING_AWAY, retry_ms)
        farewells = [self._farewell(subscriber, frame) for subscriber in list(self._subscribers)]
        await asyncio.gather(*farewells, return_exceptions=True)

    async def _farewell(self, subscriber: Subscriber, frame: bytes) -> None:
        try:
            async with asyncio.timeout(2):
                await subscriber.channel.send(frame)
        finally:
            subscriber.channel.close(frames.GOING_AWAY)
            self.unsubscribe(subscriber)

    def _latest(self, share_id: str) -> Change | None:
        topic = self._topics.get(share_id)
        return topic.latest if topic else None

    def _tell(self, share_id: str) -> None:
        topic = self._topics.get(share_id)
        if topic is None:
            return
        topic.timer = None
        topic.next_at = asyncio.get_running_loop().time() + self._config.change_interval_s
        what, topic.what = topic.what, set()
        for subscriber in topic.subscribers:
            subscriber.dirty.setdefault(share_id, set()).update(what)
        self._spawn(self._fan_out(list(topic.subscribers)))

    async def _fan_out(self, subscribers: list[Subscriber]) -> None:
        for number, subscriber in enumerate(subscribers, 1):
            self._flush(subscriber)
            if number % SENDS_BEFORE_A_YIELD == 0:
                await asyncio.sleep(0)

    def _flush(self, subscriber: Subscriber) -> None:
        ready = subscriber.started and not subscriber.closed and subscriber.sending is None
        if ready and subscriber.dirty:
            self._start_sending(subscriber, None)

    def _start_sending(self, subscriber: Subscriber, frame: bytes | None) -> None:
        subscriber.sending = self._spawn(self._send(subscriber, frame))

    async def _send(self, subscriber: Subscriber, frame: bytes | None) -> None:
        try:
            async with asyncio.timeout(self._config.subscriber_stall_s):
                if frame is not None:
                    await subscriber.channel.send(frame)
                while subscriber.dirty and not subscriber.closed:
                    share_id, what = subscriber.dirty.popitem()
                    encoded = self._encoded(share_id, frozenset(what))
                    if encoded is not None:
                        await subscriber.channel.send(encoded)
        except TimeoutError:
            log.info("subscriber too slow, closed")
            subscriber.channel.close(frames.TOO_SLOW)
            self.unsubscribe(subscriber)
        except Exception:  # noqa: BLE001 - a connection that breaks concerns itself alone
            self.unsubscribe(subscriber)
        finally:
            subscriber.sending = None

    def _encoded(self, share_id: str, what: frozenset[What]) -> bytes | None:
        """The frame of a share's latest change, made once for all who get the same."""
        topic = self._topics.get(share_id)
        if topic is None or topic.latest is None:
            return None
        key = (topic.latest.seq, what)
        if topic.frame is None or topic.frame[0] != key:
            spread = min(MAX_SPREAD_MS, int(len(topic.subscribers) * SPREAD_MS_PER_SUBSCRIBER))
            latest = topic.latest
            encoded = frames.change(share_id, latest.seq, latest.revision, what, spread)
            topic.frame = (key, encoded)
        return topic.frame[1]

    def _spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
