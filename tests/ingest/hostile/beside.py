"""What goes on beside a reading: somebody asks all the time, and the memory is looked at."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import psutil

from tests.client import Client
from tests.server import Server

LOOK_EVERY_S = 0.05
ASK_EVERY_S = 0.03
"""Often enough to notice a loop that stands still; more would only take the reader's processor."""


@dataclass
class Seen:
    """What was answered while somebody watched, and the most memory that was held."""

    answers: int = 0
    longest: float = 0.0
    failures: list[str] = field(default_factory=list)
    most_memory: int = 0


class Beside:
    """Two who ask one path after the other, and one who looks at all processes of the server."""

    def __init__(self, server: Server, paths: Sequence[str]) -> None:
        self._server = server
        self._paths = paths
        self._ending = threading.Event()
        self._seen = Seen()
        self._threads = [
            threading.Thread(target=self._ask),
            threading.Thread(target=self._ask),
            threading.Thread(target=self._look),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(60.0)

    @contextmanager
    def watching(self) -> Iterator[Seen]:
        """What is seen from now on until the end."""
        self._seen = seen = Seen()
        yield seen
        self._seen = Seen()

    def _ask(self) -> None:
        with Client(self._server.url) as client:
            for path in itertools.cycle(self._paths):
                if self._ending.wait(ASK_EVERY_S):
                    return
                self._ask_for(client, path)

    def _ask_for(self, client: Client, path: str) -> None:
        seen, started = self._seen, time.monotonic()
        try:
            status = client.request("GET", path, timeout=30).status_code
        except OSError as error:
            seen.failures.append(f"{path}: {error}")
            return
        if status != 200:
            seen.failures.append(f"{path}: {status}")
        seen.answers += 1
        seen.longest = max(seen.longest, time.monotonic() - started)

    def _look(self) -> None:
        while not self._ending.wait(LOOK_EVERY_S):
            held = self._server.memory() + sum(map(resident, self._server.children()))
            self._seen.most_memory = max(self._seen.most_memory, held)


def resident(process: psutil.Process) -> int:
    """Resident bytes of a process; 0 once it is gone."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
