"""The real server as a child process, for tests that talk to it as the world does."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol, Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
PORTS = range(18_000, 32_000)
"""Below the kernel's ephemeral ports, so no outgoing connection takes one meanwhile."""
WORKERS = 8
"""At most so many share them."""
START_S = 90.0
LOUD = frozenset({"error", "critical", "exception"})


class ServerProcess(Protocol):
    """What can be done to a running server: the part of `subprocess.Popen` that is needed."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Server:
    """One server, its data folder and its log. It keeps its port over a restart.

    `kill` is SIGKILL, `stop` is SIGTERM and waits for the graceful end.
    """

    module = "backend"
    """What Python runs."""

    def __init__(
        self, folder: Path, *, database_url: str = "", env: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.log_path = folder / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = database_url
        self.process: ServerProcess | None = None
        self._env = {
            **{name: value for name, value in os.environ.items() if "TABLECAST" not in name},
            "TABLECAST_PORT": str(self.port),
            "TABLECAST_DATA_DIR": str(self.data_dir),
            "TABLECAST_DATABASE_URL": database_url,
            "TABLECAST_LOG_JSON": "true",
            **(env or {}),
        }
        self._expected: list[re.Pattern[str]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.log_path.touch()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it and return when it answers /healthz."""
        assert self.process is None, "the server is running already"
        self.process = self._launch()
        self._wait_until_healthy(self.process)

    def kill(self) -> None:
        """SIGKILL: nothing gets a chance to say goodbye."""
        process = self._running()
        process.kill()
        process.wait()
        self.process = None

    def stop(self, timeout: float = 40.0) -> int:
        """SIGTERM, then wait; the exit code of the server."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout)
        self.process = None
        return code

    def restart(self) -> None:
        """Stop it gracefully if it runs, and start it again on the same port and data."""
        if self.process is not None:
            self.stop()
        self.start()

    def close(self) -> None:
        """End it, whatever state it is in, together with everything it started."""
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(15.0)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def memory(self) -> int:
        """Resident bytes of the server process itself, without its children."""
        return int(psutil.Process(self._running().pid).memory_info().rss)

    def children(self) -> list[psutil.Process]:
        """Every process the server has started, however deep."""
        return psutil.Process(self._running().pid).children(recursive=True)

    def own(self, inside: str) -> list[Path]:
        """What its processes keep for themselves there: below `spool`, `work` or `inspect`."""
        return list(self.data_dir.glob(f"processes/*/{inside}"))

    def log_size(self) -> int:
        """Where the log ends now: a position for `log_lines` and `unexpected`."""
        return self.log_path.stat().st_size

    def log_lines(self, since: int = 0) -> list[str]:
        """The lines written to stdout and stderr after position `since`."""
        with self.log_path.open("rb") as log:
            log.seek(since)
            return log.read().decode("utf-8", "replace").splitlines()

    @contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """Within it, error lines that match `pattern` are part of the test; one has to come."""
        self._expected.append(re.compile(pattern))
        since = self.log_size()
        yield
        assert any(re.search(pattern, line) for line in self.log_lines(since)), (
            f"no line of the log matches {pattern!r}"
        )

    def unexpected(self, since: int = 0) -> list[str]:
        """Error lines and tracebacks that no test has announced."""
        return [
            line
            for line in self.log_lines(since)
            if is_loud(line) and not any(pattern.search(line) for pattern in self._expected)
        ]

    def _launch(self) -> ServerProcess:
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self.module],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _running(self) -> ServerProcess:
        assert self.process is not None, "the server is not running"
        return self.process

    def _wait_until_healthy(self, process: ServerProcess) -> None:
        deadline = time.monotonic() + START_S
        while not answers(self.port):
            try:
                process.wait(0.02)  # the pause between two tries ends at once if it dies
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
                os.killpg(process.pid, signal.SIGKILL)
            self.process = None
            raise AssertionError("the server did not start:\n" + "\n".join(self.log_lines()[-60:]))


def answers(port: int) -> bool:
    """Whether somebody answers `/healthz` there with 200."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


def is_loud(line: str) -> bool:
    """Whether a line of the log is an error, or the beginning of a bare traceback."""
    if line.startswith(("Traceback (most recent call last)", "Fatal Python error")):
        return True
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and str(entry.get("level", "")).lower() in LOUD


def free_port(ports: range = PORTS) -> int:
    """A port nobody listens on; tried at random, and each worker has its own to try.

    Of two servers that take one port at once, one would be asked what is meant for the other.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in random.sample(ports[worker % WORKERS :: WORKERS], 100):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port found")


class Servers:
    """Every server of this test run: so that logs can be watched and nothing is left behind."""

    def __init__(self, new_folder: Callable[[], Path], kind: type[Server]) -> None:
        self._new_folder = new_folder
        self._kind = kind
        self._all: list[Server] = []

    def start(
        self,
        *,
        database_url: str = "",
        env: Mapping[str, str] | None = None,
        data: Path | None = None,
    ) -> Server:
        """A running server with a data folder of its own, which may begin as a copy of `data`."""
        server = self._kind(self._new_folder(), database_url=database_url, env=env)
        if data is not None:
            shutil.copytree(data, server.data_dir)
        self._all.append(server)
        server.start()
        return server

    def positions(self) -> dict[Server, int]:
        """Where each log ends now."""
        return {server: server.log_size() for server in self._all}

    def unexpected(self, since: Mapping[Server, int]) -> list[str]:
        """Error lines written after `since`, which no test has announced."""
        return [line for server in self._all for line in server.unexpected(since.get(server, 0))]

    def tails(self, since: Mapping[Server, int], lines: int = 60) -> Iterable[tuple[str, str]]:
        """What each server wrote after `since`, for the report of a failed test."""
        for server in self._all:
            if told := server.log_lines(since.get(server, 0))[-lines:]:
                yield f"server log {server.log_path}", "\n".join(told)

    def close(self) -> None:
        """End them all."""
        for server in self._all:
            server.close()
