"""The processes that serve beside this one: what the figures of all of them are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

PATIENCE_S = 2.0


class Siblings:
    """Each process tells its figures to the others, so that one answer has those of all.

    They meet at names that only Linux knows (abstract sockets), which vanish with their process;
    `number` is this one's among `count`. What is told there is told at `/metrics` as well.
    """

    def __init__(
        self, figures: Callable[[], bytes], *, family: int, number: int, count: int
    ) -> None:
        self._figures = figures
        self._family = family
        self.number = number
        """Which of the processes this is, counted from 1."""
        self._count = count
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Answer the others."""
        if self._count > 1:
            name = self._name(self.number)
            self._server = await asyncio.start_unix_server(self._answer, name)

    def close(self) -> None:
        """Answer no longer."""
        if self._server is not None:
            self._server.close()

    async def figures(self) -> bytes:
        """The figures of all, each with the number of its process where there are several.

        A process that does not answer is left out: it is being started, or about to end.
        """
        if self._count == 1:
            return self._figures()
        others = [number for number in range(1, self._count + 1) if number != self.number]
        told = await asyncio.gather(*map(self._ask, others))
        by_number = {self.number: self._figures(), **dict(zip(others, told, strict=True))}
        return merged({number: by_number[number].decode() for number in sorted(by_number)}).encode()

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(self._figures())
            await writer.drain()
        writer.close()

    async def _ask(self, number: int) -> bytes:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_unix_connection(self._name(number))
                try:
                    return await reader.read()
                finally:
                    writer.close()
        return b""

    def _name(self, number: int) -> str:
        return f"\0tablecast-{self._family}-{number}"


def merged(told: Mapping[int, str]) -> str:
    """Several expositions (Prometheus text format 0.0.4) as one: `process` tells them apart."""
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for number, text in told.items():
        name = ""
        for line in text.splitlines():
            if line.startswith("# "):
                name = line.split(" ", 3)[2]
                known = heads.setdefault(name, [])
                if line not in known:
                    known.append(line)
            else:
                samples.setdefault(name, []).append(_labelled(line, number))
    lines = [line for name, head in heads.items() for line in (*head, *samples.get(name, ()))]
    return "\n".join(lines) + "\n"


def _labelled(sample: str, number: int) -> str:
    name, brace, rest = sample.partition("{")
    if brace:
        return f'{name}{{process="{number}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{process="{number}"}} {value}'
