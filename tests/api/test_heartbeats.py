"""A quiet channel says that it lives, and asks whether the other end does."""

from __future__ import annotations

import struct
from contextlib import ExitStack

from tests.api.raw import connected, figure, receive
from tests.api.test_changes import receive as next_of
from tests.api.test_hostile_channel import CLOSE, handshake
from tests.client import Client
from tests.conftest import StartServer


def test_who_answers_pings_stays_and_who_does_not_is_closed(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_HEARTBEAT_S": "0.2"})
    with Client(server.url) as client, ExitStack() as stack:
        share = client.create_ready(b"a\n1\n", "a.csv")
        answering = stack.enter_context(client.changes(share.id))
        silent = stack.enter_context(connected(server))
        silent.sendall(handshake(share.id))
        assert receive(silent).status == 101
        received, closing = b"", struct.pack("!BBH", 0x80 | CLOSE, 2, 4408)
        while not received.endswith(closing):
            next_of(answering, "heartbeat")  # a client that is not read from does not pong
            received += silent.recv(65_536)
        for _ in range(4):
            next_of(answering, "heartbeat")
        assert figure(client, "tablecast_subscribers") == 1
