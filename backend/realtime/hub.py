"""The hub: who watches which share, and one frame per change to each of them, latest wins."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import inf

import structlog

from backend.config import Config
from backend.domain import Change, Standing
from backend.errors import UnavailableError
from backend.realtime import frames
from backend.realtime.capacity import Settling, most_subscribers
from backend.realtime.frames import Frame
from backend.realtime.subscribers import (
    MAX_SPREAD_MS,
    VIEWERS,
    Channel,
    News,
    Subscriber,
    Topic,
)

log = structlog.get_logger("tablecast.hub")

SENDS_BEFORE_A_YIELD = 200
BATCH_S = 0.0003
"""How long one change is told to one after the other before others have their turn."""
TURNS_OF_OTHERS = 6
"""A page takes as many turns of the loop, and would wait for a batch of sends at each."""
BEATS_APART_S = 0.005
"""Between two batches of heartbeats: a crowd that came together takes a small part of the time."""
FAREWELL_S = 2.0
VIEWERS_TOLD_PER_S = 500
"""How many are told how many look, at most: of a large crowd the number need not be fresh."""

ReadStandings = Callable[[Sequence[str]], Awaitable[dict[str, Standing | None]]]


class Hub:
    """Tells every subscriber of each committed change, first at once, then at a bounded rate."""

    def __init__(self, read_standings: ReadStandings, config: Config) -> None:
        self._read_standings = read_standings
        self._config = config
        self._most = most_subscribers(config)
        self._topics: dict[str, Topic] = {}
        self._subscribers: OrderedDict[Subscriber, float] = OrderedDict()
        """All of them, by when their next heartbeat is due: the first one's first."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling = Settling()
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

    def viewers(self) -> dict[str, int]:
        """How many look here, of each share that there is and somebody looks at."""
        topics = self._topics.values()
        return {one.share_id: one.viewers for one in topics if one.viewers and not one.gone}

    def viewers_elsewhere(self, numbers: Mapping[str, int]) -> None:
        """Take how many look at other nodes; none at a share that is not named."""
        for topic in self._topics.values():
            number = numbers.get(topic.share_id, 0)
            if number != topic.elsewhere:
                topic.elsewhere = number
                self._count(topic)

    def admit(self) -> None:
        """Raise UnavailableError where no further subscriber can be taken."""
        if self._closing or len(self._subscribers) >= self._most:
            raise UnavailableError("Too many watch already.", headers={"Retry-After": "10"})

    async def subscribe(self, channel: Channel, shares: Sequence[str]) -> Subscriber:
        """Register first, then read and say hello: so nothing can slip between."""
        subscriber = Subscriber(channel, shares)
        now = asyncio.get_running_loop().time()
        self._subscribers[subscriber] = now + self._config.heartbeat_s
        self._settling.see(len(self._subscribers))
        for share_id in subscriber.shares:
            topic = self._topics.get(share_id)
            if topic is None:
                topic = self._topics[share_id] = Topic(share_id)
            topic.add(subscriber)
        try:
            standings = await self._read_standings(subscriber.shares)
            self._greet(subscriber, standings)
        except BaseException:
            self.unsubscribe(subscriber)
            raise
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Forget a connection; harmless when called twice."""
        subscriber.closed = True
        subscriber.free = False
        self._subscribers.pop(subscriber, None)
        if not self._closing:
            self._settling.see(len(self._subscribers))
        for share_id in subscriber.shares:
            topic = self._topics.get(share_id)
            if topic is None:
                continue
            topic.remove(subscriber)
            if topic.subscribers:
                self._count(topic)
            else:
                topic.stop()
                del self._topics[share_id]

    def on_change(self, change: Change) -> None:
        """Take a committed change from the bus."""
        topic = self._topics.get(change.share_id)
        if topic is not None and topic.take(change):
            self._schedule(topic)

    async def beat(self) -> None:
        """Send heartbeats until cancelled; cut who has not answered the last ones.

        To each in its own time: all at once would hold up everything else, and so would the
        answers.
        """
        clock, interval = asyncio.get_running_loop().time, self._config.heartbeat_s
        while True:
            due = next(iter(self._subscribers.values()), clock() + interval)
            await asyncio.sleep(max(BEATS_APART_S, due - clock()))
            begun = clock()
            while clock() < begun + BATCH_S:
                subscriber, due = next(iter(self._subscribers.items()), (None, inf))
                if subscriber is None or due > begun:
                    break
                self._subscribers[subscriber] = begun + interval
                self._subscribers.move_to_end(subscriber)
                if not subscriber.channel.answers():
                    self._cut(subscriber)
                elif subscriber.free:
                    self._send(subscriber, frames.HEARTBEAT)

    async def close(self) -> None:
        """Say bye to everyone with a span that spreads their return, then close."""
        self._closing = True
        retry_ms = (0, min(MAX_SPREAD_MS, 500 + 2 * len(self._subscribers)))
        frame = frames.bye(frames.GOING_AWAY, retry_ms)
        slow: list[asyncio.Future[None]] = []
        for number, subscriber in enumerate(list(self._subscribers), 1):
            self._send(subscriber, frame)
            if not (subscriber.free or subscriber.closed):
                slow.append(asyncio.ensure_future(subscriber.channel.drained()))
            subscriber.channel.close(frames.GOING_AWAY)
            self.unsubscribe(subscriber)
            if number % SENDS_BEFORE_A_YIELD == 0:
                await asyncio.sleep(0)
        if slow:
            await asyncio.wait(slow, timeout=FAREWELL_S)

    def _greet(self, subscriber: Subscriber, standings: dict[str, Standing | None]) -> None:
        if subscriber.closed:  # the server stops
            return
        for share_id, standing in standings.items():
            topic = self._topics[share_id]
            topic.stand(standing)
            topic.newcomer_is_told()
            self._count(topic)
            if standing and topic.latest and topic.latest.seq == standing.seq:
                subscriber.dirty.pop(share_id, None)
        viewers = {share_id: self._topics[share_id].all_viewers for share_id in standings}
        subscriber.free = True
        hello = frames.hello(self._config.heartbeat_s, standings, viewers)
        if subscriber.channel.send(hello) and not subscriber.dirty:
            return
        self._wait_for(subscriber)

    def _schedule(self, topic: Topic) -> None:
        """See to it that the news of a topic are told, unless that is on its way already."""
        if topic.timer is not None or topic.telling:
            return
        loop = asyncio.get_running_loop()
        wait = max(0.0, topic.next_at - loop.time())
        if wait:
            topic.timer = loop.call_later(wait, self._tell, topic)
        else:
            self._tell(topic)

    def _tell(self, topic: Topic) -> None:
        topic.timer = None
        topic.telling = True
        topic.next_at = asyncio.get_running_loop().time() + self._config.change_interval_s
        self._spawn(self._tell_changes(topic))

    async def _tell_changes(self, topic: Topic) -> None:
        try:
            news: set[News] = set(topic.what)
            topic.what.clear()
            await self._tell_all(topic, news)
        finally:
            topic.telling = False
        if topic.what and topic.subscribers:
            self._schedule(topic)

    def _count(self, topic: Topic) -> None:
        """See to it that subscribers are told how many look, if that is another number then."""
        if topic.counting is None:
            wait = max(self._config.viewers_every_s, len(topic.subscribers) / VIEWERS_TOLD_PER_S)
            loop = asyncio.get_running_loop()
            topic.counting = loop.call_later(wait, self._tell_viewers, topic)

    def _tell_viewers(self, topic: Topic) -> None:
        topic.counting = None
        if topic.told_viewers != topic.all_viewers and not topic.gone:
            topic.told_viewers = topic.all_viewers
            self._spawn(self._tell_all(topic, {VIEWERS}))

    async def _tell_all(self, topic: Topic, news: set[News]) -> None:
        """Who can take a frame gets it now; who cannot owes nothing but to be told later."""
        told = topic.frames(news)
        clock = asyncio.get_running_loop().time
        ends = clock() + BATCH_S
        for subscriber in list(topic.subscribers):
            if not subscriber.free:
                subscriber.owe(topic.share_id, news)
            else:
                for frame in told:
                    self._send(subscriber, frame)
            if clock() > ends:
                for _ in range(TURNS_OF_OTHERS):
                    await asyncio.sleep(0)
                # Some may have heard of a later change meanwhile: nobody's seq goes back.
                told = topic.frames(news)
                ends = clock() + BATCH_S

    def _send(self, subscriber: Subscriber, frame: Frame) -> None:
        try:
            if subscriber.channel.send(frame):
                return
        except Exception:  # noqa: BLE001 - a connection that breaks concerns itself alone
            self.unsubscribe(subscriber)
            return
        self._wait_for(subscriber)

    def _wait_for(self, subscriber: Subscriber) -> None:
        if subscriber.free:
            subscriber.free = False
            self._spawn(self._catch_up(subscriber))

    async def _catch_up(self, subscriber: Subscriber) -> None:
        """Tell a slow subscriber the latest of what it has missed, as soon as it takes it."""
        channel = subscriber.channel
        try:
            while not subscriber.closed:
                async with asyncio.timeout(self._config.subscriber_stall_s):
                    await channel.drained()
                if not subscriber.dirty:
                    subscriber.free = not subscriber.closed
                    return
                share_id, news = subscriber.dirty.popitem()
                for frame in self._topics[share_id].frames(news):
                    channel.send(frame)
        except TimeoutError:
            self._cut(subscriber)
        except Exception:  # noqa: BLE001 - a connection that breaks concerns itself alone
            self.unsubscribe(subscriber)

    def _cut(self, subscriber: Subscriber) -> None:
        log.info("subscriber too slow, closed")
        subscriber.channel.close(frames.TOO_SLOW)
        self.unsubscribe(subscriber)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
