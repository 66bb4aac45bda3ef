"""What the death or the stop of a process costs, and what the others make of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.client import API, Client
from tests.durability.waiting import eventually
from tests.nodes.test_two_nodes import next_change, rename
from tests.processes.conftest import COUNT, FEWER, WAIT_S, Processes, clients_of, pids, until
from tests.server import ROOT, Server, answers

CSV = b"a\n1\n"
ROWS = 600_000
LARGE = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(ROWS))


def reader_of(server: Server) -> int | None:
    """The number of the process whose child reads a file just now."""
    for number, pid in pids(server).items():
        with suppress(psutil.NoSuchProcess):
            for folder in server.own("work/*/tmp"):
                if folder.parts[-4].startswith(f"{pid}-"):
                    return number
    return None


def status_of(server: Server) -> int:
    """What a new connection is answered."""
    with Client(server.url) as client:
        return client.request("GET", "/healthz").status_code


@pytest.mark.noisy
def test_a_dead_process_costs_nobody_else_anything(processes: Processes) -> None:
    server = processes.server
    first, second, third = processes
    share = first.create_ready(CSV, "a.csv")
    before = pids(server)
    with second.changes(share.id) as theirs, third.changes(share.id) as ours:
        theirs.recv(WAIT_S)
        ours.recv(WAIT_S)
        os.kill(before[2], signal.SIGKILL)
        with suppress(ConnectionClosed):
            while True:
                theirs.recv(WAIT_S)
        # Nobody is refused meanwhile: whoever comes to the dead one's socket waits for the next.
        with ThreadPoolExecutor(12) as pool:
            assert set(pool.map(lambda _: status_of(server), range(12))) == {200}
        rename(first, share, "after the death")
        assert next_change(ours)["what"] == ["share"]
    until(lambda: len(pids(server)) == COUNT, "it was not started anew")
    after = pids(server)
    assert after[2] != before[2]
    assert (after[1], after[3]) == (before[1], before[3])
    again = clients_of(server)
    with again.clients[1].changes(share.id) as channel:
        channel.recv(WAIT_S)
        version = rename(third, share, "and told again")
        assert next_change(channel)["what"] == ["share"]
        assert again.clients[1].share(share.id)["version"] == version
    # What the dead one has left is gone, what the living have is there.
    owners = {
        int(folder.name.partition("-")[0]) for folder in server.data_dir.glob("processes/*-*")
    }
    assert owners == set(after.values())


@pytest.mark.noisy
def test_the_file_of_a_dead_process_is_read_by_another_and_none_twice(
    processes: Processes,
) -> None:
    server = processes.server
    share = processes.clients[0].create_ready(CSV, "a.csv")
    for number in range(2, 4):
        with Client(server.url) as client:
            client.upload(share, LARGE, "b.csv")
        reader = until(lambda: reader_of(server), "nobody reads")
        assert reader is not None
        os.kill(pids(server)[reader], signal.SIGKILL)
        with Client(server.url) as client:
            client.wait_ready(share.id, number)
            assert client.page(share.id, offset=ROWS - 1)["rows"] == [{"a": ROWS - 1, "b": "x"}]
            assert client.share(share.id)["head"] == number
        until(lambda: len(pids(server)) == COUNT, "it was not started anew")


def test_the_processes_end_with_their_parent(processes: Processes) -> None:
    server = processes.server
    share = processes.clients[0].create_ready(CSV, "a.csv")
    everyone = server.children()
    server.kill()
    psutil.wait_procs(everyone, WAIT_S)
    assert not [child for child in everyone if child.is_running()]
    server.start()
    with Client(server.url) as client:
        assert client.page(share.id)["rows"] == [{"a": 1}]


def test_a_stop_says_bye_to_all_and_finishes_what_is_under_way(processes: Processes) -> None:
    server = processes.server
    share = processes.clients[0].create_ready(CSV, "a.csv")
    half, stopping = threading.Barrier(COUNT + 1), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield LARGE[:2_000_000]
        half.wait(WAIT_S)
        assert stopping.wait(WAIT_S)
        yield LARGE[2_000_000:]

    def upload(client: Client) -> tuple[int, str]:
        answer = client.request("POST", f"{API}/shares?filename=a.csv", data=pieces())
        return answer.status_code, answer.json()["id"]

    with ExitStack() as stack, ThreadPoolExecutor(COUNT) as pool:
        channels = [stack.enter_context(client.changes(share.id)) for client in processes]
        for channel in channels:
            channel.recv(WAIT_S)
        uploading = [pool.submit(upload, client) for client in processes]
        half.wait(WAIT_S)
        eventually(
            lambda: (
                sum(path.stat().st_size > 0 for path in server.own("spool/incoming-*")) == COUNT
            ),
            WAIT_S,
            "nothing of them has arrived",
        )
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        for number in pids(server).values():
            os.kill(number, signal.SIGTERM)  # as a service manager does that tells all of them
        byes = [json.loads(channel.recv(WAIT_S)) for channel in channels]
        eventually(lambda: not answers(server.port), WAIT_S, "it still takes connections")
        stopping.set()
        made = [future.result(WAIT_S) for future in uploading]
    assert [(bye["type"], bye["code"]) for bye in byes] == [("bye", 1012)] * COUNT
    assert all(bye["retry_ms"][1] > 0 for bye in byes)
    assert [status for status, _ in made] == [201] * COUNT
    assert server.process.wait(WAIT_S) == 0
    server.process = None
    assert not list(server.data_dir.glob("processes/*-*"))
    server.start()
    with Client(server.url) as client:
        for _, share_id in made:
            client.wait_ready(share_id, 1)
            assert client.original(share_id, 1) == LARGE


def test_a_port_that_is_taken_is_said_and_not_shared(processes: Processes) -> None:
    server = processes.server
    other = {**os.environ, **FEWER, "TABLECAST_PORT": str(server.port)}
    told = subprocess.run(
        [sys.executable, "-m", "backend"],
        cwd=ROOT,
        env={**other, "TABLECAST_DATA_DIR": str(server.folder / "other")},
        capture_output=True,
        timeout=60,
    )
    assert told.returncode == 1
    assert b"Cannot listen on 127.0.0.1" in told.stderr
