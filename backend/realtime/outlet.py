"""The one place that writes to sockets below the framework: ready bytes, to thousands of them."""

from __future__ import annotations

import asyncio
from asyncio import Future

from tornado.iostream import IOStream, StreamClosedError


class Outlet:
    """Writes whole frames to a stream of Tornado's whose reading side stays as it is.

    `WebSocketHandler.write_message` encodes each message anew and makes a task and two futures
    for it. Here a frame that the socket takes at once costs one system call; only what stays
    behind goes through the stream, which writes it, in order, as soon as the socket can take it.
    """

    __slots__ = ("_rest", "_stream")

    def __init__(self, stream: IOStream) -> None:
        self._stream = stream
        self._rest: Future[None] | None = None

    def write(self, data: bytes) -> bool:
        """Write it all, now or in time; whether all of it left at once. StreamClosedError."""
        stream = self._stream
        if stream.closed():
            raise StreamClosedError(real_error=stream.error)
        sent = 0
        # Behind what waits already, such as half a frame or a pong, it has to wait, too.
        if not stream.writing():
            try:
                sent = stream.socket.send(data)
            except BlockingIOError:
                pass
            except OSError as error:
                stream.close(error)
                raise StreamClosedError(real_error=error) from error
        if sent == len(data):
            return True
        self._rest = stream.write(memoryview(data)[sent:])
        return False

    async def drained(self) -> None:
        """Done when everything written has left. StreamClosedError."""
        if self._rest is not None:
            # Whoever waits no longer must not take the stream's future along.
            await asyncio.shield(self._rest)
            self._rest = None
