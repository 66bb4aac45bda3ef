"""The change channel: a WebSocket on which only the server speaks."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence

from tornado.web import RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from backend.errors import (
    BadRequestError,
    UnavailableError,
    UpgradeRequiredError,
)
from backend.operations import operation
from backend.schemas.service import ChangesQuerySchema
from backend.services.following import (
    POLICY,
    SUBPROTOCOL,
    TRY_LATER,
    FollowingService,
    Subscriber,
)
from backend.views.base import BaseView

KEY = re.compile(r"[A-Za-z0-9+/]{22}==")


class ChangesView(BaseView, WebSocketHandler):
    """One subscriber, whatever its origin: it hears what anyone may view."""

    following: FollowingService
    subscriber: Subscriber | None = None

    @operation(
        summary="Follow changes of shares over a WebSocket",
        description="Subprotocol `tablecast.changes.v1`. Frames are described in docs/api.md.",
        tag="changes",
        query=ChangesQuerySchema,
        status=101,
        errors=(BadRequestError, UpgradeRequiredError),
    )
    async def get(self) -> None:
        self.watched = self.following.chosen(self.load_query()["share"])
        self.require_upgrade()
        self.following.admit()
        await WebSocketHandler.get(self)

    def require_upgrade(self) -> None:
        """Refuse what is no opening handshake (RFC 6455, section 4.2.1) before the framework."""
        headers = self.request.headers
        tokens = [token.strip().lower() for token in headers.get("Connection", "").split(",")]
        if (
            self.request.method != "GET"
            or self.request.version == "HTTP/1.0"
            or headers.get("Upgrade", "").lower() != "websocket"
            or "upgrade" not in tokens
            or headers.get("Sec-WebSocket-Version") != "13"
        ):
            detail = "Connect with a WebSocket client, or read the share again now and then."
            told = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
            raise UpgradeRequiredError(detail, headers=told)
        if KEY.fullmatch(headers.get("Sec-WebSocket-Key", "")) is None:
            raise BadRequestError("A Sec-WebSocket-Key is 16 bytes in base64.")
        # Every origin may listen: the framework need not look where the request came from.
        headers.pop("Sec-Fetch-Site", None)

    def check_origin(self, _origin: str) -> bool:
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def get_compression_options(self) -> None:
        return None

    async def open(self, *_args: str, **_kwargs: str) -> None:
        self.notice_death()
        await self.subscribe(self.watched)

    def notice_death(self) -> None:
        """Have the kernel end a connection whose peer is gone, instead of trying for long."""
        wait_ms = round(self.config.subscriber_stall_s * 1000)
        option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux alone has it
        stream = getattr(self.ws_connection, "stream", None)
        if option is not None and stream is not None and not stream.closed():
            stream.socket.setsockopt(socket.IPPROTO_TCP, option, wait_ms)

    async def subscribe(self, shares: Sequence[str]) -> None:
        """Join the hub, unless the client is gone before it heard hello."""
        try:
            self.subscriber = await self.following.join(self, shares)
        except WebSocketClosedError:
            return
        except UnavailableError:
            self.close(TRY_LATER, "the database does not answer")
            return
        if self.ws_connection is None:
            self.following.leave(self.subscriber)

    async def send(self, frame: bytes) -> None:
        """Send one text frame; done when the socket can take another."""
        await self.write_message(frame.decode("ascii"))

    def on_message(self, _message: str | bytes) -> None:
        self.close(POLICY, "only the server speaks here")

    def on_close(self) -> None:
        if self.subscriber is not None:
            self.following.leave(self.subscriber)

    def on_connection_close(self) -> None:
        # A WebSocket's own way to close does not tell the request whose body is cut.
        RequestHandler.on_connection_close(self)
        super().on_connection_close()
