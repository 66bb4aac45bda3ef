"""The parent's side of the query process: who may ask, how long, and what a death costs."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import psutil

from backend.config import Config
from backend.errors import (
    PageTooLargeError,
    QueryEngineUnavailableError,
    QueryTimeoutError,
    QueryTooLargeError,
)
from backend.tables.engine.process import ProcessDied, QueryProcess
from backend.tables.engine.questions import Lane, QueryFailed, Question
from backend.tables.files import DamagedFileError

logger = logging.getLogger(__name__)

ATTEMPTS = 2
RETRY_AFTER = {"Retry-After": "2"}
NICENESS = 10
BEHIND_AT_ONCE = 2
BEHIND_IDLE_S = 30.0


class NeedsNativeError(Exception):
    """This can be answered from a native file only."""


class QueryEngine:
    """Query processes, started when they are needed and again when they die. On one event loop.

    `quick` questions are asked at once, `query` ones wait for one of `query_workers` times
    `queries_per_worker` places, a few `behind` run in a niced process of their own.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        # Several servers may share a data folder.
        self._scratch = config.data_dir / "scratch" / str(os.getpid())
        self._places = asyncio.Semaphore(config.query_workers * config.queries_per_worker)
        self._places_behind = asyncio.Semaphore(BEHIND_AT_ONCE)
        self._waiting = 0
        self._workers: list[QueryProcess | None] = [None] * config.query_workers
        self._behind: QueryProcess | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._spawning = asyncio.Lock()
        self._names = itertools.count()
        self._closed = False

    @property
    def scratch(self) -> Path:
        """Where operations may write; what is here does not outlive the server."""
        return self._scratch

    def scratch_file(self, suffix: str) -> Path:
        """A new path that an operation may write to. Whoever asks removes or adopts the file."""
        return self._scratch / f"{next(self._names)}{suffix}"

    @property
    def pids(self) -> list[int]:
        """The processes that are there now."""
        everyone = [*self._workers, self._behind]
        return [process.pid for process in everyone if process is not None and process.alive]

    @property
    def working(self) -> int:
        """How many questions the processes work on, those included that nobody waits for."""
        everyone = [*self._workers, self._behind]
        return sum(process.load for process in everyone if process is not None and process.alive)

    def prepare(self) -> None:
        """Make room for what operations write, and remove what dead servers left. Blocking."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        for left in self._scratch.parent.iterdir():
            if left == self._scratch or not is_alive(left.name):
                shutil.rmtree(left, ignore_errors=True)
        self._scratch.mkdir(exist_ok=True)

    async def start(self) -> None:
        """Start the first process, so that the first question does not wait for its imports."""
        with suppress(OSError):
            await self._worker()

    async def ask(
        self,
        operation: str,
        question: Question,
        *,
        timeout_s: float | None = None,
        lane: Lane = Lane.QUERY,
    ) -> Any:
        """What an operation answers: JSON values, or bytes. Cancelling interrupts it.

        Raises QueryTimeoutError after `timeout_s` (default: `query_timeout_s`), QueryTooLargeError,
        QueryEngineUnavailableError when there is no place or the process died twice,
        PageTooLargeError, NeedsNativeError, and DamagedFileError about the files of the question.
        """
        allowed = self._config.query_timeout_s if timeout_s is None else timeout_s
        async with self._place(lane, allowed):
            try:
                async with asyncio.timeout(allowed):
                    return await self._attempts(operation, question, lane)
            except TimeoutError as error:
                raise QueryTimeoutError(
                    f"This query took more than {allowed:g} seconds. Ask for less: fewer rows by "
                    "a filter, or an order by fewer columns."
                ) from error

    async def close(self) -> None:
        """End every process; what they work on fails as unavailable."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        everyone = [process for process in (*self._workers, self._behind) if process is not None]
        await asyncio.gather(*(process.end() for process in everyone))
        shutil.rmtree(self._scratch, ignore_errors=True)

    async def _attempts(self, operation: str, question: Question, lane: Lane) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            process = await self._process(lane)
            alone = process.load == 0
            try:
                return await process.ask(operation, question, lane)
            except QueryFailed as error:
                raise _named(error) from error
            except ProcessDied as error:
                logger.warning("a query process ended: %s", error)
                if error.swollen and (alone or attempt == ATTEMPTS):
                    raise QueryTooLargeError from error
        raise QueryEngineUnavailableError(headers=RETRY_AFTER)

    @asynccontextmanager
    async def _place(self, lane: Lane, patience_s: float) -> AsyncIterator[None]:
        if lane is Lane.QUICK:
            yield
            return
        places = self._places if lane is Lane.QUERY else self._places_behind
        await self._wait_for(places, lane, patience_s)
        try:
            yield
        finally:
            places.release()
            if lane is Lane.BEHIND:
                self._end_when_idle()

    async def _wait_for(self, places: asyncio.Semaphore, lane: Lane, patience_s: float) -> None:
        if lane is Lane.BEHIND:
            await places.acquire()
            return
        if self._waiting >= self._config.queries_waiting:
            raise QueryEngineUnavailableError("Too many queries are waiting.", headers=RETRY_AFTER)
        self._waiting += 1
        try:
            async with asyncio.timeout(patience_s):
                await places.acquire()
        except TimeoutError as error:
            detail = "All who answer queries are busy."
            raise QueryEngineUnavailableError(detail, headers=RETRY_AFTER) from error
        finally:
            self._waiting -= 1

    async def _process(self, lane: Lane) -> QueryProcess:
        if self._closed:
            raise QueryEngineUnavailableError("The server is stopping.", headers=RETRY_AFTER)
        try:
            return await (self._niced() if lane is Lane.BEHIND else self._worker())
        except OSError as error:
            raise QueryEngineUnavailableError(headers=RETRY_AFTER) from error

    async def _worker(self) -> QueryProcess:
        """The process with least to do; another one is started only when all have something."""
        async with self._spawning:
            living = [one for one in self._workers if one is not None and one.alive]
            least = min(living, key=lambda process: process.load, default=None)
            if least is not None and (not least.load or len(living) == len(self._workers)):
                return least
            free = next(at for at, one in enumerate(self._workers) if one is None or not one.alive)
            await self._collect(self._workers[free])
            process = self._workers[free] = await self._spawn(nice=0)
            return process

    async def _niced(self) -> QueryProcess:
        async with self._spawning:
            if self._idle is not None:
                self._idle.cancel()
            if self._behind is None or not self._behind.alive:
                await self._collect(self._behind)
                self._behind = await self._spawn(nice=NICENESS)
            return self._behind

    async def _spawn(self, nice: int) -> QueryProcess:
        settings = {
            "memory_bytes": self._config.query_memory_bytes,
            "threads": self._config.query_threads,
            "scratch": str(self._scratch.absolute() / f"spill{next(self._names)}"),
            "written": f"{self._scratch.absolute()}{os.sep}",
            "scratch_bytes": self._config.query_scratch_bytes,
            "nice": nice,
        }
        return await QueryProcess.spawn(settings, self._config.query_resident_bytes)

    async def _collect(self, process: QueryProcess | None) -> None:
        if process is not None:
            await process.end()

    def _end_when_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(BEHIND_IDLE_S, self._end_behind)

    def _end_behind(self) -> None:
        process = self._behind
        if process is not None and not process.load and not self._closed:
            self._behind = None
            self._ending = asyncio.ensure_future(process.end())


def is_alive(process_id: str) -> bool:
    """Whether a process of this number is there."""
    return process_id.isdecimal() and psutil.pid_exists(int(process_id))


def _named(error: QueryFailed) -> Exception:
    if error.code == "too_large":
        return QueryTooLargeError()
    if error.code == PageTooLargeError.code:
        return PageTooLargeError(**orjson.loads(error.detail))
    if error.code == "damaged":
        return DamagedFileError(error.detail)
    if error.code == "needs_native":
        return NeedsNativeError()
    if error.code == "cancelled":
        return QueryEngineUnavailableError(headers=RETRY_AFTER)
    return RuntimeError(f"a query failed: {error.detail}")
