"""Several processes on one machine: how evenly they are given connections, what it costs that they
hear each other's commits through SQLite, and how soon they do."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
from tornado.netutil import bind_sockets

from tests.bench.figures import Figure
from tests.bench.readers import percentile
from tests.client import API, Client, Created
from tests.processes.conftest import ProcessClient, pids
from tests.server import ROOT, Server

PROCESSES = 4
CONNECTIONS = 1_000
CHANGES = 300
WRITERS = 4
SECONDS = 4.0
IDLE_S = 10.0


def run(folder: Path) -> list[Figure]:
    """A server of one process, and one of two, on SQLite; sockets of their own beside a shared."""
    several = {"TABLECAST_PROCESSES": "2", "TABLECAST_CHANGE_INTERVAL_S": "0"}
    with Server(folder / "one") as alone, Server(folder / "two", env=several) as two:
        with ProcessClient(two, 1) as first, ProcessClient(two, 2) as second:
            waits = across(first, second)
        idle = idle_share(list(pids(two).values()))
        assert alone.process is not None
        idle_alone = idle_share([alone.process.pid])
        told, quiet = renames_per_second(two), renames_per_second(alone)
    return [
        Figure(
            "SQLite: a change on one process, told on another, p50", percentile(waits, 0.5), "ms"
        ),
        Figure(
            "SQLite: a change on one process, told on another, p99", percentile(waits, 0.99), "ms"
        ),
        Figure("a process that only listens for commits", idle * 100, "% core"),
        Figure("a process that is alone and idle", idle_alone * 100, "% core"),
        Figure(f"changes by {WRITERS} writers, two processes", told, "1/s"),
        Figure(f"changes by {WRITERS} writers, one process", quiet, "1/s"),
        *(
            Figure(
                f"fullest of {PROCESSES} processes / mean, {kind}", fullest(shared, pause_s), "×"
            )
            for kind, shared, pause_s in (
                ("sockets of their own, in a rush", False, 0.0),
                ("sockets of their own, one by one", False, 0.002),
                ("one shared socket, in a rush", True, 0.0),
                ("one shared socket, one by one", True, 0.002),
            )
        ),
    ]


def across(here: ProcessClient, there: ProcessClient) -> list[float]:
    """Milliseconds from a request to one process to the frame of the other, ascending."""
    share = here.create_ready(b"a\n1\n", "a.csv")
    waits = []
    with there.changes(share.id) as channel:
        for number in range(CHANGES):
            begun = time.perf_counter()
            rename(here, share, number)
            while json.loads(channel.recv(30))["type"] != "change":
                pass
            waits.append((time.perf_counter() - begun) * 1_000)
            time.sleep(0.01)
    return sorted(waits)


def rename(client: Client, share: Created, number: int) -> None:
    """Give a share another title."""
    headers = {"Authorization": f"Bearer {share.token}"}
    body = {"title": f"title {number}"}
    client.request(
        "PATCH", f"{API}/shares/{share.id}", json=body, headers=headers
    ).raise_for_status()


def renames_per_second(server: Server) -> float:
    """What clients of shares of their own change, wherever their connections lead."""
    ends = time.perf_counter() + SECONDS
    done = [0] * WRITERS

    def write(writer: int) -> None:
        with Client(server.url) as client:
            share = client.create_ready(b"a\n1\n", "a.csv")
            while time.perf_counter() < ends:
                rename(client, share, done[writer])
                done[writer] += 1

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / SECONDS


def idle_share(processes: list[int]) -> float:
    """The share of a core that each of them takes while nobody asks for anything."""
    before = cpu_of(processes)
    time.sleep(IDLE_S)
    return (cpu_of(processes) - before) / IDLE_S / len(processes)


def cpu_of(processes: list[int]) -> float:
    """The seconds they have computed."""
    times = [psutil.Process(pid).cpu_times() for pid in processes]
    return float(sum(one.user + one.system for one in times))


def fullest(shared: bool, pause_s: float) -> float:
    """How many connections the fullest of some bare servers gets, over their mean."""
    (first,) = bind_sockets(0, "127.0.0.1", backlog=4_096, reuse_port=not shared)
    port = first.getsockname()[1]
    others = [first] * (PROCESSES - 1)
    if not shared:
        others = [
            bind_sockets(port, "127.0.0.1", backlog=4_096, reuse_port=True)[0] for _ in others
        ]
    with ExitStack() as stack:
        servers = [holding(listening, stack) for listening in (first, *others)]
        for _ in range(CONNECTIONS):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            time.sleep(pause_s)
        time.sleep(1)
        held = [int(server.communicate()[0]) for server in servers]
        for listening in {first, *others}:
            listening.close()
    return max(held) / (sum(held) / PROCESSES)


def holding(listening: socket.socket, stack: ExitStack) -> subprocess.Popen[str]:
    """A bare server on a socket, once it is there."""
    server = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.accepting", str(listening.fileno())],
            cwd=ROOT,
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    return server
