"""Listens to what the nodes of one PostgreSQL tell each other, and says when it cannot hear."""

from __future__ import annotations

import asyncio
import random
from typing import Protocol

import psycopg
import structlog

log = structlog.get_logger("tablecast.listener")

APPLICATION = "tablecast-listener"
"""What an administrator sees of this connection in pg_stat_activity."""
PROBE_EVERY_S = 5.0
"""How long the connection may be silent before it has to prove that it lives."""
PROBE_S = 5.0
CONNECT_S = 5
RETRY_S = (0.1, 0.5)


class Hearer(Protocol):
    """Who wants to hear."""

    async def hearing(self) -> None:
        """From here on nothing is missed; what was told before may have been."""
        ...

    def deaf(self) -> None:
        """What is told from now on may be missed."""
        ...

    def hear(self, payload: str) -> None:
        """One notification."""
        ...


class Listener:
    """A connection of its own that listens on one channel, and is made again when it breaks."""

    def __init__(self, url: str, channel: str, hearer: Hearer) -> None:
        self._url = url
        self._channel = channel
        self._hearer = hearer
        self._attempt: asyncio.Task[None] | None = None

    def reconnect(self) -> None:
        """Begin anew with another connection, and so with everything read again."""
        if self._attempt is not None:
            self._attempt.cancel()

    async def listen(self) -> None:
        """Listen until cancelled."""
        while True:
            self._attempt = asyncio.create_task(self._hear_one_connection())
            try:
                await asyncio.wait({self._attempt})
            finally:
                self._attempt.cancel()
                (ended,) = await asyncio.gather(self._attempt, return_exceptions=True)
                self._hearer.deaf()
            log.warning("not listening to the database", reason=type(ended).__name__)
            await asyncio.sleep(random.uniform(*RETRY_S))

    async def _hear_one_connection(self) -> None:
        async with asyncio.timeout(PROBE_S + CONNECT_S):
            connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name=APPLICATION,
            )
        try:
            await self._ask(connection, f'LISTEN "{self._channel}"')
            await self._hearer.hearing()
            while True:
                async for notice in connection.notifies(timeout=PROBE_EVERY_S):
                    self._hearer.hear(notice.payload)
                await self._ask(connection, "SELECT 1")
        finally:
            await connection.close()

    @staticmethod
    async def _ask(connection: psycopg.AsyncConnection[tuple[object, ...]], query: str) -> None:
        # A peer that vanished would let the query wait for as long as TCP is patient.
        async with asyncio.timeout(PROBE_S):
            await connection.execute(query.encode())
