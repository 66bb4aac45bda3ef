"""Reading: leased jobs are taken one by one and their originals turned into columnar files."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from backend.config import Config
from backend.domain import Change, Failure, Job, Progress, Revision, Share, Sheet, What
from backend.errors import NotFoundError, UnavailableError
from backend.ingest.cage import ParserDied
from backend.ingest.failure import ReadingError
from backend.ingest.results import Reading
from backend.realtime.bus import Bus
from backend.services.early import EarlyReadings
from backend.services.latest_progress import LatestProgress
from backend.services.metadata import Metadata
from backend.services.runner import Runner
from backend.services.storing import FollowedReading
from backend.services.uploads import UploadService
from backend.store import jobs, revisions
from backend.store.database import Database

log = structlog.get_logger("tablecast.reading")

PROGRESS_EVERY_S = 1.0
LONGEST_LEASE_S = 3_600.0
LOOK_EVERY_S = 5.0
RETRY_AFTER_S = 2.0

INTERRUPTED = Failure(
    "reading_interrupted",
    "Reading this file was begun several times and never came to an end. Upload it again.",
)
PARSER_DIED = Failure(
    "parser_died",
    "The program that reads files broke down on this one, repeatedly. The original is kept.",
)


class ReadingService:
    """The workers of this node. What they hold is leased: a dead node's jobs run elsewhere."""

    def __init__(
        self,
        *,
        database: Database,
        runner: Runner,
        bulk: Runner,
        follow: Callable[[], FollowedReading],
        early: EarlyReadings,
        uploads: UploadService,
        metadata: Metadata,
        bus: Bus,
        config: Config,
    ) -> None:
        self._database = database
        self._runner = runner
        self._bulk = bulk
        self._follow = follow
        self._early = early
        self._uploads = uploads
        self._metadata = metadata
        self._bus = bus
        self._config = config
        self._owner = secrets.token_hex(8)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is a new job."""
        self._wake.set()

    async def work(self) -> None:
        """Take jobs and read them until cancelled."""
        while True:
            self._wake.clear()
            try:
                job = await self._next_job()
                if job is not None:
                    self._wake.set()  # there may be more, for the other workers
                    await self._read(job)
                    continue
            except Exception:  # noqa: BLE001 - a job that fails must not end the worker
                log.exception("reading was interrupted; the lease will run out")
                await asyncio.sleep(RETRY_AFTER_S)
            await self._rest()

    async def _next_job(self) -> Job | None:
        """The oldest free job, leased; one that comes while the node stops is given back."""
        claiming = asyncio.ensure_future(self._runner.run(self._claim))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            job = await claiming
            if job is not None:
                await self._runner.run(self._give_back, job)
            raise

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._wake.wait()

    async def _read(self, job: Job) -> None:
        """Read one revision to its end while its lease is kept; else lose it or give it back."""
        seen = LatestProgress()
        reading = asyncio.create_task(self._attempt(job, seen))
        lease = asyncio.create_task(self._keep_lease(job, seen))
        try:
            await asyncio.wait({reading, lease}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                log.warning("lease lost", revision=job.revision)
        finally:
            stopped = not reading.done() and not lease.done()
            failures = await _end(lease, reading)
            if stopped:
                await asyncio.shield(self._runner.run(self._give_back, job))
        if failures:
            raise failures[0]

    async def _attempt(self, job: Job, seen: LatestProgress) -> None:
        try:
            revision = await self._metadata.revision(job.share_id, job.revision)
            if self._is_hopeless(job, revision):
                await self._fail(job, seen, INTERRUPTED)
                return
            if not await self._finish_early(job, revision, seen):
                await self._read_now(job, revision, seen)
        except NotFoundError:
            log.info("deleted before it was read", revision=job.revision)

    async def _finish_early(self, job: Job, revision: Revision, seen: LatestProgress) -> bool:
        """Whether it has been read while it came in."""
        early = self._early.claim(revision)
        if early is None:
            return False
        try:
            early.on_progress = seen.put
            reading = await early.result()
            if reading is not None:
                named = _named(reading, revision.filename)
                await self._finish(job, seen, early.followed, named)
                self._uploads.release(revision.original)
            return reading is not None
        finally:
            await early.drop()

    async def _read_now(self, job: Job, revision: Revision, seen: LatestProgress) -> None:
        source = await self._bulk.run(self._uploads.fetch, revision.original)
        followed = self._follow()
        try:
            reading = await followed.read(
                source,
                revision.filename,
                revision.options,
                on_progress=seen.put,
                careful=job.deaths > 0,
            )
            await self._finish(job, seen, followed, reading)
        except ReadingError as error:
            await self._fail(job, seen, error.failure)
        except ParserDied as error:
            await self._after_death(job, seen, error)
            return
        finally:
            await followed.discard()
        self._uploads.release(revision.original)

    async def _finish(
        self, job: Job, seen: LatestProgress, followed: FollowedReading, reading: Reading
    ) -> None:
        sheets = await followed.store(reading)
        seen.end()
        share = await self._when_it_can(self._commit_ready, job, sheets, reading.report)
        if share is None:
            log.warning("lease lost at the end", revision=job.revision)
            return
        self._announce(share)

    async def _fail(self, job: Job, seen: LatestProgress, failure: Failure) -> None:
        seen.end()
        share = await self._when_it_can(self._commit_failed, job, failure)
        if share is not None:
            self._announce(share)

    async def _after_death(self, job: Job, seen: LatestProgress, error: ParserDied) -> None:
        log.error("parser died", revision=job.revision, deaths=job.deaths + 1, reason=str(error))
        if job.deaths + 1 >= self._config.max_parser_deaths:
            await self._fail(job, seen, PARSER_DIED)
        else:
            seen.end()
            await self._runner.run(self._try_again, job)

    async def _keep_lease(self, job: Job, seen: LatestProgress) -> None:
        """Renew the lease and tell progress until cancelled; ends when the lease is lost.

        Whoever commits what became of a job asks for the lease there, and the job is gone then:
        that is no loss.
        """
        renewals = max(1, int(self._lease_of(job) / 3 / PROGRESS_EVERY_S))
        kept = True
        for turn in itertools.count(1):
            await asyncio.sleep(PROGRESS_EVERY_S)
            # While the database is away nobody else can take the job, either.
            with suppress(UnavailableError):
                if turn % renewals == 0 and not seen.ended:
                    kept = await self._runner.run(self._renew, job)
                if progress := seen.take():
                    share = await self._runner.run(self._commit_progress, job, progress)
                    kept = share is not None
                    if share is not None:
                        self._announce(share, What.PROGRESS)
            if not (kept or seen.ended):
                return

    async def _when_it_can(self, commit: Callable[..., Share | None], *what: Any) -> Share | None:
        """What a commit gives, tried again until the database is there or the lease is lost."""
        while True:
            try:
                return await self._runner.run(commit, *what)
            except UnavailableError:
                await asyncio.sleep(RETRY_AFTER_S)

    def _announce(self, share: Share, what: What = What.REVISION) -> None:
        self._bus.publish(Change(share.id, share.seq, share.head, frozenset({what})))

    def _claim(self) -> Job | None:
        with self._database.transaction() as session:
            job = jobs.claim(session, owner=self._owner, lease_s=self._config.lease_s)
            if job is not None and job.attempts > self._config.max_attempts:
                jobs.renew(session, job, self._lease_of(job))
            return job

    def _renew(self, job: Job) -> bool:
        with self._database.transaction() as session:
            return jobs.renew(session, job, self._lease_of(job))

    def _lease_of(self, job: Job) -> float:
        """Longer and longer for a file whose nodes keep dying, hardly of it: it is in a cage."""
        surplus = max(0, job.attempts - self._config.max_attempts)
        longest = max(self._config.lease_s, LONGEST_LEASE_S)
        return min(longest, self._config.lease_s * 2.0 ** min(surplus, 32))

    def _is_hopeless(self, job: Job, revision: Revision) -> bool:
        """Whether its nodes have died often enough, and for long enough, to give it up."""
        age = (datetime.now(UTC) - revision.created_at).total_seconds()
        often = job.attempts > self._config.max_attempts
        return often and age > self._config.interrupted_s

    def _give_back(self, job: Job) -> None:
        # A stop in good order is no attempt, or a few restarts would fail a good file.
        with self._database.transaction() as session:
            jobs.release(session, job, died=False, counted=False)

    def _try_again(self, job: Job) -> None:
        with self._database.transaction() as session:
            jobs.release(session, job, died=True)

    def _commit_progress(self, job: Job, progress: Progress) -> Share | None:
        with self._database.transaction() as session:
            return revisions.set_progress(session, job, progress)

    def _commit_ready(self, job: Job, sheets: list[Sheet], report: dict[str, Any]) -> Share | None:
        with self._database.transaction() as session:
            return revisions.finish_ready(session, job, sheets, report)

    def _commit_failed(self, job: Job, failure: Failure) -> Share | None:
        with self._database.transaction() as session:
            return revisions.finish_failed(session, job, failure)


async def _end(*tasks: asyncio.Task[None]) -> list[Exception]:
    """Cancel what is not done, and give what the tasks failed with.

    A cancellation of the caller passes through: swallowed here it would keep a node from stopping.
    """
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    return [failure for failure in ended if isinstance(failure, Exception)]


def _named(reading: Reading, filename: str) -> Reading:
    """With the name that the file turned out to have."""
    name = Path(filename).stem or "table"
    sheets = [replace(made, sheet=replace(made.sheet, name=name)) for made in reading.sheets]
    return Reading(tuple(sheets), reading.report)
