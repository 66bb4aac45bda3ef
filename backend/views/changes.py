"""The change channel: a WebSocket on which only the server speaks."""

from __future__ import annotations

from collections.abc import Sequence

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from backend.errors import InvalidParameterError, UnavailableError, UpgradeRequiredError
from backend.operations import operation
from backend.realtime.frames import POLICY, SUBPROTOCOL
from backend.realtime.hub import Hub, Subscriber
from backend.schemas.service import ChangesQuerySchema
from backend.views.base import BaseView


class ChangesView(BaseView, WebSocketHandler):
    """One subscriber, whatever its origin: it hears what anyone may view."""

    hub: Hub
    subscriber: Subscriber | None = None

    @operation(
        summary="Follow changes of shares over a WebSocket",
        description="Subprotocol `tablecast.changes.v1`. Frames are described in docs/api.md.",
        tag="changes",
        query=ChangesQuerySchema,
        status=101,
        errors=(InvalidParameterError, UpgradeRequiredError, UnavailableError),
    )
    async def get(self) -> None:
        self.watched = self.wanted_shares()
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            detail = "Connect with a WebSocket client, or read the share again now and then."
            raise UpgradeRequiredError(detail, headers={"Upgrade": "websocket"})
        self.hub.admit()
        await WebSocketHandler.get(self)

    def wanted_shares(self) -> list[str]:
        """The share ids of the query, each at most once."""
        arguments = dict(self.request.query_arguments)
        given = arguments.pop("share", [])
        if arguments:
            raise InvalidParameterError(f"{min(arguments)}: Unknown field.")
        shares = list(dict.fromkeys(value.decode("utf-8", "replace") for value in given))
        limit = self.config.max_shares_per_channel
        if not 1 <= len(shares) <= limit:
            raise InvalidParameterError(f"share: name 1 to {limit} shares, as in ?share=a&share=b.")
        return shares

    def check_origin(self, _origin: str) -> bool:
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def get_compression_options(self) -> None:
        return None

    async def open(self, *_args: str, **_kwargs: str) -> None:
        # The request is answered; a stop does not wait for those who watch.
        self.traffic.end("GET", 101, self.request.request_time())
        await self.subscribe(self.watched)

    async def subscribe(self, shares: Sequence[str]) -> None:
        """Join the hub, unless the client is gone before it heard hello."""
        try:
            self.subscriber = await self.hub.subscribe(self, shares)
        except WebSocketClosedError:
            return
        if self.ws_connection is None:
            self.hub.unsubscribe(self.subscriber)

    async def send(self, frame: bytes) -> None:
        """Send one text frame; done when the socket can take another."""
        await self.write_message(frame.decode("ascii"))

    def on_message(self, _message: str | bytes) -> None:
        self.close(POLICY, "only the server speaks here")

    def on_close(self) -> None:
        if self.subscriber is not None:
            self.hub.unsubscribe(self.subscriber)

    def on_finish(self) -> None:
        if self.ws_connection is None:
            super().on_finish()
