"""The change channel, on which only the server speaks: WebSocket, event stream or long poll."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from typing import Any

from tornado.httputil import HTTPHeaders
from tornado.iostream import IOStream, StreamClosedError
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from backend.errors import (
    BadRequestError,
    UnavailableError,
    UpgradeRequiredError,
)
from backend.operations import operation
from backend.schemas.changes import ChangesQuerySchema, StandingsSchema
from backend.services.following import (
    GOING_AWAY,
    POLICY,
    SUBPROTOCOL,
    TRY_LATER,
    FollowingService,
    Frame,
    Outlet,
    Poll,
    Subscriber,
)
from backend.views.base import BaseView
from backend.views.event_stream import EventStream

DESCRIPTION = (
    "One channel in three forms. With an opening handshake: a WebSocket, subprotocol "
    "`tablecast.changes.v1`. With `Accept: text/event-stream`: the same frames as server-sent "
    "events. Else a long poll: one answer, at once when a share's seq is not the one in `since`, "
    "otherwise at the first change or after `wait` seconds. /asyncapi.yaml describes the frames."
)
KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
UNANSWERED_PINGS = 2
KERNEL_GRACE_S = 30.0
NO_HEADERS = HTTPHeaders()


class ChangesView(BaseView, WebSocketHandler):
    """One subscriber, whatever its origin: it hears what anyone may view."""

    following: FollowingService
    is_viewer = True
    subscriber: Subscriber | None = None
    channel: EventStream | Poll | None = None
    outlet: Outlet
    unanswered = 0

    @operation(
        summary="Follow changes of shares",
        description=DESCRIPTION,
        tag="changes",
        query=ChangesQuerySchema,
        response=StandingsSchema,
        also_produces=("text/event-stream",),
        errors=(BadRequestError, UpgradeRequiredError),
    )
    async def get(self) -> None:
        asked = self.load_query()
        if "wait" not in self.request.query_arguments:  # nobody's wish: a server may wait less
            asked["wait"] = min(asked["wait"], self.config.max_wait_s)
        self.watched = self.following.chosen(asked["share"], asked["since"], asked["wait"])
        for share_id, seq in (asked["since"] or {}).items():
            self.metadata.know_of(share_id, seq)
        if self.is_handshake():
            self.require_upgrade()
            self.following.admit()
            await WebSocketHandler.get(self)
        elif self.wants_events():
            await self.stream()
        else:
            await self.poll(asked)

    async def stream(self) -> None:
        """Send events for as long as the client listens."""
        self.channel = EventStream(self)
        async with self.following.along(self.channel, self.watched):
            self.bound(getattr(self.request.connection, "stream", None))
            self.shed()
            await self.channel.until_ended()

    async def poll(self, asked: dict[str, Any]) -> None:
        """Answer once: at the first news, or when the wait is over."""
        self.channel = Poll(asked["since"])
        wait = 0 if self.request.method == "HEAD" else asked["wait"]
        async with self.following.along(self.channel, self.watched):
            answer = await self.channel.answer(wait)
        self.send_encoded(answer)

    def is_handshake(self) -> bool:
        """Whether a WebSocket is wanted, however badly it is asked for."""
        headers = self.request.headers
        return any(name in headers for name in ("Upgrade", "Sec-WebSocket-Key"))

    def wants_events(self) -> bool:
        """Whether the client asks for server-sent events, and for a body at all."""
        accepted = self.request.headers.get("Accept", "")
        return "text/event-stream" in accepted and self.request.method == "GET"

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
        stream = getattr(self.ws_connection, "stream", None)
        if stream is None:
            return
        self.bound(stream)
        self.outlet = Outlet(stream)
        self.shed()
        self.request.connection = None
        await self.subscribe(self.watched)

    def shed(self) -> None:
        """Let go of what only the beginning needed: a sixth of the memory of who watches."""
        request = self.request
        request.headers = NO_HEADERS
        for arguments in (request.arguments, request.query_arguments, request.body_arguments):
            arguments.clear()
        self._headers = NO_HEADERS

    def bound(self, stream: IOStream | None) -> None:
        """Bound what the kernel keeps for a slow peer, and how long it tries for a dead one."""
        if stream is None or stream.closed():
            return
        stream.set_nodelay(True)
        peer = stream.socket
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.config.subscriber_buffer_bytes)
        option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux alone has it
        if option is not None:
            # The hub goes first, where it can: it says why. The kernel counts from the moment at
            # which the other end takes no more, the hub from when our buffer is full as well.
            wait_ms = round(1_000 * (self.config.subscriber_stall_s + KERNEL_GRACE_S))
            peer.setsockopt(socket.IPPROTO_TCP, option, wait_ms)

    async def subscribe(self, shares: Sequence[str]) -> None:
        """Join the hub, unless the client is gone before it heard hello."""
        try:
            self.subscriber = await self.following.join(self, shares)
        except StreamClosedError:
            return
        except UnavailableError:
            self.close(TRY_LATER, "the database does not answer")
            return
        if self.ws_connection is None:
            self.following.leave(self.subscriber)

    def send(self, frame: Frame) -> bool:
        """Send one text frame; whether the socket can take another."""
        return self.outlet.write(frame.text)

    async def drained(self) -> None:
        """Done when the socket can take another frame."""
        await self.outlet.drained()

    def answers(self) -> bool:
        """Whether one of the last pings, one with each heartbeat, was answered."""
        self.unanswered += 1
        return self.unanswered <= UNANSWERED_PINGS

    def on_pong(self, _data: bytes) -> None:
        self.unanswered = 0

    def on_message(self, _message: str | bytes) -> None:
        # nothing may follow the frame that closes
        self.leave()
        self.close(POLICY, "only the server speaks here")

    def leave(self) -> None:
        """Be told nothing more."""
        if self.subscriber is not None:
            self.following.leave(self.subscriber)

    def on_close(self) -> None:
        self.leave()
        if self.channel is not None:
            self.channel.close(GOING_AWAY)

    def on_connection_close(self) -> None:
        # A WebSocket's own way to close does not tell the request whose body is cut.
        RequestHandler.on_connection_close(self)
        super().on_connection_close()
