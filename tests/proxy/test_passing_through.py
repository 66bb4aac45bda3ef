"""Channels, uploads and downloads through a real nginx: nothing is held back or written down."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.client import API, Client, Created
from tests.proxy.conftest import Behind
from tests.proxy.nginx import Nginx
from tests.proxy.test_caching import until

CSV = b"a\n1\n"
MIB = 1024 * 1024
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def share(behind: Behind) -> Created:
    """A share with one revision."""
    return behind.client.create_ready(CSV, "a.csv")


def rename(client: Client, share: Created, title: str) -> int:
    """Give a share another title; its version then."""
    headers = {"Authorization": f"Bearer {share.token}"}
    path = f"{API}/shares/{share.id}"
    answer = client.request("PATCH", path, json={"title": title}, headers=headers)
    answer.raise_for_status()
    return int(answer.json()["version"])


def test_every_form_of_the_channel_tells_what_either_node_commits(
    behind: Behind, share: Created
) -> None:
    channel = f"{API}/changes?share={share.id}"
    events = behind.client.request(
        "GET", channel, headers={"Accept": "text/event-stream"}, stream=True
    )
    told = events.iter_lines(chunk_size=1)
    with events, behind.client.changes(share.id) as socket:
        assert next_event(told)["type"] == json.loads(socket.recv(30))["type"] == "hello"
        for node in (behind.a, behind.b):
            seq = behind.client.request("GET", channel + "&wait=0").json()["shares"][share.id][
                "seq"
            ]
            with Client(node.url) as client:
                rename(client, share, f"by {node.port}")
            change = next_frame(socket)
            assert (change["type"], change["what"]) == ("change", ["share"])
            assert next_event(told)["seq"] == change["seq"] > seq
            polled = behind.client.request("GET", f"{channel}&since={share.id}:{seq}&wait=30")
            assert polled.json()["shares"][share.id]["seq"] == change["seq"]


def next_event(lines: Iterator[bytes]) -> dict[str, object]:
    """The next frame of an event stream, without those that come by the clock."""
    for line in lines:
        if line.startswith(b"data: "):
            frame = json.loads(line.removeprefix(b"data: "))
            if frame["type"] in ("hello", "change"):
                return dict(frame)
    raise AssertionError("the stream ended")


def next_frame(socket: object) -> dict[str, object]:
    """The same of a WebSocket."""
    while True:
        frame = json.loads(socket.recv(30))  # type: ignore[attr-defined]
        if frame["type"] in ("hello", "change"):
            return dict(frame)


def test_heartbeats_come_one_by_one(behind: Behind, share: Created) -> None:
    channel = f"{API}/changes?share={share.id}"
    headers = {"Accept": "text/event-stream"}
    with behind.client.request("GET", channel, headers=headers, stream=True) as events:
        pieces = events.raw.stream(64, decode_content=False)
        got = b""
        while got.count(b'"heartbeat"') < 2:  # a proxy that gathers a buffer first has none yet
            got += next(pieces)
    assert len(got) < 1_000


def under_way(behind: Behind) -> int:
    """How many requests the nodes work on, without those that ask for this."""
    found = 0
    for node in (behind.a, behind.b):
        figures = requests.get(f"{node.url}/metrics", timeout=30).text
        told = re.search(r"^tablecast_requests_under_way (\S+)$", figures, re.MULTILINE)
        assert told
        found += round(float(told[1])) - 1
    return found


def test_a_large_file_flows_to_a_node_while_it_is_sent_and_comes_back_whole(
    behind: Behind,
) -> None:
    piece, pieces = os.urandom(MIB), 128
    digest = hashlib.sha256()
    seen: list[int] = []

    def body() -> Iterator[bytes]:
        for number in range(pieces):
            if number == pieces // 2:
                until(lambda: under_way(behind) >= 1)
                seen.append(number)
            digest.update(piece)
            yield piece

    answer = behind.client.request(
        "POST",
        f"{API}/shares?filename=noise.bin",
        data=body(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert (answer.status_code, seen) == (201, [pieces // 2])
    share = answer.json()["id"]
    original = f"{API}/shares/{share}/revisions/1/original"
    with behind.client.request("GET", original, stream=True) as download:
        back = hashlib.sha256()
        for part in download.iter_content(MIB):
            back.update(part)
    assert back.hexdigest() == digest.hexdigest()
    part = behind.client.request("GET", original, headers={"Range": f"bytes={3 * MIB - 5}-"})
    assert (part.status_code, len(part.content)) == (206, (pieces - 3) * MIB + 5)
    assert part.content[:10] == piece[-5:] + piece[:5]
    stale = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert behind.client.request("HEAD", original, headers=stale).status_code == 200


def test_an_interrupted_upload_goes_on_at_any_node(behind: Behind) -> None:
    rows = b"a,b\n" + b"".join(b"%d,some text\n" % n for n in range(220_000))
    name = base64.b64encode(b"rows.csv").decode()
    made = behind.client.request(
        "POST",
        f"{API}/uploads",
        headers={**TUS, "Upload-Length": str(len(rows)), "Upload-Metadata": f"filename {name}"},
    )
    assert made.status_code == 201, made.text
    address = made.headers["Location"].removeprefix(behind.nginx.url)
    offset = 0
    for cut in (1_200_000, 2_400_000):
        before = offset
        while offset == before:  # nginx may let go of all that it has yet to pass on
            send_part(behind, address, rows[offset:], offset, cut - offset)
            time.sleep(0.05)
            offset = stands_at(behind, address)
            assert before <= offset <= cut
    while True:
        patched = behind.client.request(
            "PATCH", address, data=rows[offset:], headers=part_headers(offset)
        )
        if patched.status_code not in (409, 423):
            break
        offset = stands_at(behind, address)  # the end of the part before came in late
    assert patched.status_code in (200, 204), patched.text
    share = made.json()["share"]["id"] if made.content else patched.json()["share"]["id"]
    behind.client.wait_ready(share, 1)
    assert behind.client.original(share, 1) == rows


def part_headers(offset: int) -> dict[str, str]:
    """What a PATCH of a resumable upload says."""
    return {
        **TUS,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }


def send_part(behind: Behind, address: str, rest: bytes, offset: int, size: int) -> None:
    """Begin to send everything that is left, and leave after `size` bytes of it."""
    connection = http.client.HTTPConnection("127.0.0.1", behind.nginx.port, timeout=30)
    connection.putrequest("PATCH", address)
    headers = {**part_headers(offset), "Content-Length": str(len(rest))}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(rest[:size])
    connection.close()


def stands_at(behind: Behind, address: str) -> int:
    """Where an upload stands, once the client that left holds it no more."""
    answer = behind.client.request("HEAD", address, headers=TUS)
    assert answer.status_code == 200, answer.headers
    return int(answer.headers["Upload-Offset"])


def test_who_asks_too_much_is_told_to_wait_and_still_hears_changes(
    behind: Behind, share: Created, tmp_path: Path
) -> None:
    ports = [behind.a.port, behind.b.port]
    strict = {"rate=100r/s": "rate=1r/s", "burst=300": "burst=3"}
    with Nginx(tmp_path, ports, strict) as nginx, Client(nginx.url) as client:
        path = f"{API}/shares/{share.id}/rows"
        answers = [client.request("GET", path) for _ in range(12)]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert answers[0].status_code == 200
        assert {answer.status_code for answer in refused} == {429}
        assert refused[0].headers["Content-Type"] == "application/problem+json"
        assert refused[0].headers["Retry-After"]
        assert refused[0].json()["code"] == "too_many_requests"
        channel = f"{API}/changes?share={share.id}&wait=0"
        assert {client.request("GET", channel).status_code for _ in range(12)} == {200}


def test_the_log_names_no_share_and_no_query(behind: Behind, share: Created) -> None:
    behind.client.request("GET", f"{API}/shares/{share.id}/revisions/1/rows?q=secret")
    behind.client.request("GET", f"/s/{share.id}")
    until(lambda: any("/s/-" in line for line in behind.nginx.log_lines()))
    log = "\n".join(behind.nginx.log_lines())
    assert '"GET /api/v1/shares/-/revisions/1/rows" 200' in log
    assert share.id not in log
    assert "secret" not in log
