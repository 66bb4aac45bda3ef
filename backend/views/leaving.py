"""A view whose long work is given up when its client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from tornado.iostream import StreamClosedError

from backend.services.compressing import worth_gzip
from backend.services.runner import Runner
from backend.views.base import BaseView

V = TypeVar("V")


class LeavingView(BaseView):
    """A client that waits for seconds often leaves before."""

    _working: asyncio.Task[Any] | None = None
    _left = False

    async def unless_left(self, work: Coroutine[Any, Any, V]) -> V:
        """What `work` gives; cancelled when the client leaves, and StreamClosedError then."""
        task: asyncio.Task[V] = asyncio.ensure_future(work)
        self._working = task
        if self._has_left():
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError as error:
            if not self._left:
                raise
            raise StreamClosedError from error

    async def send_worth(self, body: bytes, etags: Sequence[str], bulk: Runner) -> None:
        """Send a document, with the coding that the client takes if that is worth it.

        `etags`: of the document with that coding, if there is one, and without.
        """
        coding = self.accepted_coding()
        compressed = await bulk.run(worth_gzip, body) if coding else None
        self.set_header("ETag", etags[0] if compressed else etags[-1])
        if compressed:
            self.set_header("Content-Encoding", coding)
        self.send_encoded(compressed or body)

    def _has_left(self) -> bool:
        # Nobody is told where a request and the end of its connection come in one piece.
        stream = getattr(self.request.connection, "stream", None)
        self._left = self._left or stream is None or stream.closed()
        return self._left

    def on_connection_close(self) -> None:
        self._left = True
        if self._working is not None:
            self._working.cancel()
        super().on_connection_close()
