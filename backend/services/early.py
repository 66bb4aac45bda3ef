"""Early readings: a file is read while it is still on its way in, so that it is ready sooner.

Nothing depends on one. It reads what the ordinary reading would read, the bytes that this node has
spooled, and is thrown away when anything about it is odd: then the file is read as if there had
been none. What it made is committed by the job of the revision, like any reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from backend.config import Config
from backend.domain import Progress, ReadingOptions, Revision
from backend.ingest.cage import OnProgress, ParserDied
from backend.ingest.failure import ReadingError
from backend.ingest.growing import announce_end
from backend.ingest.limits import Limits
from backend.ingest.results import Reading
from backend.services.storing import FollowedReading

log = structlog.get_logger("tablecast.early")

UNCLAIMED_S = 60.0
END = "end"


class EarlyReading:
    """The reading of one spooled file, begun before its last byte came."""

    def __init__(
        self, followed: FollowedReading, spool: Path, options: ReadingOptions, limits: Limits
    ) -> None:
        self.followed = followed
        self.options = options
        self.on_progress: OnProgress | None = None
        self._end = followed.output / END
        self._limits = limits
        self._reading = asyncio.ensure_future(self._read(spool))
        self._reading.add_done_callback(lambda done: done.cancelled() or done.exception())

    @property
    def under_way(self) -> bool:
        """Whether a child is at work on it."""
        return not self._reading.done()

    def complete(self, size: int) -> None:
        """All bytes are in the spool; from now on the wall time counts."""
        self._limits = self._limits.for_file(size)
        with suppress(FileNotFoundError):  # the reading has come to nothing already
            announce_end(self._end, size)

    async def result(self) -> Reading | None:
        """What was read, once it is; None where the file must be read in the ordinary way."""
        try:
            async with asyncio.timeout(self._limits.wall_s):
                return await self._reading
        except (ReadingError, ParserDied, OSError, TimeoutError) as error:
            log.info("an early reading came to nothing", reason=str(error))
            return None

    async def drop(self) -> None:
        """End its child if it is at work, and forget what it made."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self.followed.discard()

    async def _read(self, spool: Path) -> Reading:
        try:
            return await self.followed.read(
                spool, "", self.options, on_progress=self._pass_on, growing=self._end
            )
        except BaseException:
            await self.followed.discard()
            raise

    def _pass_on(self, progress: Progress) -> None:
        if self.on_progress is not None:
            self.on_progress(progress)


class EarlyReadings:
    """Those of this node. One is begun when enough of a file has come, and claimed by the job.

    All methods are called on the event loop.
    """

    def __init__(
        self,
        follow: Callable[[], FollowedReading],
        limits: Limits,
        config: Config,
    ) -> None:
        self._follow = follow
        self._limits = limits
        self._config = config
        self._growing: dict[Path, EarlyReading] = {}
        self._complete: dict[str, EarlyReading] = {}
        self._paused: dict[Path, asyncio.TimerHandle] = {}
        self._dropping: set[asyncio.Task[None]] = set()

    def grow(self, spool: Path, size: int, options: ReadingOptions) -> None:
        """So many bytes are in the spool now, of a file that is to be read in this way."""
        if spool in self._growing or size < self._config.early_reading_bytes or self._is_full():
            return
        self._growing[spool] = EarlyReading(self._follow(), spool, options, self._limits)

    def pause(self, spool: Path) -> None:
        """A connection has brought its part. The next part may come by another process or node.

        Nobody would be told of that here: a reading that does not go on soon is ended.
        """
        if spool in self._growing:
            loop = asyncio.get_running_loop()
            self._paused[spool] = loop.call_later(UNCLAIMED_S, self.abandon, spool)

    def go_on(self, spool: Path) -> None:
        """The next part comes this way, too."""
        paused = self._paused.pop(spool, None)
        if paused is not None:
            paused.cancel()

    def complete(self, spool: Path, blob_id: str, size: int) -> None:
        """All of a file has come, and it will be this blob."""
        early = self._growing.pop(spool, None)
        if early is None:
            return
        early.complete(size)
        self._complete[blob_id] = early
        asyncio.get_running_loop().call_later(UNCLAIMED_S, self.forget, blob_id)

    def abandon(self, spool: Path) -> None:
        """The rest of a file will not come, or not by this way."""
        self.go_on(spool)
        self._drop(self._growing.pop(spool, None))

    def forget(self, blob_id: str) -> None:
        """Nobody will ask for this one."""
        self._drop(self._complete.pop(blob_id, None))

    def claim(self, revision: Revision) -> EarlyReading | None:
        """The reading of a revision's original, if there is one, and with the same options."""
        early = self._complete.pop(revision.original, None)
        if early is not None and revision.options != early.options:
            self._drop(early)
            return None
        return early

    async def close(self) -> None:
        """End them all."""
        for paused in self._paused.values():
            paused.cancel()
        for early in (*self._growing.values(), *self._complete.values()):
            self._drop(early)
        self._growing.clear()
        self._complete.clear()
        await asyncio.gather(*self._dropping)

    def _is_full(self) -> bool:
        readings = (*self._growing.values(), *self._complete.values())
        return sum(early.under_way for early in readings) >= self._config.early_readings

    def _drop(self, early: EarlyReading | None) -> None:
        if early is None:
            return
        dropping = asyncio.ensure_future(early.drop())
        self._dropping.add(dropping)
        dropping.add_done_callback(self._dropping.discard)
