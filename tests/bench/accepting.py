"""A bare Tornado server on a socket that was handed down; it says how many connections it holds."""

from __future__ import annotations

import asyncio
import socket
import sys

from tornado.iostream import IOStream
from tornado.tcpserver import TCPServer


class Holding(TCPServer):
    """Keeps every connection open, and does a little work for each as a hello would."""

    held: list[IOStream]

    async def handle_stream(self, stream: IOStream, _address: object) -> None:
        self.held.append(stream)
        sum(range(20_000))
        await stream.write(b"hello")


async def main() -> None:
    """Hold connections until standard input ends, then print how many."""
    server = Holding()
    server.held = []
    server.add_socket(socket.socket(fileno=int(sys.argv[1])))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    sys.stdout.write(f"{len(server.held)}\n")


if __name__ == "__main__":
    asyncio.run(main())
