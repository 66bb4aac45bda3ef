"""The cage: whatever a parser does, it does to itself, and the loop goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from backend.domain import Progress, ReadingOptions
from backend.ingest.cage import Cage, ParserDied
from backend.ingest.limits import Limits
from backend.ingest.reading import Reading, ReadingError
from backend.tables.confinement import PROJECT

MISBEHAVING = (sys.executable, "-m", "tests.ingest.misbehaving")
MIB = 1024 * 1024
Result = TypeVar("Result")


def caged(
    deed: Callable[[Cage], Awaitable[Result]], limits: Limits | None = None, *, ours: bool = False
) -> Result:
    """Runs something with a cage on a fresh loop, and closes the cage."""

    async def run() -> Result:
        cage = Cage(limits) if ours else Cage(limits, MISBEHAVING)
        try:
            return await deed(cage)
        finally:
            await cage.close()

    return asyncio.run(run())


def attempt(tmp_path: Path, deed: str, limits: Limits | None = None) -> list[Progress]:
    seen: list[Progress] = []

    async def read(cage: Cage) -> None:
        await cage.read(tmp_path, deed, ReadingOptions(), tmp_path / "out", on_progress=seen.append)

    caged(read, limits)
    return seen


def failure(tmp_path: Path, deed: str, limits: Limits | None = None) -> str:
    with pytest.raises(ReadingError) as caught:
        attempt(tmp_path, deed, limits)
    return caught.value.failure.code


def test_a_parser_that_swells_is_killed(tmp_path: Path) -> None:
    started = time.monotonic()
    assert failure(tmp_path, "swell", Limits(memory_bytes=300 * MIB)) == "too_much_memory"
    assert time.monotonic() - started < 30


def test_a_parser_that_reserves_what_is_not_there_is_stopped(tmp_path: Path) -> None:
    assert failure(tmp_path, "reserve") == "too_much_memory"


def test_a_parser_that_never_ends_is_stopped_by_the_clock(tmp_path: Path) -> None:
    assert failure(tmp_path, "sleep", Limits(wall_s=1.0)) == "took_too_long"


def test_a_parser_that_never_rests_is_stopped_by_its_computing_time(tmp_path: Path) -> None:
    assert failure(tmp_path, "spin", Limits(cpu_s=1.0)) == "took_too_long"


@pytest.mark.parametrize("size", [1, 40])
def test_a_table_that_grows_without_end_is_stopped(tmp_path: Path, size: int) -> None:
    assert failure(tmp_path, "pour", Limits(output_bytes=size * MIB)) == "output_too_large"


def test_a_fault_of_the_file_arrives_as_it_was_raised(tmp_path: Path) -> None:
    assert failure(tmp_path, "refuse") == "corrupt_file"


@pytest.mark.parametrize(
    ("deed", "number"),
    [("abort", signal.SIGABRT), ("segfault", signal.SIGSEGV), ("kill", signal.SIGKILL)],
)
def test_a_death_is_told_with_its_signal(tmp_path: Path, deed: str, number: int) -> None:
    with pytest.raises(ParserDied) as caught:
        attempt(tmp_path, deed)
    assert caught.value.signal == number


def test_a_panic_is_a_death_with_its_text(tmp_path: Path) -> None:
    with pytest.raises(ParserDied) as caught:
        attempt(tmp_path, "panic")
    assert "the engine gave up" in caught.value.stderr


def test_the_last_words_are_kept_and_chatter_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(ParserDied) as caught:
        attempt(tmp_path, "shout")
    assert caught.value.exit_code == 7
    assert "the last words" in caught.value.stderr
    assert len(caught.value.stderr) <= 16 * 1024


@pytest.mark.parametrize("deed", ["dial", "call"])
def test_no_network_and_no_other_process(tmp_path: Path, deed: str) -> None:
    with pytest.raises(ParserDied) as caught:
        attempt(tmp_path, deed)
    assert "PermissionError" in caught.value.stderr


def test_cancelling_kills_the_child(tmp_path: Path) -> None:
    async def cancel(cage: Cage) -> int:
        started = asyncio.Event()
        reading = asyncio.ensure_future(
            cage.read(
                tmp_path,
                "sleep",
                ReadingOptions(),
                tmp_path / "out",
                on_progress=lambda _: started.set(),
            )
        )
        await started.wait()
        pid = await asyncio.to_thread(wait_for_pid, tmp_path / "out")
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return pid

    assert not psutil.pid_exists(caged(cancel))


def wait_for_pid(output: Path) -> int:
    place = output / "tmp" / "pid"
    while not (place.exists() and place.read_text()):
        os.sched_yield()
    return int(place.read_text())


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    program = f"""
import asyncio
from pathlib import Path
from backend.domain import ReadingOptions
from backend.ingest.cage import Cage
cage = Cage(argv={MISBEHAVING!r})
out = Path({str(tmp_path)!r}) / "out"
asyncio.run(cage.read(out, "sleep", ReadingOptions(), out, on_progress=print))
"""
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT)
    try:
        child = psutil.Process(wait_for_pid(tmp_path / "out"))
    finally:
        parent.kill()
        parent.wait()
    assert not psutil.wait_procs([child], timeout=10)[1]


def test_a_warm_child_reads_small_files_one_after_the_other(tmp_path: Path) -> None:
    source = tmp_path / "small.csv"
    source.write_text("a,b\n1,2\n")

    async def read_twice(cage: Cage) -> list[int | None]:
        await cage.start()
        waiting = [cage.standby_pid]
        for number in range(2):
            reading = await read_quietly(cage, source, tmp_path / str(number))
            assert reading.sheets[0].sheet.rows == 1
            assert reading.sheets[0].data.exists()
            waiting.append(cage.standby_pid)
        # what Arrow would like to load, and what nothing needs
        loaded = psutil.Process(cage.standby_pid).memory_maps()
        assert not [part.path for part in loaded if "pandas" in part.path]
        return waiting

    waiting = caged(read_twice, ours=True)
    assert waiting[0] is not None
    assert len(set(waiting)) == 1


def test_a_child_that_met_a_bad_file_reads_no_other(tmp_path: Path) -> None:
    source = tmp_path / "noise.bin"
    source.write_bytes(b"\x89PNG\r\n" + bytes(range(256)))

    async def read_bad(cage: Cage) -> list[int | None]:
        await cage.start()
        waiting = [cage.standby_pid]
        with pytest.raises(ReadingError):
            await read_quietly(cage, source, tmp_path / "out")
        await cage.start()
        return [*waiting, cage.standby_pid]

    before, after = caged(read_bad, ours=True)
    assert after is not None
    assert before != after


async def read_quietly(cage: Cage, source: Path, output: Path) -> Reading:
    """A reading whose progress nobody wants."""
    return await cage.read(
        source, source.name, ReadingOptions(), output, on_progress=lambda _: None
    )


def test_progress_arrives_and_the_loop_is_never_blocked(tmp_path: Path) -> None:
    source = tmp_path / "long.csv"
    line = "1,2.5,2024-01-01,some words\n"
    source.write_text("a,b,c,d\n" + line * 400_000)

    async def read(cage: Cage) -> tuple[list[Progress], float]:
        await cage.start()
        seen: list[Progress] = []
        reading = asyncio.ensure_future(
            cage.read(
                source, "long.csv", ReadingOptions(), tmp_path / "out", on_progress=seen.append
            )
        )
        longest, before = 0.0, time.monotonic()
        while not reading.done():
            await asyncio.sleep(0.005)
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
        assert (await reading).sheets[0].sheet.rows == 400_000
        return seen, longest

    seen, longest = caged(read, ours=True)
    assert seen
    assert [one.rows for one in seen] == sorted(one.rows for one in seen)
    assert all(one.fraction is not None and 0 <= one.fraction <= 1 for one in seen)
    assert longest < 0.25
