"""A child like ours whose reader does what the file name says. Only tests start it."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.ingest.child import serve
from backend.ingest.failure import ReadingError
from backend.ingest.results import Reading


class Panic(BaseException):
    """What a Rust panic looks like from Python."""


def swell() -> None:
    held = []
    while True:
        held.append(bytearray(b"x") * (20 * 1024 * 1024))


def reserve() -> None:
    ctypes.create_string_buffer(64 * 1024**3)


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(600)


def segfault() -> None:
    ctypes.string_at(0)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def panic() -> None:
    raise Panic("the engine gave up")


def refuse() -> None:
    raise ReadingError("corrupt_file", "It is broken.")


def dial() -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def call() -> None:
    subprocess.run(["true"], check=True)


def shout() -> None:
    print("x" * 200_000)  # noqa: T201 - it must not be taken for an answer
    print("the last words", file=sys.stderr)  # noqa: T201
    os._exit(7)


DEEDS: dict[str, Callable[[], None]] = {
    deed.__name__: deed
    for deed in (
        swell, reserve, spin, sleep, segfault, kill, panic, refuse, dial, call, shout, os.abort,
    )
}  # fmt: skip


def misbehave(
    _source: Path, filename: str, _options: Any, output: Path, _limits: Any, progress: Any
) -> Reading:
    progress(1, 0.5)
    (output / "tmp" / "pid").write_text(str(os.getpid()))
    if filename == "pour":
        with (output / "poured").open("wb") as stream:
            while True:
                stream.write(bytes(1024 * 1024))
    DEEDS[filename]()
    return Reading((), {"temp": os.environ["TMPDIR"]})


if __name__ == "__main__":
    serve(lambda: misbehave)
