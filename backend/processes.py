"""Several processes that serve one port of one machine, and the one that looks after them.

Each has a listening socket of its own on the same port (SO_REUSEPORT), made here and handed down:
the kernel deals connections out evenly, and those that come while a process is started anew wait
for it instead of being refused. Processes are started as programs, not forked: a fork would copy
the threads' locks of libraries in whatever state they are.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from dataclasses import dataclass

import structlog
from tornado.netutil import bind_sockets

from backend.config import Config
from backend.store.migrate import upgrade
from backend.tables.confinement import die_with_parent

log = structlog.get_logger("tablecast.processes")

BACKLOG = 4_096
LONG_S = 10.0
"""A process that lived so long did not die of its start; the longest pause between two starts."""
GRACE_S = 20.0
"""What a process may take for its end beyond the time to stop."""
PREDECESSOR_S = 2.0
"""Processes whose parent was killed are gone a moment after it."""


class CannotListenError(Exception):
    """Somebody else listens there, or nobody may."""


def raise_file_limit() -> None:
    """Allow this process as many open files as it may allow itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def listen(config: Config, port: int | None = None, *, shared: bool = False) -> list[socket.socket]:
    """Listen where the settings say; `shared` with others of this user. CannotListenError."""
    port = config.port if port is None else port
    try:
        return bind_sockets(port, config.host, backlog=BACKLOG, reuse_port=shared)
    except OSError as error:
        where = f"{config.host}:{port}"
        told = f"Cannot listen on {where}: {error.strerror}. TABLECAST_PORT names another port."
        raise CannotListenError(told) from error


@dataclass(frozen=True, slots=True)
class Place:
    """Which of the processes this is, counted from 1, and where it listens."""

    number: int
    parent: int
    descriptors: tuple[int, ...]

    @classmethod
    def take(cls, said: str) -> Place:
        """What `told` told, in the new process: from here on it ends with its parent."""
        number, parent, *descriptors = map(int, said.split(","))
        die_with_parent(parent)
        return cls(number, parent, tuple(descriptors))

    @property
    def told(self) -> str:
        """The same for a command line."""
        return ",".join(map(str, (self.number, self.parent, *self.descriptors)))

    def sockets(self) -> list[socket.socket]:
        """The listening sockets that were handed down."""
        return [socket.socket(fileno=descriptor) for descriptor in self.descriptors]


async def oversee(config: Config) -> int:
    """Serve with `config.processes` processes until SIGTERM or SIGINT; the exit status.

    CannotListenError where the port is somebody else's.
    """
    upgrade(config)
    port = await _free_port(config)
    children = [_Child(number, config, port) for number in range(1, config.processes + 1)]
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stopping, children)
    keeping = [asyncio.create_task(child.keep(stopping)) for child in children]
    log.info("serving", url=f"http://{config.host}:{port}", processes=len(children))
    await stopping.wait()
    _, late = await asyncio.wait(keeping, timeout=config.shutdown_s + GRACE_S)
    for child in children if late else ():
        child.signal(signal.SIGKILL)
    codes = await asyncio.gather(*keeping)
    log.info("stopped", codes=codes)
    return 0 if set(codes) <= {0, -signal.SIGTERM} else 1


class _Child:
    """One process, started again and again."""

    def __init__(self, number: int, config: Config, port: int) -> None:
        self._number = number
        self._config = config
        self._port = port
        self._process: Process | None = None
        self._sockets = listen(config, port, shared=True)

    async def keep(self, stopping: asyncio.Event) -> int:
        """Have it run until everything stops; its last exit code."""
        short_lives = 0
        while True:
            begun = time.monotonic()
            code = await self._run(stopping)
            if stopping.is_set():
                return code
            lived = time.monotonic() - begun
            log.error("a process ended", process=self._number, code=code, lived_s=round(lived, 1))
            short_lives = short_lives + 1 if lived < LONG_S else 0
            if short_lives > 1:
                # Nobody shall wait for a process that does not come up: the others get all.
                self.close()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), min(LONG_S, 0.1 * 2.0**short_lives))
                    return code

    def signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def close(self) -> None:
        """Listen no more, as far as this process is concerned."""
        for listening in self._sockets:
            listening.close()
        self._sockets = []

    async def _run(self, stopping: asyncio.Event) -> int:
        try:
            self._sockets = self._sockets or listen(self._config, self._port, shared=True)
        except CannotListenError as error:
            log.error("a process cannot be started", process=self._number, reason=str(error))
            return 1
        descriptors = tuple(listening.fileno() for listening in self._sockets)
        place = Place(self._number, os.getpid(), descriptors)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend", "serve", "--place", place.told),
            stdin=DEVNULL,
            pass_fds=descriptors,
        )
        if stopping.is_set():  # it was not there to be told
            self.signal(signal.SIGTERM)
        return await self._process.wait()


def _stop(stopping: asyncio.Event, children: list[_Child]) -> None:
    """Pass it on; said twice, it ends the processes at once.

    A service manager may tell the processes as well: for them once and twice is the same.
    """
    said = signal.SIGKILL if stopping.is_set() else signal.SIGTERM
    stopping.set()
    for child in children:
        # First ours: a connection that nobody accepts any more would hang until we end.
        child.close()
        child.signal(said)


async def _free_port(config: Config) -> int:
    """The port, which nobody else listens on: to share it would be to take half of theirs."""
    deadline = time.monotonic() + PREDECESSOR_S
    while True:
        try:
            tried = listen(config)
        except CannotListenError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
            continue
        port: int = tried[0].getsockname()[1]
        for listening in tried:
            listening.close()
        return port
