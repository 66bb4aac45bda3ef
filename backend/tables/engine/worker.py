"""The child process: answers questions from stdin, several at a time, each in a thread of its own.

Questions come pickled from the parent. Answers go back as JSON or bytes and never pickled: this
process opens files of strangers, and must not be able to say more than an answer.
"""

from __future__ import annotations

import importlib
import os
import pickle
import resource
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson
import pyarrow as pa

from backend.errors import PageTooLargeError
from backend.tables import confinement
from backend.tables.engine import frames
from backend.tables.engine.database import QueryDatabase
from backend.tables.engine.questions import QueryFailed, Question
from backend.tables.engine.registry import OPERATIONS

OPERATION_MODULES = (
    "backend.tables.engine.rows",
    "backend.tables.engine.building",
    "backend.tables.engine.summaries",
    "backend.tables.engine.charts",
    "backend.tables.exports.view",
)
"""Modules that register operations; importing them is all it takes."""

TOO_LARGE = (MemoryError, pa.ArrowMemoryError, duckdb.OutOfMemoryException)
DAMAGED = (
    pa.ArrowInvalid,
    OSError,
    duckdb.IOException,
    duckdb.InvalidInputException,
    duckdb.SerializationException,
)


class Worker:
    """Threads over one in-memory database, and the line back to the parent."""

    def __init__(self, database: QueryDatabase, answers: BinaryIO, written: str) -> None:
        """`written` begins the path of every file that an operation may write."""
        self._database = database
        self._written = written
        self._answers = answers
        self._lock = threading.Lock()
        self._running: dict[int, Any] = {}
        self._cancelled: set[int] = set()

    def serve(self, questions: BinaryIO) -> None:
        """Take questions until the parent closes the line."""
        while (message := frames.read(questions)) is not None:
            kind, number, *rest = pickle.loads(message)
            if kind == "cancel":
                self._cancel(number)
                continue
            arguments = (number, *rest)
            threading.Thread(target=self._answer, args=arguments, daemon=True).start()

    def _cancel(self, number: int) -> None:
        with self._lock:
            self._cancelled.add(number)
            connection = self._running.get(number)
        if connection is not None:
            connection.interrupt()

    def _answer(self, number: int, operation: str, question: Question) -> None:
        try:
            answer = self._run(number, operation, question)
        except QueryFailed as error:
            self._send(number, frames.ERROR, _error(error.code, error.detail))
        except PageTooLargeError as error:
            refusal = _json({"detail": error.detail, **error.extensions}).decode()
            self._send(number, frames.ERROR, _error(error.code, refusal))
        except duckdb.InterruptException:
            self._send(number, frames.ERROR, _error("cancelled"))
        except TOO_LARGE as error:
            self._send(number, frames.ERROR, _error("too_large", str(error)))
        except DAMAGED as error:
            self._send(number, frames.ERROR, _error("damaged", str(error)))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the asker must hear of it
            told = "".join(traceback.format_exception(error))[-8_000:]
            self._send(number, frames.ERROR, _error("crash", told))
        else:
            kind = frames.BYTES if isinstance(answer, bytes) else frames.JSON
            body = answer if isinstance(answer, bytes) else _json(answer)
            self._send(number, kind, body)

    def _run(self, number: int, operation: str, question: Question) -> Any:
        with self._database.open(question.source) as rows:
            with self._lock:
                self._running[number] = rows.connection
            rows.go_on = lambda: self._go_on(number)
            try:
                rows.go_on()
                return OPERATIONS[operation](rows, question)
            finally:
                with self._lock:
                    self._running.pop(number, None)
                    left = number in self._cancelled
                    self._cancelled.discard(number)
                if left:
                    self._remove_written(question)

    def _remove_written(self, question: Question) -> None:
        """Nobody waits any more for the file that an operation has written."""
        for value in question.arguments.values():
            if isinstance(value, str) and value.startswith(self._written):
                Path(value).unlink(missing_ok=True)

    def _go_on(self, number: int) -> None:
        if number in self._cancelled:
            raise QueryFailed("cancelled")

    def _send(self, number: int, kind: int, body: bytes) -> None:
        with self._lock:
            frames.write_answer(self._answers, number, kind, body)


def _error(code: str, detail: str = "") -> bytes:
    return orjson.dumps({"code": code, "detail": detail})


def _json(answer: Any) -> bytes:
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def main() -> None:
    """Confine the process, load what is needed, and serve."""
    confinement.die_with_parent(int(os.environ.get(confinement.PARENT) or os.getppid()))
    confinement.be_the_first_to_go()
    confinement.leave_the_network()
    confinement.leave_pandas_out()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    settings = orjson.loads(sys.argv[1])
    if settings["nice"]:
        os.nice(settings["nice"])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print goes to stderr
    for module in OPERATION_MODULES:
        importlib.import_module(module)
    Worker(QueryDatabase(settings), answers, settings["written"]).serve(sys.stdin.buffer)


if __name__ == "__main__":
    main()
