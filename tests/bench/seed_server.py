"""What it grew from, as simple as it can be: the uploaded file as lists of lists in memory."""

from __future__ import annotations

import asyncio
import csv
import io
import sys

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler


class SeedView(RequestHandler):
    """POST replaces the table, GET gives 100 rows of it."""

    rows: list[list[str]] = []  # noqa: RUF012

    def post(self) -> None:
        SeedView.rows = list(csv.reader(io.StringIO(self.request.body.decode())))

    def get(self) -> None:
        offset = int(self.get_argument("offset", "0"))
        self.finish({"rows": SeedView.rows[1:][offset : offset + 100]})


async def serve(port: int) -> None:
    """Serve until killed."""
    application = Application([("/", SeedView)], log_function=lambda _: None)
    server = HTTPServer(application, max_body_size=2**31, max_buffer_size=2**31)
    server.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
