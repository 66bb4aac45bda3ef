"""The limit of a hot page: a Tornado handler that does nothing but send the same bytes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tornado.web import Application, RequestHandler


class BareView(RequestHandler):
    """Sends the body it was given."""

    body = b""

    def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(self.body)


async def serve(port: int, body: bytes) -> None:
    """Serve until killed."""
    BareView.body = body
    Application([("/", BareView)], log_function=lambda _: None).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
