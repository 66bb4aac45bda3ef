"""The cage: files are parsed in a child process that may die, hang or swell without harm.

Linux is home: there the child dies with its parent, loses the network, is held to its memory from
outside and from inside. Elsewhere only the watch from outside and some of the limits remain.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend.domain import Failure, Progress, ReadingOptions
from backend.ingest.advice import with_advice
from backend.ingest.failure import ReadingError
from backend.ingest.limits import Limits
from backend.ingest.results import Reading
from backend.ingest.watch import Watch, resident_bytes
from backend.ingest.wire import task_message, to_failure, to_reading
from backend.tables.confinement import PROJECT, child_environment

logger = logging.getLogger(__name__)

CHILD = (sys.executable, "-m", "backend.ingest.child")
STDERR_BYTES = 16 * 1024
LINE_BYTES = 64 * 1024 * 1024
GRACE_S = 5.0
# To start a child costs most of a second of computing, to read a small file a tenth of it.
SMALL_BYTES = 8 * 1024 * 1024
FIT_RESIDENT_BYTES = 256 * 1024 * 1024
FILES_PER_CHILD = 100
LONGEST_UPLOAD_S = 7 * 86_400.0
OnProgress = Callable[[Progress], None]


class ParserDied(Exception):  # noqa: N818 - it is what happened, not what somebody did wrong
    """The child ended without an answer: a crash, a signal, or somebody killed it."""

    def __init__(self, reason: str, *, exit_code: int | None = None, stderr: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.exit_code = exit_code
        self.signal = -exit_code if exit_code is not None and exit_code < 0 else None
        self.stderr = stderr


class Cage:
    """Reads files in child processes, one warm child always waiting. Lives on one event loop.

    Children end when the thread that runs the loop ends. `argv` starts another child than ours.
    """

    def __init__(self, limits: Limits | None = None, argv: Sequence[str] = CHILD) -> None:
        self._limits = limits or Limits()
        self._argv = tuple(argv)
        self._standby: _Child | None = None
        self._refilling: asyncio.Task[None] | None = None
        self._working: set[_Child] = set()
        self._closed = False
        if sys.platform != "linux":
            logger.warning("not on Linux: the cage around file parsers is weaker here")

    @property
    def standby_pid(self) -> int | None:
        """The process that waits for the next file, if there is one."""
        return self._standby.pid if self._standby else None

    async def start(self) -> None:
        """Warms the first child up; without it the first reading waits for its imports."""
        self._refill_soon()
        if self._refilling is not None:
            await self._refilling

    async def read(
        self,
        source: Path,
        filename: str,
        options: ReadingOptions,
        output: Path,
        *,
        on_progress: OnProgress,
        careful: bool = False,
        growing: Path | None = None,
    ) -> Reading:
        """Reads one file into the directory `output`, which is made and which the caller removes.

        `careful` leaves out the engines that are fast and may die; it is for a second attempt.
        `growing` is where the size of a file that is still being written will be announced; the
        limits are those of the largest file then, and waiting for bytes costs no wall time.

        Raises ReadingError (the file's fault, or a limit: `too_much_memory`, `took_too_long`,
        `output_too_large`) or ParserDied. Cancelling kills the child.
        """
        child = await self._take_child()
        self._working.add(child)
        fit = False
        try:
            limits = self._limits.for_file(size_of(source))
            if growing is not None:
                limits = replace(self._limits, wall_s=LONGEST_UPLOAD_S)
            task = task_message(
                source, filename, options, output, limits, careful=careful, growing=growing
            )
            reading = await child.work(task, Watch(output, limits), on_progress)
            fit = growing is None and child.is_fit_after(source)
            return reading
        finally:
            self._working.discard(child)
            await self._put_back(child, fit=fit)

    async def close(self) -> None:
        """Ends the waiting child and all that work."""
        self._closed = True
        if self._refilling is not None:
            with suppress(asyncio.CancelledError):
                await self._refilling
        children = [*self._working, *([self._standby] if self._standby else [])]
        self._standby = None
        for child in children:
            await child.end()

    async def _take_child(self) -> _Child:
        if self._closed:
            raise RuntimeError("the cage is closed")
        if self._refilling is not None:
            await asyncio.shield(self._refilling)
        child, self._standby = self._standby, None
        if child is not None and child.alive:
            return child
        if child is not None:
            await child.end()
        return await _Child.spawn(self._argv)

    async def _put_back(self, child: _Child, *, fit: bool) -> None:
        """A child that read a small file well waits for the next; any other ends."""
        if fit and self._standby is None and self._refilling is None and not self._closed:
            self._standby = child
            return
        await child.end()
        self._refill_soon()

    def _refill_soon(self) -> None:
        if not self._closed and self._standby is None and self._refilling is None:
            self._refilling = asyncio.ensure_future(self._refill())

    async def _refill(self) -> None:
        try:
            if self._standby is None and not self._closed:
                self._standby = await _Child.spawn(self._argv)
        except OSError:
            logger.exception("no child could be started to wait for the next file")
        finally:
            self._refilling = None


class _Child:
    """One process: one file, or several small ones after each other."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._stderr = bytearray()
        self._files = 0
        self._rows = 0
        """As many rows of the present file have been read, as far as the child has told."""
        self._listening = asyncio.ensure_future(self._keep_stderr())

    @classmethod
    async def spawn(cls, argv: Sequence[str]) -> _Child:
        """Must run on the loop's own thread: the child dies with the thread that made it."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=child_environment(),
            cwd=PROJECT,
            limit=LINE_BYTES,
            start_new_session=True,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it could still take a task."""
        return self._process.returncode is None

    def is_fit_after(self, source: Path) -> bool:
        """Whether it may read another file after this one: alive, not swollen, and not worn."""
        small = source.stat().st_size <= SMALL_BYTES
        slim = resident_bytes(self._process.pid) <= FIT_RESIDENT_BYTES
        return self.alive and small and slim and self._files < FILES_PER_CHILD

    async def work(self, task: dict[str, Any], watch: Watch, on_progress: OnProgress) -> Reading:
        """Sends the task and waits for its result."""
        self._files += 1
        self._rows = 0
        source = Path(task["source"])
        watching = asyncio.ensure_future(watch.over(self._process.pid, self._kill))
        try:
            answer = await self._converse(task, on_progress)
            if answer is None:
                code = await self._process.wait()
        finally:
            watching.cancel()
        if watch.failure is not None:
            raise _reading_error(with_advice(watch.failure, self._rows, source))
        if answer is None:
            raise await self._death(code, source)
        return self._result(answer, source)

    async def end(self) -> None:
        """Kills what is left of it and collects it."""
        self._kill()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), GRACE_S)
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
        if self._process.stdin is not None:
            self._process.stdin.close()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()

    async def _converse(
        self, task: dict[str, Any], on_progress: OnProgress
    ) -> dict[str, Any] | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(ConnectionError):
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            await self._process.stdin.drain()
        while line := await self._process.stdout.readline():
            message: dict[str, Any] = json.loads(line)
            if "progress" not in message:
                return message
            rows, fraction = message["progress"]
            self._rows = max(self._rows, rows)
            on_progress(Progress(rows, fraction))
        return None

    def _result(self, answer: dict[str, Any], source: Path) -> Reading:
        if "failure" in answer:
            failure = with_advice(to_failure(answer["failure"]), self._rows, source)
            raise _reading_error(failure)
        if "crash" in answer:
            raise ParserDied("the parser raised an error", exit_code=0, stderr=answer["crash"])
        return to_reading(answer["reading"])

    async def _death(self, code: int, source: Path) -> Exception:
        with suppress(asyncio.TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(self._listening), 1.0)
        if code == -signal.SIGXCPU:
            late = Failure("took_too_long", "Reading this file takes too much computing time.")
            return _reading_error(with_advice(late, self._rows, source))
        reason = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        stderr = self._stderr.decode("utf-8", "replace")
        return ParserDied(f"the parser was {reason}", exit_code=code, stderr=stderr)

    async def _keep_stderr(self) -> None:
        assert self._process.stderr is not None
        while piece := await self._process.stderr.read(4_096):
            self._stderr += piece
            del self._stderr[:-STDERR_BYTES]

    def _kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def size_of(source: Path) -> int:
    """The bytes of a file; 0 for what is none."""
    return source.stat().st_size if source.is_file() else 0


def _reading_error(failure: Failure) -> ReadingError:
    return ReadingError(failure.code, failure.detail, failure.errors)
