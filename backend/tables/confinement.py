"""What a child process does to itself before it opens a file it does not trust."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

LINUX = sys.platform == "linux"
PARENT = "TABLECAST_PARENT"
"""The variable that tells a child who started it."""

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "SYSTEMROOT")
PROJECT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
OOM_SCORE = "800"
FORBIDDEN = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
    }
)


def child_environment() -> dict[str, str]:
    """What a child sees of our environment: no setting, no secret."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return environment | {"PYTHONPATH": str(PROJECT), PARENT: str(os.getpid())}


def die_with_parent(parent: int) -> None:
    """The kernel kills this process when its parent's thread ends; closes the race with it."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def leave_the_network() -> bool:
    """A network namespace of its own where the kernel allows it (before any thread starts).

    Everywhere: sockets and new processes are refused inside Python. True if the kernel did it.
    """
    sys.addaudithook(_refuse)
    if not LINUX:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def leave_pandas_out() -> None:
    """Make `import pandas` fail in this process; to be called before the first Arrow array is made.

    Arrow imports it with the first array, to tell its columns from lists: 0.2 s of computing and
    34 MB, of a library that nothing in here uses.
    """
    sys.meta_path.insert(0, _NoPandas())


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is left out here", name=fullname)


def be_the_first_to_go() -> None:
    """When the machine runs out of memory, this process is the one to kill."""
    if LINUX:
        with suppress(OSError):  # a courtesy to the server, not a wall
            Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def lower_limit(what: int, value: int) -> None:
    """Lower a soft limit of this process."""
    hard = resource.getrlimit(what)[1]
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    # The hard limit stays: the next file may be allowed more. At the soft one SIGXCPU ends us.
    resource.setrlimit(what, (ceiling, hard))


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        raise PermissionError(f"{event} is not allowed while reading a file")
