"""A hundred watchers who stop reading under a thousand changes a second, among others who read."""

from __future__ import annotations

import time
from pathlib import Path

from tests.bench.changing import PER_SECOND, SHARES, ChangingServer
from tests.bench.crowd import Crowd, Watcher, watching
from tests.bench.figures import Figure
from tests.client import Client

STALLED = 100
OTHERS = 100
STALL_S = 10.0
RECEIVE_BYTES = 32_768
"""The stalled have small buffers of their own, so that what is kept is kept by the server."""
LONGEST_S = 120.0
TOO_SLOW = 4408
CHANGES_TOLD_PER_S = 4


def run(folder: Path) -> list[Figure]:
    """The stalled follow as many shares as one may, each of the others one."""
    env = {"TABLECAST_SUBSCRIBER_STALL_S": str(STALL_S)}
    with ChangingServer(folder, env=env) as server, Client(server.url) as client:
        crowd = Crowd(server.port)
        crowd.join([watching([share_id]) for share_id in SHARES[:OTHERS]])
        others = crowd.watchers.copy()
        crowd.listen(lambda: False, 3)
        crowd.receive_bytes = RECEIVE_BYTES
        crowd.join([watching(SHARES[-128:])] * STALLED)
        stalled = crowd.watchers[OTHERS:]
        before, begun = server.memory(), time.perf_counter()
        crowd.stop_reading(stalled)
        heard = sum(watcher.changes for watcher in others)
        peak, queued = 0, 0
        while subscribers(client) > OTHERS and time.perf_counter() - begun < LONGEST_S:
            crowd.listen(lambda: False, 0.25)
            waiting = waiting_in_kernel(server.port)
            peak = max(peak, server.memory() - before + waiting)
            queued = max(queued, waiting)
        seconds = time.perf_counter() - begun
        heard = sum(watcher.changes for watcher in others) - heard
        crowd.read_on(stalled)
        crowd.listen(lambda: all(watcher.ended for watcher in stalled), 20)
    return figures(stalled, others, peak, queued, seconds, heard)


def figures(
    stalled: list[Watcher],
    others: list[Watcher],
    peak: int,
    queued: int,
    seconds: float,
    heard: int,
) -> list[Figure]:
    """What was seen, beside what was promised."""
    name = f"{STALLED} stalled, {PER_SECOND:,} changes/s"
    told = heard / (OTHERS * seconds * CHANGES_TOLD_PER_S)
    return [
        Figure(f"{name}, memory of each, socket included", peak / STALLED / 1e6, "MB", at_most=1),
        Figure(f"{name}, of it in the socket", queued / STALLED / 1e6, "MB"),
        Figure(f"{name}, all closed after", seconds, "s"),
        Figure(
            f"{name}, closed with {TOO_SLOW}",
            sum(watcher.code == TOO_SLOW for watcher in stalled),
            "",
            at_least=STALLED,
        ),
        Figure(f"{name}, others closed", sum(one.ended for one in others), "", at_most=0),
        Figure(f"{name}, told to others / due to them", told, "×", at_least=0.9),
    ]


def subscribers(client: Client) -> float:
    """How many channels are open."""
    told = client.request("GET", "/metrics").text
    return float(told.split("\ntablecast_subscribers ")[1].split("\n")[0])


def waiting_in_kernel(port: int) -> int:
    """Bytes that the sockets of a server hold for their readers."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    ours = [field[4] for field in fields if int(field[1].split(":")[1], 16) == port]
    return sum(int(queues.split(":")[0], 16) for queues in ours)
