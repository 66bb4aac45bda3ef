"""The two clients people use, over a bad network: cut at any byte, they bring every byte."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from tests.client import Client
from tests.conftest import Seeded
from tests.server import ROOT, Server
from tests.tus.cutting import BadNetwork, Cut
from tests.tus.speaking import UPLOADS, table

NODE = Path(sys.executable).with_name("node")
MIB = 1024 * 1024


def cuts(chance: random.Random, size: int, times: int) -> Iterator[Cut]:
    """Some connections are cut on the way there, some on the way back, at any byte."""
    for _ in range(times):
        if chance.random() < 0.25:
            # An end of the stream within the headers would look like the end of the headers.
            yield Cut(answered=chance.randrange(1, 700), abruptly=True)
        else:
            yield Cut(sent=chance.randrange(1, max(2, size // 2)), abruptly=chance.random() < 0.5)


def upload_with_tuspy(url: str, content: bytes, **options: Any) -> str:
    """Upload as a patient program would: what fails is tried again from where it stands."""
    uploader = TusClient(url + UPLOADS).uploader(
        file_stream=io.BytesIO(content), metadata={"filename": "table.csv"}, **options
    )
    for _ in range(200):
        try:
            if uploader.url:
                uploader.offset = uploader.get_offset()
            uploader.upload()
        except (TusCommunicationError, TusUploadFailed):
            continue
        return str(uploader.url)
    raise AssertionError("the upload does not come to an end")


def until_cut(network: Callable[[], BadNetwork], sent: int) -> Iterator[Cut]:
    """One cut, of the first connection that sends so much."""
    while not network().cut:
        yield Cut(sent=sent)


def check(client: Client, state_path: str, content: bytes) -> None:
    """The upload is a ready revision with these bytes."""
    state = client.request("GET", state_path).json()
    assert (state["offset"], state["revision"]) == (len(content), 1)
    revision = client.wait_ready(state["share"], 1)
    assert revision["sha256"] == hashlib.sha256(content).hexdigest()
    assert client.original(state["share"], 1) == content


@pytest.mark.parametrize("chunk_size", [150_000, 2**62])
def test_tuspy_cut_at_any_byte(any_server: Server, seeded: Seeded, chunk_size: int) -> None:
    for turn in range(seeded.rounds(3)):
        chance = random.Random(f"{seeded.seed}/{turn}/{chunk_size}")
        content = table(chance, chance.randrange(1, 3 * MIB))
        with (
            BadNetwork(any_server.port, cuts(chance, len(content), 12)) as network,
            Client(any_server.url) as client,
        ):
            url = upload_with_tuspy(network.url, content, chunk_size=chunk_size)
            check(client, "/api" + url.partition("/api")[2], content)


def upload_with_js(url: str, path: Path, memory: Path, *more: str) -> subprocess.Popen[str]:
    """The other client, in a process of its own."""
    command = [str(NODE), "tests/tus/resume.mjs", url + UPLOADS, str(path), str(memory), *more]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it says in the end; it must have brought everything."""
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    answer = json.loads(output)
    assert isinstance(answer, dict)
    return answer


def test_tus_js_client_cut_at_any_byte(any_server: Server, tmp_path: Path, seeded: Seeded) -> None:
    for turn in range(seeded.rounds(3)):
        chance = random.Random(f"{seeded.seed}/{turn}")
        content = table(chance, chance.randrange(MIB, 3 * MIB))
        path = tmp_path / f"{turn}.csv"
        path.write_bytes(content)
        with (
            BadNetwork(any_server.port, cuts(chance, len(content), 6)) as network,
            Client(any_server.url) as client,
        ):
            answer = told(upload_with_js(network.url, path, tmp_path / f"{turn}.json"))
            check(client, "/api" + answer["url"].partition("/api")[2], content)


def test_tus_js_client_learns_the_share_and_its_token(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n1,2\n")
    first = told(upload_with_js(server.url, path, tmp_path / "memory.json"))
    share = first["begun"]["share"]["id"]
    assert first["revision"] == 1
    token = first["begun"]["edit_token"]
    again = told(upload_with_js(server.url, path, tmp_path / "memory.json", share, token))
    assert (again["begun"]["share"]["id"], again["begun"]["edit_token"]) == (share, None)
    assert again["revision"] == 2


def test_a_client_that_was_killed_goes_on_where_it_was(
    any_server: Server, tmp_path: Path, seeded: Seeded
) -> None:
    content = table(seeded.random, 4 * MIB)
    path, memory = tmp_path / "table.csv", tmp_path / "memory.json"
    path.write_bytes(content)
    stop_at = seeded.random.randrange(MIB, 3 * MIB)
    running: list[subprocess.Popen[str]] = []
    with BadNetwork(
        any_server.port,
        until_cut(lambda: network, stop_at),
        # the whole group: the program `node` only starts the real one
        on_cut=lambda: os.killpg(running[0].pid, signal.SIGKILL),
    ) as network:
        running.append(upload_with_js(network.url, path, memory))
        running[0].communicate(timeout=60)
        url = json.loads(memory.read_text()).popitem()[1]["uploadUrl"]
        answer = told(upload_with_js(network.url, path, memory))
    assert answer["url"] == url
    assert answer["begun"] is None  # it went on, and did not begin anew
    with Client(any_server.url) as client:
        check(client, "/api" + url.partition("/api")[2], content)


@pytest.mark.parametrize("kind", ["tuspy", "tus-js-client"])
def test_a_server_killed_mid_way_and_started_again(
    any_fresh_server: Server, tmp_path: Path, seeded: Seeded, kind: str
) -> None:
    content = table(seeded.random, 6 * MIB)
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    stop_at = seeded.random.randrange(2 * MIB, 5 * MIB)

    def restart() -> None:
        any_fresh_server.kill()
        any_fresh_server.start()

    with BadNetwork(
        any_fresh_server.port, until_cut(lambda: network, stop_at), on_cut=restart
    ) as network:
        if kind == "tuspy":
            url = upload_with_tuspy(network.url, content)
        else:
            url = told(upload_with_js(network.url, path, tmp_path / "memory.json"))["url"]
        assert network.cut == 1
    with Client(any_fresh_server.url) as client:
        check(client, "/api" + url.partition("/api")[2], content)
