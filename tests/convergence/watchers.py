"""Clients that follow a share by the rules of docs/examples, and note what they were told and saw.

After hello and after every change they read the share again, and say with it which seq they have
heard of. Whatever breaks, they come back.
"""

from __future__ import annotations

import asyncio
import json
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.client import API, SUBPROTOCOL

RETRY_S = (0.05, 0.3)
POLL_S = 5
GET_S = 10.0
HEARTBEAT_S = 1.0
"""What the nodes are told; two missed in a row and a bit, and a connection is dead."""
DEAD_S = 3 * HEARTBEAT_S
BROKEN = (ClientError, ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError)


@dataclass(frozen=True)
class State:
    """What there is to see of a share."""

    title: str
    head: int | None
    row: Any
    presented: int | None


GONE = State("gone", None, None, None)


@dataclass(frozen=True)
class Sight:
    """A read made because of a change: of which seq and head had been heard, and what was seen."""

    share: str
    seq: int
    head: int | None
    state: State


async def look(session: ClientSession, base: str, share: str, seq: int | None = None) -> State:
    """What a GET sees; a ClientError where no node answers it."""
    headers = {} if seq is None else {"Tablecast-Seq": str(seq)}
    path = f"{base}{API}/shares/{share}"
    found = await get(session, path, headers)
    if found is None:
        return GONE
    page = await get(session, f"{path}/rows?limit=1", headers)
    presenter = await get(session, f"{path}/presenter", headers)
    row = page["rows"][0] if page and page.get("rows") else None
    presented = presenter["position"]["offset"] if presenter and presenter["position"] else None
    return State(found["title"], found["head"], row, presented)


async def get(session: ClientSession, url: str, headers: dict[str, str]) -> Any:
    """The JSON of an answer; None where there is no such thing, or not yet."""
    async with session.get(url, headers=headers, timeout=ClientTimeout(GET_S)) as answer:
        if answer.status in (404, 409):
            return None
        assert answer.status in (200, 502, 503, 504), (answer.status, await answer.text())
        answer.raise_for_status()
        return await answer.json()


class Watcher(ABC):
    """One client of one share. `bases` are the addresses it knows; it goes on to the next."""

    kind = ""

    def __init__(self, share: str, bases: list[str], chance: random.Random) -> None:
        self.share = share
        self.bases = bases
        self.chance = chance
        self.heard: list[int] = []
        """Every seq it was told, in order."""
        self.sights: list[Sight] = []
        self.state: State | None = None
        self.seq: int | None = None
        """That of the last change after which it has read."""
        self.drops = 0
        self._attempt: asyncio.Task[None] | None = None
        self._reading = asyncio.Event()
        self._reading.set()
        self._pause = (0.0, 0.0)

    def __repr__(self) -> str:
        return f"<{self.kind} of {self.share} seq={self.seq} {self.state}>"

    def drop(self) -> None:
        """Lose the connection, without a word."""
        self.drops += 1
        if self._attempt is not None:
            self._attempt.cancel()

    def read_on(self, reading: bool) -> None:
        """Read what comes, or leave it lying."""
        (self._reading.set if reading else self._reading.clear)()

    async def follow(self, session: ClientSession) -> None:
        """Follow until cancelled, or until the share is gone."""
        while self.state is not GONE:
            self._pause = RETRY_S
            self._attempt = asyncio.create_task(self._follow_once(session))
            try:
                await asyncio.wait({self._attempt})
            finally:
                self._attempt.cancel()
                (ended,) = await asyncio.gather(self._attempt, return_exceptions=True)
            if isinstance(ended, BaseException) and not isinstance(
                ended, (*BROKEN, asyncio.CancelledError)
            ):
                raise ended
            self.bases.append(self.bases.pop(0))
            await asyncio.sleep(self.chance.uniform(*self._pause))

    async def _follow_once(self, session: ClientSession) -> None:
        async with aclosing(self.frames(session)) as frames:
            async for frame in frames:
                await self._reading.wait()
                if await self._take(session, frame):
                    return

    async def _take(self, session: ClientSession, frame: dict[str, Any]) -> bool:
        """Act upon a frame; whether the connection is of no more use."""
        if frame["type"] == "bye":
            first, last = frame["retry_ms"]
            self._pause = (first / 1000, last / 1000)
            return True
        if frame["type"] == "hello":
            await self._stands(session, frame["shares"][self.share], frame.get("spread_ms", 0))
        elif frame["type"] == "change":
            await self._stands(session, frame, frame["spread_ms"])
        return self.state is GONE

    async def _stands(
        self, session: ClientSession, standing: dict[str, Any], spread_ms: int
    ) -> None:
        if standing.get("gone") or "deleted" in standing.get("what", ()):
            self.state = GONE
            return
        seq: int = standing["seq"]
        self.heard.append(seq)
        if seq == self.seq:
            return
        await asyncio.sleep(self.chance.uniform(0, spread_ms) / 1000)
        state = await look(session, self.chance.choice(self.bases), self.share, seq)
        self.sights.append(Sight(self.share, seq, standing["revision"], state))
        self.state, self.seq = state, seq

    def address(self) -> str:
        """Where the channel is, and what was heard on it before."""
        since = "" if self.seq is None else f"&since={self.share}:{self.seq}"
        return f"{self.bases[0]}{API}/changes?share={self.share}{since}"

    @abstractmethod
    def frames(self, session: ClientSession) -> AsyncGenerator[dict[str, Any], None]:
        """The frames of one connection."""


class SocketWatcher(Watcher):
    """Over a WebSocket."""

    kind = "WebSocket"
    _connection: ClientConnection | None = None

    def drop(self) -> None:
        """Lose the connection: the other end hears nothing of it but a reset."""
        self.drops += 1
        if self._connection is not None:
            self._connection.transport.abort()

    async def frames(self, session: ClientSession) -> AsyncGenerator[dict[str, Any], None]:  # noqa: ARG002
        address = self.address().replace("http", "ws", 1)
        connection = await connect(
            address,
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
            proxy=None,
            open_timeout=GET_S,
            close_timeout=0.2,
            ping_interval=None,
        )
        self._connection = connection
        try:
            while True:
                async with asyncio.timeout(DEAD_S):
                    message = await connection.recv()
                yield json.loads(message)
        finally:
            self._connection = None
            connection.transport.abort()


class EventWatcher(Watcher):
    """Over server-sent events."""

    kind = "events"

    async def frames(self, session: ClientSession) -> AsyncGenerator[dict[str, Any], None]:
        headers = {"Accept": "text/event-stream"}
        timeout = ClientTimeout(total=None, sock_connect=GET_S, sock_read=DEAD_S)
        async with session.get(self.address(), headers=headers, timeout=timeout) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))


class PollWatcher(Watcher):
    """By long polls."""

    kind = "poll"

    async def frames(self, session: ClientSession) -> AsyncGenerator[dict[str, Any], None]:
        while True:
            url = f"{self.address()}&wait={POLL_S}"
            timeout = ClientTimeout(total=POLL_S + GET_S)
            async with session.get(url, timeout=timeout) as answer:
                answer.raise_for_status()
                frame = await answer.json()
            yield frame


KINDS: tuple[type[Watcher], ...] = (SocketWatcher, EventWatcher, PollWatcher)
