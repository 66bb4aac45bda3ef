"""What the process is doing: requests under way, and the figures behind `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

QUIET_S = 0.1
"""A connection just accepted has sent its request by then."""


class Traffic:
    """Counts requests; a graceful stop waits until none is under way."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._under_way = 0
        self._begun = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._requests = Counter(
            "tablecast_requests", "Requests answered", ["method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "tablecast_request_seconds", "Time to answer a request", registry=self._registry
        )
        self._counters: dict[tuple[str, int], Counter] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.gauge("tablecast_requests_under_way", "Requests begun", lambda: self._under_way)

    def begin(self) -> None:
        """A request has come."""
        self._under_way += 1
        self._begun += 1
        self._idle.clear()

    def end(self, method: str, status: int, seconds: float) -> None:
        """A request was answered, or its client went away."""
        self._under_way -= 1
        if self._under_way == 0:
            self._idle.set()
        counter = self._counters.get((method, status))
        if counter is None:
            counter = self._requests.labels(method, str(status))
            self._counters[method, status] = counter
        counter.inc()
        self._seconds.observe(seconds)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run what outlives its request, such as tidying up after a client that went away."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Publish a figure that is read when somebody asks for it."""
        Gauge(name, meaning, registry=self._registry).set_function(read)

    def exposition(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self._registry)

    async def quiet(self, timeout_s: float) -> bool:
        """Wait until no request is under way, and none has come for a moment.

        False where the time ran out first.
        """
        try:
            async with asyncio.timeout(timeout_s):
                begun = None
                while begun != self._begun:
                    begun = self._begun
                    await self._idle.wait()
                    await asyncio.sleep(QUIET_S)
        except TimeoutError:
            return False
        return True
