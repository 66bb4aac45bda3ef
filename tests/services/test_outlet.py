"""What is written below the framework arrives whole, in order, and as frames a client reads."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tornado.iostream import IOStream, StreamClosedError
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from backend.realtime.frames import HEARTBEAT, as_text_frame
from backend.realtime.outlet import Outlet

TIMEOUT_S = 30


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, TIMEOUT_S))


@contextmanager
def connection() -> Iterator[tuple[IOStream, IOStream]]:
    """Both ends of a connection."""
    ours, theirs = map(IOStream, socket.socketpair())
    try:
        yield ours, theirs
    finally:
        ours.close()
        theirs.close()


def frames_in(received: bytes) -> list[Frame]:
    """What a client's own reader makes of it."""
    reader = StreamReader()
    reader.feed_data(received)
    found = []
    while not at_end(reader):
        parsing = Frame.parse(reader.read_exact, mask=False)
        with pytest.raises(StopIteration) as parsed:
            next(parsing)
        found.append(parsed.value.value)
    return found


def at_end(reader: StreamReader) -> bool:
    """Whether nothing is left of what was fed."""
    return len(reader.buffer) == 0


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_text_of_any_size_is_one_valid_frame(size: int) -> None:
    (frame,) = frames_in(as_text_frame(b"x" * size))
    assert (frame.opcode, frame.fin, frame.data) == (Opcode.TEXT, True, b"x" * size)
    assert (frame.rsv1, frame.rsv2, frame.rsv3) == (False, False, False)


def test_a_heartbeat_is_a_text_and_a_ping() -> None:
    text, ping = frames_in(HEARTBEAT.text)
    assert (text.opcode, text.data) == (Opcode.TEXT, b'{"type":"heartbeat"}')
    assert (ping.opcode, ping.data) == (Opcode.PING, b"")


def test_what_a_full_socket_leaves_behind_follows_in_order_with_what_the_framework_sends() -> None:
    async def write() -> None:
        with connection() as (ours, theirs):
            outlet, sent = Outlet(ours), b""
            for number in range(10_000):
                frame = as_text_frame(b"%d " % number * 50)
                sent += frame
                if not outlet.write(frame):
                    break
            pong = b"\x8a\x02ok"
            writing = ours.write(pong)
            last = as_text_frame(b"the last")
            assert not outlet.write(last)
            expected = sent + pong + last
            assert await theirs.read_bytes(len(expected)) == expected
            await outlet.drained()
            await writing
            assert outlet.write(b"again")
            assert await theirs.read_bytes(5) == b"again"

    run(write())


def test_giving_up_the_wait_takes_nothing_from_the_stream() -> None:
    async def wait() -> None:
        with connection() as (ours, theirs):
            outlet, sent = Outlet(ours), 1_000
            while outlet.write(b"x" * 1_000):
                sent += 1_000
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(outlet.drained(), 0.01)
            assert await theirs.read_bytes(sent) == b"x" * sent
            await outlet.drained()
            assert outlet.write(b"x")

    run(wait())


def test_a_connection_that_is_gone_says_so() -> None:
    async def hang_up() -> None:
        with connection() as (ours, theirs):
            outlet = Outlet(ours)
            theirs.close()
            for _ in range(2):
                with pytest.raises(StreamClosedError):
                    outlet.write(b"x")

    run(hang_up())
