"""The child process: waits for a task on stdin, reads a file, answers on stdout, and waits again.

Started before it is needed, it has its imports behind it when the task arrives. Lines on stdout are
JSON: `{"progress": [rows, fraction]}` any number of times, then one of `{"reading": …}`,
`{"failure": …}` and `{"crash": "…"}`.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from backend.domain import Failure, ReadingOptions
from backend.ingest import confinement
from backend.ingest.failure import ReadingError
from backend.ingest.limits import Limits
from backend.ingest.results import Reading
from backend.ingest.wire import Message, failure_message, reading_message

PROGRESS_EVERY_S = 0.1
Reader = Callable[..., Reading]


class Answers:
    """The line to the parent: stdout, which nobody else can write to."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._next = 0.0

    def send(self, message: Message) -> None:
        """One JSON line."""
        self._stream.write(json.dumps(message).encode() + b"\n")
        self._stream.flush()

    def progress(self, rows: int, fraction: float | None) -> None:
        """At most ten times a second."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PROGRESS_EVERY_S
            self.send({"progress": [rows, fraction]})


def serve(load: Callable[[], Reader]) -> None:
    """Confines the process, loads the reader, and reads what it is given until stdin ends."""
    confinement.die_with_parent(int(os.environ.get(confinement.PARENT) or os.getppid()))
    confinement.be_the_first_to_go()
    confinement.leave_the_network()
    confinement.leave_pandas_out()
    answers = Answers(_take_stdout())
    read = load()
    for line in sys.stdin.buffer:
        answers.send(run(json.loads(line), read, answers))


def run(task: dict[str, Any], read: Reader, answers: Answers) -> Message:
    """The answer to a task; whatever happens becomes a message."""
    limits = Limits(**task["limits"])
    output = Path(task["output"])
    confinement.use_private_temp(output)
    confinement.set_limits(limits)
    try:
        reading = read(
            Path(task["source"]),
            task["filename"],
            ReadingOptions(**task["options"]),
            output,
            limits,
            answers.progress,
            **({"careful": True} if task["careful"] else {}),
            **({"growing": Path(task["growing"])} if task["growing"] else {}),
        )
    except ReadingError as error:
        return failure_message(error.failure)
    except MemoryError:
        return failure_message(
            Failure("too_much_memory", "Reading this file takes too much memory.")
        )
    except BaseException as error:  # noqa: BLE001 - a Rust panic is a BaseException
        return _unexpected(error)
    return reading_message(reading)


def _unexpected(error: BaseException) -> Message:
    if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC):
        detail = "The table made from this file is larger than this server takes."
        return failure_message(Failure("output_too_large", detail))
    if type(error).__name__ == "ArrowMemoryError":
        return failure_message(
            Failure("too_much_memory", "Reading this file takes too much memory.")
        )
    return {"crash": "".join(traceback.format_exception(error))[-8_000:]}


def _take_stdout() -> BinaryIO:
    """Keeps stdout for answers; what libraries print goes to stderr."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return private


def _load_reader() -> Reader:
    from backend.ingest.reading import read_file

    return read_file


if __name__ == "__main__":
    serve(_load_reader)
