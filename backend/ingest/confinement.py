"""What the child does to itself before it opens a file it does not trust."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.ingest.limits import Limits

LINUX = sys.platform == "linux"
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


def be_the_first_to_go() -> None:
    """When the machine runs out of memory, this process is the one to kill."""
    if LINUX:
        with suppress(OSError):  # a courtesy to the server, not a wall
            Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def set_limits(limits: Limits) -> None:
    """CPU time from now on, address space, file size; no core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + limits.cpu_s) + 1)
    _lower(resource.RLIMIT_FSIZE, limits.output_bytes)
    if LINUX:  # elsewhere address space is counted in ways that make the limit useless
        _lower(resource.RLIMIT_AS, limits.address_space_bytes)


def use_private_temp(output: Path) -> None:
    """Temporary files go below the output directory, which the caller removes."""
    folder = output / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)


def _lower(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    # The hard limit stays: the next file may be allowed more. At the soft one SIGXCPU ends us.
    resource.setrlimit(what, (ceiling, hard))


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        raise PermissionError(f"{event} is not allowed while reading a file")
