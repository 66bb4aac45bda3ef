"""Servers that are forked from a process which has loaded the program already.

Half of what a start costs is to load libraries, and the tests start hundreds of servers. What runs
is the same from `main` on; that `python -m backend` gets there is for other tests to show.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

from tests.server import ROOT, Server

LOADED = get_context("forkserver")
LOADED.set_forkserver_preload(["backend.__main__", "backend.app"])


class ForkedServer(Server):
    """A server that starts sooner than others."""

    def _launch(self) -> ForkedProcess:
        return ForkedProcess(self._env, self.log_path)


class ForkedProcess:
    """As much of `subprocess.Popen` as a server's process needs."""

    def __init__(self, env: Mapping[str, str], log_path: Path) -> None:
        # As a daemon it ends with this process, whatever happens here.
        self._process = LOADED.Process(target=serve, args=(dict(env), log_path), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit code, or the negative signal that ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, in time. subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("backend", timeout or 0.0)
        return code

    def send_signal(self, sig: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended a moment ago
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def serve(env: dict[str, str], log_path: Path) -> None:
    """In the forked process: become what `python -m backend` is with such an environment."""
    from backend.__main__ import main

    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    log = os.open(log_path, os.O_WRONLY | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = ["backend"]
    sys.exit(main())
