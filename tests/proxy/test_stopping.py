"""How a node that stops treats the connections that a proxy has with it."""

from __future__ import annotations

import http.client
import json
import os
import signal
from contextlib import closing

from tests.client import API
from tests.conftest import StartServer
from tests.server import Server

CSV = b"a\n1\n"


def connected(port: int) -> http.client.HTTPConnection:
    """A connection that waits for nothing longer than a minute."""
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def test_a_kept_connection_is_answered_until_the_end_and_then_closed(
    start_server: StartServer,
) -> None:
    node = start_server(database_url="")
    with (
        closing(connected(node.port)) as kept,
        closing(connected(node.port)) as sending,
        closing(connected(node.port)) as waiting,
    ):
        stop_meanwhile(node, kept, sending, waiting)


def stop_meanwhile(
    node: Server,
    kept: http.client.HTTPConnection,
    sending: http.client.HTTPConnection,
    waiting: http.client.HTTPConnection,
) -> None:
    """Stop a node while it has one connection of each kind."""
    kept.request("GET", "/healthz")
    first = kept.getresponse()
    assert (first.read()[:13], first.getheader("Connection")) == (b'{"status":"ok', None)

    # Something is under way: the node does not end before it is done.
    sending.putrequest("POST", f"{API}/shares?filename=a.csv")
    sending.putheader("Content-Length", str(len(CSV)))
    sending.endheaders(CSV[:1])
    kept.request("GET", "/metrics")
    while b"tablecast_requests_under_way 2.0" not in kept.getresponse().read():
        kept.request("GET", "/metrics")

    # It sleeps while it is told to stop and while somebody comes who is not accepted yet.
    assert node.process is not None
    os.kill(node.process.pid, signal.SIGSTOP)
    waiting.request("GET", "/healthz")
    os.kill(node.process.pid, signal.SIGTERM)
    os.kill(node.process.pid, signal.SIGCONT)
    let_in = waiting.getresponse()
    assert (let_in.status, let_in.read()[:13]) == (200, b'{"status":"ok')

    last = ask_until_refused(kept)
    assert last.getheader("Connection") == "close"
    sending.send(CSV[1:])
    made = sending.getresponse()
    assert (made.status, json.loads(made.read())["latest"]) == (201, 1)
    assert node.process.wait(60) == 0
    node.process = None


def ask_until_refused(kept: http.client.HTTPConnection) -> http.client.HTTPResponse:
    """Ask again over one connection until an answer says that it was the last."""
    while True:
        kept.request("GET", "/healthz")
        answer = kept.getresponse()
        answer.read()
        assert answer.status == 200
        if answer.getheader("Connection") == "close":
            return answer
