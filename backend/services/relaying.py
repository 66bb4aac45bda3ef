"""Relaying: what other processes commit reaches those who watch here, as if it had happened here.

They may be processes of this machine or of other nodes: all that counts is whose database it is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import structlog

from backend.domain import Change, Share, What
from backend.realtime.bus import Bus
from backend.realtime.hub import Hub
from backend.realtime.listening import Listener, Source
from backend.realtime.polled import Polling
from backend.services.metadata import Metadata
from backend.services.reading import ReadingService
from backend.services.runner import Runner
from backend.store import clock, shares
from backend.store.changes import CHANNEL, ChangeLog
from backend.store.database import Database

log = structlog.get_logger("tablecast.relaying")

OWN_KEPT = 4_096
EVERYTHING = frozenset({What.REVISION, What.SHARE, What.ACCESS, What.PRESENTER})
"""What may have changed of a share while nobody listened."""
OTHERS_FIRST_S = 0.25
"""Whoever received a file has its bytes at hand, or has read it already: it goes first."""


def commits_told(database: Database, runner: Runner) -> Source:
    """How a process hears what others commit to this database."""
    if database.is_sqlite:
        return Polling(lambda: ChangeLog(database), runner.run)
    # only here, for importing the driver takes a tenth of the start
    from backend.realtime.notified import Notifications

    return Notifications(database.address, CHANNEL)


class RelayService:
    """The ear of a process: it hears what all the others commit to the same database.

    A change of this process's own is told at once, without this way round. While nothing can be
    heard the cache of metadata is not believed; afterwards everything watched is read again.
    """

    def __init__(
        self,
        *,
        source: Source,
        database: Database,
        runner: Runner,
        metadata: Metadata,
        hub: Hub,
        bus: Bus,
        reading: ReadingService,
    ) -> None:
        self._listener = Listener(source, self)
        self._database = database
        self._runner = runner
        self._metadata = metadata
        self._hub = hub
        self._bus = bus
        self._reading = reading
        self._own: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._heard: dict[str, Change] = {}
        self._something = asyncio.Event()
        self._telling = False
        metadata.distrust()
        bus.listen(self._remember_own)

    async def work(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listener.listen())
            group.create_task(self._tell_what_is_heard())

    async def hearing(self) -> None:
        """Nothing is missed from here on: believe the cache again, and read what was missed."""
        self._metadata.trust(self._listener.is_current)
        watched = self._hub.watched
        found = await self._runner.run(self._read, watched)
        for share_id in watched:
            self._tell(_as_news(share_id, found.get(share_id)))
        # Jobs that came meanwhile were told to nobody, either.
        self._reading.wake()

    def deaf(self) -> None:
        """What others commit may be missed: believe nothing that was read before."""
        self._metadata.distrust()

    def hear(self, payload: str) -> None:
        """Take in what some process has committed."""
        share_id, told_seq, told_what = payload.split(":")
        seq, what = int(told_seq), frozenset(map(What, told_what.split(",")))
        if self._own.pop((share_id, seq), self) is None:
            return
        # At once, for a request may be read in the same turn of the loop.
        self._metadata.on_change(Change(share_id, seq, None, what))
        waiting = self._heard.get(share_id)
        if waiting is not None:
            seq, what = max(seq, waiting.seq), what | waiting.what
        self._heard[share_id] = Change(share_id, seq, None, what)
        self._something.set()

    async def _tell_what_is_heard(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            heard, self._heard = self._heard, {}
            try:
                await self._relay(list(heard.values()))
            except Exception:  # noqa: BLE001 - reading everything again repairs it
                log.exception("changes could not be told", changes=len(heard))
                self._listener.begin_anew()

    async def _relay(self, changes: list[Change]) -> None:
        watched = [change.share_id for change in changes if self._hub.watches(change.share_id)]
        found = await self._runner.run(self._read, watched) if watched else {}
        for change in changes:
            share = found.get(change.share_id)
            head = None if share is None else share.head
            # A head that is newer than the change will be told again, with its own seq.
            self._tell(Change(change.share_id, change.seq, head, change.what))
            if What.SHARE in change.what:
                asyncio.get_running_loop().call_later(OTHERS_FIRST_S, self._reading.wake)

    def _tell(self, change: Change) -> None:
        self._telling = True
        try:
            self._bus.publish(change)
        finally:
            self._telling = False

    def _remember_own(self, change: Change) -> None:
        if self._telling:
            return
        self._own[change.share_id, change.seq] = None
        while len(self._own) > OWN_KEPT:
            self._own.popitem(last=False)

    def _read(self, share_ids: list[str]) -> dict[str, Share]:
        with self._database.reading() as reader:
            return shares.get_many(reader, share_ids)


def _as_news(share_id: str, share: Share | None) -> Change:
    if share is None:
        # Its last seq went with it; by the clock it is greater than any before.
        return Change(share_id, clock.epoch_milliseconds(), None, frozenset({What.DELETED}))
    return Change(share_id, share.seq, share.head, EVERYTHING)
