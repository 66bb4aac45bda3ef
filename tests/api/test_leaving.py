"""Clients that leave, and query processes that hang or die, while summaries and views are asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psutil
import pytest
import requests

from tests.client import API, Client, Created
from tests.conftest import Seeded, StartServer
from tests.durability.waiting import eventually
from tests.server import Server

WORKER = "backend.tables.engine.worker"
PATIENT = {"TABLECAST_QUERY_TIMEOUT_S": "300", "TABLECAST_QUERY_WORKERS": "1"}
TABLE = b"n,word\n" + b"".join(b"%d,w%d\n" % (number, number % 7) for number in range(2_000))


def query_processes(server: Server) -> list[psutil.Process]:
    """The processes that answer queries now."""
    found = []
    for child in server.children():
        with suppress(psutil.Error):
            if WORKER in child.cmdline():
                found.append(child)
    return found


@contextmanager
def held_still(server: Server) -> Iterator[list[psutil.Process]]:
    """The query processes stop where they are, and go on at the end unless they were ended."""
    eventually(lambda: query_processes(server), 30, "no query process has started")
    processes = query_processes(server)
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    yield processes
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)


def ask_and_leave(server: Server, target: str, stay_s: float) -> None:
    """A request whose sender does not wait for the answer."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        threading.Event().wait(stay_s)


@pytest.fixture
def patient(server_with: Callable[..., Server]) -> Server:
    """A server that gives one process all the time for its queries."""
    return server_with(PATIENT)


@pytest.mark.parametrize("target", ["summary?n__gt=5", "rows?sort=-word", "chart?x=word"])
def test_a_client_that_leaves_stops_the_query(patient: Server, target: str) -> None:
    with Client(patient.url) as client:
        share = client.create_ready(TABLE, "table.csv")
        path = f"{API}/shares/{share.id}/{target}"
        with held_still(patient) as stopped:

            def ended() -> bool:
                ask_and_leave(patient, path, 0.5)
                return not stopped[0].is_running()

            # A process that does not heed the interruption is ended, long before its time is up.
            eventually(ended, 60, "the query goes on for nobody")
        assert client.request("GET", path).status_code == 200


def test_whoever_stays_gets_the_answer_that_others_have_left(patient: Server) -> None:
    with Client(patient.url) as client, ThreadPoolExecutor(1) as pool:
        share = client.create_ready(TABLE, "table.csv")
        path = f"{API}/shares/{share.id}/summary"
        with held_still(patient) as stopped:
            staying = pool.submit(client.request, "GET", path)
            for _ in range(5):
                ask_and_leave(patient, path, 0.1)
            assert stopped[0].is_running()
        assert staying.result(60).status_code == 200


def test_the_death_of_a_query_process_costs_a_retry(patient: Server) -> None:
    with Client(patient.url) as client, ThreadPoolExecutor(1) as pool:
        share = client.create_ready(TABLE, "table.csv")
        with client.changes(share.id) as channel:
            json.loads(channel.recv(30))
            with held_still(patient) as stopped:
                asked = pool.submit(client.request, "GET", f"{API}/shares/{share.id}/summary")
                # the answer cannot come before the process is dead
                threading.Event().wait(0.2)
                stopped[0].kill()
            assert asked.result(60).status_code == 200
            channel.ping().wait(30)  # and no watcher has lost its socket


def test_processes_that_are_killed_all_the_time_cost_answers_but_never_the_server(
    start_server: StartServer, seeded: Seeded
) -> None:
    server = start_server()
    with Client(server.url) as client:
        share = client.create_ready(TABLE, "table.csv")
        over = threading.Event()
        with ThreadPoolExecutor(7) as pool, client.changes(share.id) as channel:
            json.loads(channel.recv(30))
            asking = [
                pool.submit(ask_until, over, server, share, seeded.random.randrange(10**6) + turn)
                for turn in range(6)
            ]
            for _ in range(seeded.rounds(12)):
                for process in query_processes(server):
                    process.kill()
                    threading.Event().wait(0.05)
                threading.Event().wait(0.2)
            over.set()
            answered = sum((each.result(120) for each in asking), Counter())
            channel.ping().wait(30)
        assert answered[200]
        assert set(answered) <= {200, 503}
        answer = client.request("GET", f"{API}/shares/{share.id}/summary?n__lt=1000000000")
        assert answer.status_code == 200


def ask_until(over: threading.Event, server: Server, share: Created, first: int) -> Counter[int]:
    """Questions nobody has asked before; how often each status came."""
    answered: Counter[int] = Counter()
    kinds = ("summary?n__lt={}", "rows?sort=-word&n__lt={}", "rows?q=w3&n__lt={}")
    with requests.Session() as session:
        session.trust_env = False
        number = first
        while not over.is_set():
            number += 100
            path = kinds[number % 3].format(number)
            answer = session.get(f"{server.url}{API}/shares/{share.id}/{path}", timeout=120)
            answered[answer.status_code] += 1
            if answer.status_code == 503:
                assert answer.headers["Retry-After"]
                assert answer.json()["code"] == "query_engine_unavailable"
    return answered
