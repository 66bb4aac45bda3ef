"""Random schedules: what happens to a share and its watchers, and what to the nodes meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import psycopg
from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.client import API
from tests.convergence.watchers import KINDS, Watcher
from tests.postgres import PostgresServer
from tests.server import Server

CHANGES = {"rename": 6, "present": 5, "upload": 2, "restore": 2, "drop": 5, "slow": 3}
MISCHIEF = ("kill a node", "kill the listeners", "stop PostgreSQL")
STEPS = (5, 9)
PAUSE_S = 0.5
"""The longest between two steps of a schedule."""
SLOW_S = 1.2


@dataclass
class Place:
    """Where schedules happen: two nodes, the nginx in front, and their database."""

    nodes: tuple[Server, Server]
    nginx: str
    postgres: PostgresServer
    database: str
    answers: dict[str, int] = field(default_factory=dict)

    async def do(self, what: str, chance: random.Random) -> None:
        """One piece of mischief, and its mending."""
        if what == "kill a node":
            node = chance.choice(self.nodes)
            node.kill()
            await asyncio.sleep(chance.uniform(0, PAUSE_S))
            await asyncio.to_thread(node.start)
        elif what == "kill the listeners":
            await asyncio.to_thread(self.cut_listeners)
        else:
            self.postgres.stop()
            await asyncio.sleep(chance.uniform(0.1, 2 * PAUSE_S))
            self.postgres.start()  # not in a thread: it would end with it

    def cut_listeners(self) -> None:
        """End every connection that listens for changes."""
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'tablecast-listener'"
        )
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(query)


class Schedule:
    """A share, one watcher of each kind, and steps that change the one or trouble the others."""

    def __init__(self, place: Place, seed: int, number: int) -> None:
        self.name = f"schedule {number} of seed {seed}"
        self.chance = random.Random(f"{seed}/{number}")
        self.steps = self.chance.choices(
            list(CHANGES), list(CHANGES.values()), k=self.chance.randint(*STEPS)
        )
        if self.chance.random() < 0.1:
            self.steps.append("delete")
        self.place = place
        self.done: list[str] = []
        self.watchers: list[Watcher] = []
        self._counter = 0
        self._share = ""
        self._headers: dict[str, str] = {}

    @property
    def share(self) -> str:
        """The id of the share."""
        return self._share

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.done)}"

    async def prepare(self, session: ClientSession) -> None:
        """Make the share, and its watchers, who know nothing yet."""
        url = f"{self.place.nginx}{API}/shares?filename=a.csv"
        headers = {"Prefer": "wait=30"}
        made = await self._make(session, url, headers)
        self._share = made["id"]
        self._headers = {"Authorization": f"Bearer {made['edit_token']}"}
        direct = [node.url for node in self.place.nodes]
        for kind in KINDS:
            self.chance.shuffle(direct)
            bases = [self.place.nginx] if self.chance.random() < 0.5 else list(direct)
            self.watchers.append(kind(self._share, bases, random.Random(self.chance.random())))

    async def _make(self, session: ClientSession, url: str, headers: dict[str, str]) -> Any:
        """Nodes that were killed a moment ago are left alone by nginx, which says for how long."""
        while True:
            async with session.post(url, data=b"n\n0\n", headers=headers) as answer:
                if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    await asyncio.sleep(int(answer.headers["Retry-After"]))
                    continue
                answer.raise_for_status()
                return await answer.json()

    async def run(self, session: ClientSession) -> None:
        """Go through the steps."""
        for step in self.steps:
            await asyncio.sleep(self.chance.uniform(0, PAUSE_S))
            self._counter += 1
            if step in ("drop", "slow"):
                watcher = self.chance.choice(self.watchers)
                self.done.append(f"{step} {watcher.kind}")
                await self._trouble(step, watcher)
            else:
                self.done.append(f"{step} {self._counter}: {await self._change(session, step)}")

    async def _trouble(self, step: str, watcher: Watcher) -> None:
        if step == "drop":
            watcher.drop()
            return
        watcher.read_on(False)
        asyncio.get_running_loop().call_later(
            self.chance.uniform(0.2, SLOW_S), watcher.read_on, True
        )

    async def _change(self, session: ClientSession, step: str) -> int | str:
        """Change the share; the status, or how it could not be asked for."""
        method, path, more = self._request(step)
        url = f"{self.place.nginx}{API}/shares/{self._share}{path}"
        try:
            async with session.request(
                method, url, headers=self._headers, timeout=ClientTimeout(20), **more
            ) as answer:
                told = await answer.text()
        except (ClientError, TimeoutError) as error:
            return type(error).__name__
        assert answer.status < 300 or answer.status in (409, 503), (step, answer.status, told)
        return answer.status

    def _request(self, step: str) -> tuple[str, str, dict[str, Any]]:
        title: dict[str, Any] = {"json": {"title": str(self._counter)}}
        upload: dict[str, Any] = {
            "data": b"n\n%d\n" % self._counter,
            "params": {"filename": "a.csv"},
        }
        requests: dict[str, tuple[str, str, dict[str, Any]]] = {
            "rename": ("PATCH", "", title),
            "present": ("PUT", "/presenter", {"json": {"offset": self._counter}}),
            "upload": ("POST", "/revisions", upload),
            "restore": ("POST", "/revisions", {"json": {"restore": 1}}),
            "delete": ("DELETE", "", {}),
        }
        return requests[step]


async def misbehave(place: Place, mischief: Sequence[str], chance: random.Random) -> None:
    """Do one thing after the other to what the schedules stand on."""
    for what in mischief:
        await asyncio.sleep(chance.uniform(0, 2 * PAUSE_S))
        await place.do(what, chance)
