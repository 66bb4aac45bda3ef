"""The query process from outside: it may be slow, greedy or dead, and the asker hears of it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pytest

from backend.config import MIB, Config
from backend.domain import Column, ColumnType, RowQuery, Sheet, SortKey
from backend.errors import (
    PageTooLargeError,
    QueryEngineUnavailableError,
    QueryTimeoutError,
    QueryTooLargeError,
)
from backend.tables.columnar import open_writer
from backend.tables.engine.engine import QueryEngine
from backend.tables.engine.questions import Lane, Question, Source
from backend.tables.files import DamagedFileError
from backend.tables.pages import read_found

ROWS = 1_500_000
PATIENCE_S = 60.0
# The natural order of many texts keeps a process busy for seconds.
SLOW = RowQuery(sort=(SortKey("text"),), collate="natural")
QUICK = RowQuery(sort=(SortKey("number", descending=True),))
PAGE = {
    "offset": 0,
    "limit": 3,
    "keys": ["number"],
    "texts": [],
    "max_bytes": MIB,
    "objects": True,
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("engine") / "data"
    numbers = np.random.default_rng(7).permutation(ROWS)
    text = pa.array(np.char.add("item ", numbers.astype(str)))
    table = pa.table({"number": pa.array(numbers), "text": text.cast(pa.string())})
    with open_writer(path, table.schema) as writer:
        for start in range(0, ROWS, 50_000):
            writer.write_table(table.slice(start, 50_000), row_group_size=50_000)
    columns = (
        Column("number", "number", ColumnType.INTEGER, 0),
        Column("text", "text", ColumnType.TEXT, 0),
    )
    return Source(Sheet(0, "sheet", ROWS, columns, "0" * 32), path)


def using(tmp_path: Path, work: Callable[[QueryEngine], Awaitable[None]], **settings: int) -> None:
    """Run `work` with an engine of its own."""

    async def run() -> None:
        engine = QueryEngine(Config(data_dir=tmp_path, **settings))  # type: ignore[arg-type]
        engine.prepare()
        try:
            async with asyncio.timeout(4 * PATIENCE_S):
                await work(engine)
        finally:
            await engine.close()

    asyncio.run(run())


async def quick_answer(engine: QueryEngine, source: Source, lane: Lane = Lane.QUERY) -> list[int]:
    """The numbers of the first rows of the quick order."""
    found = await engine.ask("first_rows", Question(source, QUICK, PAGE), lane=lane)
    return [row["number"] for row in read_found(found)[0].to_pylist()]


def slow(
    engine: QueryEngine, source: Source, timeout_s: float | None = None
) -> asyncio.Task[bytes]:
    """Begin the slow one."""
    order = engine.scratch_file(".order").absolute()
    question = Question(source, SLOW, {**PAGE, "order": str(order)})
    return asyncio.ensure_future(engine.ask("select_rows", question, timeout_s=timeout_s))


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - it is in another process
            await asyncio.sleep(0.01)


def busy(engine: QueryEngine) -> bool:
    """Whether some process works on a question."""
    return engine.working > 0


def test_a_killed_process_costs_its_query_a_retry(tmp_path: Path, source: Source) -> None:
    async def work(engine: QueryEngine) -> None:
        asked = slow(engine, source)
        await until(lambda: busy(engine))
        (killed,) = engine.pids
        os.kill(killed, signal.SIGKILL)
        table, total = read_found(await asked)
        assert ([row["number"] for row in table.to_pylist()], total) == ([0, 1, 2], ROWS)
        assert killed not in engine.pids

    using(tmp_path, work)


def test_a_page_that_is_too_large_is_refused_by_name(tmp_path: Path, source: Source) -> None:
    async def work(engine: QueryEngine) -> None:
        question = Question(source, QUICK, {**PAGE, "limit": 1_000, "max_bytes": 20_000})
        with pytest.raises(PageTooLargeError) as refused:
            await engine.ask("first_rows", question)
        assert 100 < refused.value.extensions["suggested_limit"] < 1_000
        assert "limit=" in refused.value.detail

    using(tmp_path, work)


def test_a_query_whose_process_dies_twice_is_told_to_come_back(
    tmp_path: Path, source: Source
) -> None:
    async def work(engine: QueryEngine) -> None:
        asked = slow(engine, source)
        killed: set[int] = set()
        while not asked.done() and len(killed) < 2:
            await until(lambda: asked.done() or (busy(engine) and not {*engine.pids} <= killed))
            for pid in {*engine.pids} - killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        with pytest.raises(QueryEngineUnavailableError) as refused:
            await asked
        assert refused.value.headers["Retry-After"]
        assert await quick_answer(engine, source) == [ROWS - 1, ROWS - 2, ROWS - 3]

    using(tmp_path, work)


def test_a_query_that_takes_too_long_ends_and_leaves_the_process_free(
    tmp_path: Path, source: Source
) -> None:
    async def work(engine: QueryEngine) -> None:
        await quick_answer(engine, source)
        with pytest.raises(QueryTimeoutError):
            await slow(engine, source, timeout_s=0.3)
        await until(lambda: not busy(engine))
        assert await quick_answer(engine, source) == [ROWS - 1, ROWS - 2, ROWS - 3]

    using(tmp_path, work)


def test_a_query_nobody_waits_for_is_interrupted(tmp_path: Path, source: Source) -> None:
    async def work(engine: QueryEngine) -> None:
        asked = slow(engine, source)
        await until(lambda: busy(engine))
        pids = engine.pids
        asked.cancel()
        await asyncio.wait({asked})
        assert asked.cancelled()
        await until(lambda: not busy(engine))
        assert engine.pids == pids

    using(tmp_path, work)


def test_slow_queries_do_not_hold_up_quick_ones(tmp_path: Path, source: Source) -> None:
    async def work(engine: QueryEngine) -> None:
        await quick_answer(engine, source)
        tasks = [slow(engine, source) for _ in range(8)]
        await until(lambda: busy(engine))
        assert await quick_answer(engine, source, Lane.QUICK) == [ROWS - 1, ROWS - 2, ROWS - 3]
        assert not all(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    using(tmp_path, work)


def test_too_many_waiting_queries_are_refused(tmp_path: Path, source: Source) -> None:
    async def work(engine: QueryEngine) -> None:
        tasks = [slow(engine, source) for _ in range(3)]
        await until(lambda: busy(engine))
        with pytest.raises(QueryEngineUnavailableError, match="waiting"):
            await quick_answer(engine, source)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    using(tmp_path, work, query_workers=1, queries_per_worker=1, queries_waiting=2)


def test_a_query_over_the_memory_limit_has_a_name(tmp_path: Path, source: Source) -> None:
    async def work(engine: QueryEngine) -> None:
        with pytest.raises(QueryTooLargeError):
            await slow(engine, source)
        assert await quick_answer(engine, source) == [ROWS - 1, ROWS - 2, ROWS - 3]

    using(tmp_path, work, query_memory_bytes=24 * MIB, query_scratch_bytes=1 * MIB)


def test_a_process_that_swells_is_ended(tmp_path: Path, source: Source) -> None:
    async def work(engine: QueryEngine) -> None:
        with pytest.raises(QueryTooLargeError):
            await slow(engine, source)

    using(tmp_path, work, query_resident_bytes=110 * MIB)


def test_a_file_that_is_no_table_is_called_damaged(tmp_path: Path, source: Source) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"PAR1" + bytes(1000) + b"PAR1")

    async def work(engine: QueryEngine) -> None:
        with pytest.raises(DamagedFileError):
            await quick_answer(engine, Source(source.sheet, broken))

    using(tmp_path, work)


def test_the_processes_end_with_the_engine(tmp_path: Path, source: Source) -> None:
    pids: list[int] = []

    async def work(engine: QueryEngine) -> None:
        await quick_answer(engine, source)
        await quick_answer(engine, source, Lane.BEHIND)
        pids.extend(engine.pids)

    using(tmp_path, work)
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)
