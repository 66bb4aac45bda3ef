"""Whatever happens: when it is quiet again, everyone who follows a share sees what there is.

Schedules run side by side on two nodes behind nginx; what is done to the nodes and to PostgreSQL
is done to all of them at once. `make test` goes through 25 schedules, `make soak` through 1,000.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tests.conftest import Seeded
from tests.convergence.schedules import MISCHIEF, Place, Schedule, misbehave
from tests.convergence.watchers import GONE, HEARTBEAT_S, Sight, State, look
from tests.postgres import new_database, postgres_server
from tests.proxy.nginx import Nginx
from tests.server import Servers

ROUNDS = 5
TOGETHER = 5
TOGETHER_IN_SOAK = 10
PROMISED_S = 2.0
PATIENCE_S = 30.0
"""A busy machine is slow, and `make test` does not measure; `make soak` holds to the promise."""

HISTORY = """
CREATE TABLE seen (share text, seq bigint, title text, head integer);
CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen VALUES (NEW.id, NEW.seq, NEW.title, NEW.head);
    RETURN NEW;
END $$;
CREATE TRIGGER remember AFTER INSERT OR UPDATE ON shares FOR EACH ROW EXECUTE FUNCTION remember();
"""
SETTINGS = {
    "TABLECAST_TRUSTED_PROXIES": "127.0.0.1",
    "TABLECAST_HEARTBEAT_S": str(HEARTBEAT_S),
    "TABLECAST_LEASE_S": "2",
    "TABLECAST_QUERY_WORKERS": "1",
}


@pytest.fixture(scope="module")
def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two nodes, nginx, and a PostgreSQL of their own, which remembers every state of a share."""
    with postgres_server() as postgres:
        database = new_database(postgres)
        first, second = (servers.start(database_url=database, env=SETTINGS) for _ in range(2))
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(HISTORY.encode())
        # One address stands for all the clients here.
        changes = {"rate=100r/s": "rate=10000r/s", "rate=20r/s": "rate=10000r/s"}
        folder = tmp_path_factory.mktemp("nginx")
        with Nginx(folder, [first.port, second.port], changes) as nginx:
            yield Place((first, second), nginx.url, postgres, database)
        first.close()
        second.close()


@pytest.mark.noisy
@pytest.mark.timeout(3_600)
def test_when_it_is_quiet_everyone_sees_what_there_is(place: Place, seeded: Seeded) -> None:
    soak = seeded.factor > 1
    together = TOGETHER_IN_SOAK if soak else TOGETHER
    took = []
    for number in range(seeded.rounds(ROUNDS)):
        took.append(asyncio.run(one_round(place, seeded.seed, number, together)))
        print(f"round {number}: converged within {took[-1]:.2f} s")  # noqa: T201
    assert not soak or max(took) <= PROMISED_S


async def one_round(place: Place, seed: int, number: int, together: int) -> float:
    """Some schedules at once; the seconds it took from the last trouble to agreement."""
    chance = random.Random(f"{seed}/round {number}")
    mischief = [MISCHIEF[number % len(MISCHIEF)]]
    if chance.random() < 0.4:
        mischief.append(chance.choice(MISCHIEF))
    schedules = [Schedule(place, seed, number * together + each) for each in range(together)]
    connector = TCPConnector(limit=0, force_close=True)
    timeout = ClientTimeout(60)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            ClientSession(connector=connector, timeout=timeout)
        )
        await asyncio.gather(*(schedule.prepare(session) for schedule in schedules))
        following = [
            asyncio.create_task(watcher.follow(session))
            for schedule in schedules
            for watcher in schedule.watchers
        ]
        stack.push_async_callback(end, following)
        async with asyncio.TaskGroup() as group:
            for schedule in schedules:
                group.create_task(schedule.run(session))
            group.create_task(misbehave(place, mischief, chance))
        await settle(session, place, schedules)
        began = time.monotonic()
        await agree(session, place, schedules, following, f"mischief: {mischief}")
        took = time.monotonic() - began
    judge(place, schedules)
    return took


async def settle(session: ClientSession, place: Place, schedules: list[Schedule]) -> None:
    """Wait until every node answers alike and every file was read."""
    deadline = time.monotonic() + 60
    while True:
        for schedule in schedules:
            for watcher in schedule.watchers:
                watcher.read_on(True)
        with suppress(ClientError, TimeoutError):
            if await fresh(session, place, schedules) is not None:
                return
        assert time.monotonic() < deadline, "the nodes do not come to rest"
        await asyncio.sleep(0.05)


async def fresh(
    session: ClientSession, place: Place, schedules: list[Schedule]
) -> dict[str, State] | None:
    """What each share is; None while a file is read, or nodes do not agree."""
    found: dict[str, State] = {}
    for schedule in schedules:
        one, other = [await look(session, node.url, schedule.share) for node in place.nodes]
        if one != other:
            return None
        found[schedule.share] = one
    query = "SELECT count(*) FROM revisions WHERE state = 'processing'"
    with psycopg.connect(place.database) as connection:
        row = connection.execute(query).fetchone()
    return found if row == (0,) else None


async def agree(
    session: ClientSession,
    place: Place,
    schedules: list[Schedule],
    following: list[asyncio.Task[None]],
    mischief: str,
) -> None:
    """Wait until every watcher has the state that a GET finds."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        for task in following:
            if task.done():
                task.result()  # whoever gave up says why
        found = await fresh(session, place, schedules)
        behind = [
            f"{watcher} and there is {found and found[schedule.share]}\n  {schedule}"
            for schedule in schedules
            for watcher in schedule.watchers
            if found is None or watcher.state != found[schedule.share]
        ]
        if not behind:
            return
        told = "\n".join(behind)
        assert time.monotonic() < deadline, f"{mischief}: some see what is not:\n{told}"
        await asyncio.sleep(0.02)


def judge(place: Place, schedules: list[Schedule]) -> None:
    """No seq went back, and no read that a change caused was older than the change."""
    with psycopg.connect(place.database) as connection:
        rows = connection.execute(
            "SELECT share, seq, title, head FROM seen ORDER BY seq"
        ).fetchall()
    history: dict[str, list[Any]] = defaultdict(list)
    for share, seq, title, head in rows:
        history[share].append((seq, title, head))
    for schedule in schedules:
        for watcher in schedule.watchers:
            back = [(one, other) for one, other in pairwise(watcher.heard) if other < one]
            assert not back, f"seq went back: {back} {watcher!r}\n{schedule}"
            late = [s for s in watcher.sights if is_late(s, history[schedule.share])]
            assert not late, f"reads older than their change: {late} {watcher!r}\n{schedule}"


def is_late(sight: Sight, history: list[Any]) -> bool:
    """Whether a read saw a state that was over when the seq behind it was given."""
    if sight.state is GONE or sight.state == GONE:
        return False
    # Titles and heads only ever grow here, so the newest state up to the seq is the least to see.
    known = [(title, head or 0) for seq, title, head in history if seq <= sight.seq]
    least_title, least_head = known[-1] if known else ("a.csv", 0)
    if (sight.state.head or 0) < max(least_head, sight.head or 0):
        return True
    return _counted(sight.state.title) < _counted(least_title)


def _counted(title: str) -> int:
    return int(title) if title.isdecimal() else 0


async def end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel what would go on; an error in it comes out here."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert result is None or isinstance(result, asyncio.CancelledError), result
