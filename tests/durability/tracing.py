"""The system calls of a running process, seen from outside: a small tracer over ptrace(2).

It follows every thread of one process and notes, in their true order, what was written to files,
what was forced to the disk (fsync, fdatasync) and what was sent. Linux 5.3 and later; the tracer
must be the process's parent or root, and nobody else may wait for the process meanwhile.
See ptrace(2): PTRACE_SEIZE, PTRACE_GET_SYSCALL_INFO.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum

CONT_TO_NEXT_CALL, DETACH = 24, 17
SEIZE, INTERRUPT, SYSCALL_INFO = 0x4206, 0x4207, 0x420E
STOP_AT_CALLS, FOLLOW_THREADS = 0x1, 0x8
AT_CALL = signal.SIGTRAP | 0x80
EVENT_STOP = 128
ENTRY, EXIT = 1, 2
EVERY_KIND, MINE_ONLY = 0x40000000, 0x20000000
HEAD_BYTES = 64


class Kind(Enum):
    """What a call did."""

    WRITE = "write"
    SYNC = "sync"
    SEND = "send"


NUMBERS = {
    "x86_64": {1: Kind.WRITE, 18: Kind.WRITE, 44: Kind.SEND, 74: Kind.SYNC, 75: Kind.SYNC},
    "aarch64": {64: Kind.WRITE, 68: Kind.WRITE, 206: Kind.SEND, 82: Kind.SYNC, 83: Kind.SYNC},
}
"""write, pwrite64, sendto, fsync and fdatasync."""


@dataclass(frozen=True)
class Call:
    """One call. Writing and syncing are noted once they succeeded, sending before it happens."""

    kind: Kind
    target: str
    """The path of the file; the first bytes of what is sent."""


class _Info(ctypes.Structure):
    """struct ptrace_syscall_info: at the entry `values` are number and arguments."""

    _fields_ = (
        ("op", ctypes.c_uint8),
        ("padding", ctypes.c_uint8 * 3),
        ("architecture", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("values", ctypes.c_int64 * 8),
    )


class Tracer:
    """Traces from a thread of its own: to the kernel a tracer is a thread, not a process."""

    def __init__(self, pid: int, kill_before: str | None = None) -> None:
        self.calls: list[Call] = []
        self._kill_before = kill_before
        self._pid = pid
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._libc.ptrace.restype = ctypes.c_long
        self._kinds = NUMBERS[platform.machine()]
        self._threads: set[int] = set()
        self._pending: dict[int, Call | None] = {}
        self._ending = threading.Event()
        self._attached = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="tracer", daemon=True)

    def start(self) -> None:
        """Attach to every thread; returns when from here on nothing is missed."""
        self._thread.start()
        assert self._attached.wait(30), "the process could not be traced"
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Let the process go on without a tracer."""
        self._ending.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "the tracer does not let go"

    def _run(self) -> None:
        try:
            self._seize_all()
        except OSError as error:
            self._failure = error
        finally:
            self._attached.set()
        while self._threads and not self._ending.is_set():
            if not self._turn(os.WNOHANG):
                self._ending.wait(0.0005)
        for thread in self._threads:
            self._ptrace(INTERRUPT, thread)
        while self._threads:
            self._turn(0)

    def _seize_all(self) -> None:
        # again until none is new: threads may be made meanwhile, by threads not yet seized
        while new := {int(name) for name in os.listdir(f"/proc/{self._pid}/task")} - self._threads:
            for thread in new:
                self._must(SEIZE, thread, STOP_AT_CALLS | FOLLOW_THREADS)
                self._threads.add(thread)
        for thread in self._threads:
            self._ptrace(INTERRUPT, thread)
        waiting = set(self._threads)
        while waiting:
            stopped, status = os.waitpid(-1, EVERY_KIND | MINE_ONLY)
            waiting.discard(stopped)
            self._on_stop(stopped, status)

    def _turn(self, flags: int) -> bool:
        try:
            thread, status = os.waitpid(-1, EVERY_KIND | MINE_ONLY | flags)
        except ChildProcessError:
            self._threads.clear()
            return False
        if thread:
            self._on_stop(thread, status)
        return thread != 0

    def _on_stop(self, thread: int, status: int) -> None:
        if not os.WIFSTOPPED(status):
            self._threads.discard(thread)
            return
        self._threads.add(thread)
        number, event = os.WSTOPSIG(status), status >> 16
        if number == AT_CALL:
            self._on_call(thread)
        passed_on = 0 if event or number == AT_CALL else number
        if self._ending.is_set():
            self._ptrace(DETACH, thread, passed_on)
            self._threads.discard(thread)
        else:
            self._ptrace(CONT_TO_NEXT_CALL, thread, passed_on)

    def _on_call(self, thread: int) -> None:
        info = _Info()
        size = ctypes.sizeof(info)
        if self._ptrace(SYSCALL_INFO, thread, ctypes.addressof(info), address=size) <= 0:
            return
        if info.op == ENTRY:
            kind = self._kinds.get(info.values[0])
            call = None if kind is None else self._look(kind, list(info.values[1:4]))
            if call is not None and call.kind is Kind.SEND:
                self.calls.append(call)
                self._kill_in_time(call)
            self._pending[thread] = call
        elif info.op == EXIT:
            call = self._pending.pop(thread, None)
            if call is not None and call.kind is not Kind.SEND and info.values[0] >= 0:
                self.calls.append(call)

    def _kill_in_time(self, call: Call) -> None:
        if self._kill_before is not None and call.target.startswith(self._kill_before):
            # it has only entered the call: nothing is sent any more
            os.kill(self._pid, signal.SIGKILL)

    def _look(self, kind: Kind, arguments: list[int]) -> Call | None:
        file, address, length = arguments
        with suppress(OSError):
            path = os.readlink(f"/proc/{self._pid}/fd/{file}")
            if kind is not Kind.SEND:
                return Call(kind, path)
            with open(f"/proc/{self._pid}/mem", "rb", buffering=0) as memory:
                memory.seek(address)
                head = memory.read(min(length, HEAD_BYTES))
            return Call(kind, head.decode("latin-1"))
        return None

    def _must(self, request: int, thread: int, data: int) -> None:
        if self._ptrace(request, thread, data) < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"ptrace: {os.strerror(number)}")

    def _ptrace(self, request: int, thread: int, data: int = 0, address: int = 0) -> int:
        return int(self._libc.ptrace(request, thread, address, data))


@contextmanager
def traced(pid: int, kill_before: str | None = None) -> Iterator[list[Call]]:
    """The calls of a process from here to the end of the block, in a list that grows.

    It is killed the moment before it sends something that begins with `kill_before`.
    """
    tracer = Tracer(pid, kill_before)
    tracer.start()
    try:
        yield tracer.calls
    finally:
        tracer.stop()
