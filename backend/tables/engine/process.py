"""One query process as the server sees it: questions go in, answers come back, or it dies."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
import psutil

from backend.tables import confinement
from backend.tables.engine import frames
from backend.tables.engine.questions import Lane, QueryFailed, Question

MODULE = "backend.tables.engine.worker"
STDERR_BYTES = 16 * 1024
LOOK_EVERY_S = 0.05
INTERRUPT_EVERY_S = 0.2
GRACE_S = 5.0
"""How long a cancelled question may go on before its process is ended."""


class ProcessDied(Exception):  # noqa: N818 - it is what happened, not what somebody did wrong
    """The process ended before it answered. `swollen`: it was ended for the memory it took."""

    def __init__(self, reason: str, *, swollen: bool = False) -> None:
        super().__init__(reason)
        self.swollen = swollen


class _Pending:
    """A question under way; `left` once nobody waits for it any more."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.left = False
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class QueryProcess:
    """A child process that dies with the thread that made it. Lives on one event loop."""

    def __init__(self, process: Process, max_resident: int) -> None:
        self._process = process
        self._max_resident = max_resident
        self._pending: dict[int, _Pending] = {}
        self._count = 0
        self._swollen = False
        self._stderr = bytearray()
        self._tasks = [
            asyncio.ensure_future(self._listen()),
            asyncio.ensure_future(self._keep_stderr()),
            asyncio.ensure_future(self._watch()),
        ]

    @classmethod
    async def spawn(cls, settings: Mapping[str, Any], max_resident: int) -> QueryProcess:
        """Must run on the loop's own thread, which lives as long as the server does."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            MODULE,
            orjson.dumps(dict(settings)).decode(),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=confinement.child_environment(),
            cwd=confinement.PROJECT,
            start_new_session=True,
        )
        return cls(process, max_resident)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can take a question."""
        return self._process.returncode is None and not self._tasks[0].done()

    @property
    def load(self) -> int:
        """How many questions it works on."""
        return len(self._pending)

    async def ask(self, operation: str, question: Question, lane: Lane) -> Any:
        """The answer; QueryFailed as the child tells it, ProcessDied when it cannot tell any more.

        Cancelling interrupts the question, and ends the process if it does not heed that.
        """
        self._count += 1
        number = self._count
        pending = self._pending[number] = _Pending(lane)
        self._send("ask", number, operation, question)
        try:
            return await pending.answer
        except asyncio.CancelledError:
            pending.left = True
            self._interrupt(number, asyncio.get_running_loop().time() + GRACE_S)
            raise

    async def end(self) -> None:
        """Kill it and collect it; what it worked on fails with ProcessDied."""
        self._kill()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), GRACE_S)
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._process.stdin is not None:
            self._process.stdin.close()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()

    def _send(self, *message: Any) -> None:
        assert self._process.stdin is not None
        with suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(frames.question(pickle.dumps(message)))

    def _interrupt(self, number: int, ends: float) -> None:
        """Again and again: an interrupt between two statements of an operation is lost."""
        loop = asyncio.get_running_loop()
        if number not in self._pending:
            return
        if loop.time() > ends:
            self._kill()
            return
        self._send("cancel", number)
        loop.call_later(INTERRUPT_EVERY_S, self._interrupt, number, ends)

    def _kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        try:
            while (answer := await frames.read_answer(self._process.stdout)) is not None:
                self._settle(*answer)
        finally:
            self._fail_all()

    def _settle(self, number: int, kind: int, body: bytes) -> None:
        pending = self._pending.pop(number, None)
        if pending is None or pending.answer.done():
            return
        if kind == frames.ERROR:
            pending.answer.set_exception(QueryFailed(**orjson.loads(body)))
        else:
            pending.answer.set_result(body if kind == frames.BYTES else orjson.loads(body))

    def _fail_all(self) -> None:
        said = self._stderr[-500:].decode("utf-8", "replace").strip()
        reason = "grew too large" if self._swollen else f"ended: {said}"
        for pending in self._pending.values():
            if not pending.answer.done():
                error = ProcessDied(f"the query process {reason}", swollen=self._swollen)
                pending.answer.set_exception(error)
        self._pending.clear()

    async def _watch(self) -> None:
        """DuckDB keeps to its limit; this is for all that is not DuckDB's."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S if self._pending else 10 * LOOK_EVERY_S)
            if self._pending and _resident_bytes(self.pid) > self._max_resident:
                self._swollen = True
                self._kill()
                return

    async def _keep_stderr(self) -> None:
        assert self._process.stderr is not None
        while piece := await self._process.stderr.read(4_096):
            self._stderr += piece
            del self._stderr[:-STDERR_BYTES]


def _resident_bytes(pid: int) -> int:
    """Memory that is the process's own: pages of mapped files can be taken away from it."""
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss - getattr(memory, "shared", 0))
