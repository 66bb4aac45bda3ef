"""Hearing of commits from PostgreSQL, over a connection that does nothing else."""

from __future__ import annotations

import asyncio
import select
from typing import TypeAlias

import psycopg

from backend.realtime.listening import Hearer

APPLICATION = "tablecast-listener"
"""What an administrator sees of this connection in pg_stat_activity."""
PROBE_EVERY_S = 5.0
"""How long the connection may be silent before it has to prove that it lives."""
PROBE_S = 5.0
CONNECT_S = 5

Connection: TypeAlias = psycopg.AsyncConnection[tuple[object, ...]]


class Notifications:
    """What is notified on a channel of a database."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._unread = select.poll()

    async def hear(self, hearer: Hearer) -> None:
        """Connect, and tell what comes until the connection breaks."""
        async with asyncio.timeout(PROBE_S + CONNECT_S):
            connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name=APPLICATION,
            )
        try:
            await self._ask(connection, f'LISTEN "{self._channel}"')
            self._unread = select.poll()
            self._unread.register(connection.fileno(), select.POLLIN)
            await hearer.hearing()
            while True:
                async for notice in connection.notifies(timeout=PROBE_EVERY_S):
                    hearer.hear(notice.payload)
                await self._ask(connection, "SELECT 1")
        finally:
            self._unread = select.poll()
            await connection.close()

    def is_current(self) -> bool:
        """Whether the socket holds nothing unread: a read that came after a change then sees it."""
        return not self._unread.poll(0)

    @staticmethod
    async def _ask(connection: Connection, query: str) -> None:
        # A peer that vanished would let the query wait for as long as TCP is patient.
        async with asyncio.timeout(PROBE_S):
            await connection.execute(query.encode())
