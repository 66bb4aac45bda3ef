"""The change channel without WebSocket: server-sent events and the long poll tell the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.api.raw import connected, figure, settled
from tests.client import API, Client, Created
from tests.conftest import StartServer
from tests.server import Server

CSV = b"a\n1\n"
EVENTS = {"Accept": "text/event-stream"}
TIMEOUT = 60


@contextmanager
def events(client: Client, *shares: str) -> Iterator[Iterator[dict[str, Any]]]:
    """An open event stream; its frames, `retry` fields as frames of that type."""
    answer = client.request(
        "GET",
        f"{API}/changes",
        params={"share": list(shares)},
        headers=EVENTS,
        stream=True,
        timeout=TIMEOUT,
    )
    answer.raise_for_status()
    with answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        yield _frames(answer)


def _frames(answer: requests.Response) -> Iterator[dict[str, Any]]:
    for line in answer.iter_lines(chunk_size=1):
        field, _, value = line.decode().partition(": ")
        if field == "data":
            yield json.loads(value)
        elif field == "retry":
            yield {"type": "retry", "ms": int(value)}


def next_of(frames: Iterator[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The next frame of a kind."""
    return next(frame for frame in frames if frame["type"] == kind)


def poll(client: Client, *shares: str, **asked: Any) -> dict[str, Any]:
    """One long poll's answer."""
    answer = client.request(
        "GET", f"{API}/changes", params={"share": list(shares), **asked}, timeout=TIMEOUT
    )
    answer.raise_for_status()
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.json())


def rename(client: Client, share: Created, title: str) -> None:
    """Change a share in the simplest way there is."""
    answer = client.request(
        "PATCH",
        f"{API}/shares/{share.id}",
        json={"title": title},
        headers={"Authorization": f"Bearer {share.token}"},
    )
    answer.raise_for_status()


def test_an_event_stream_begins_with_when_to_return_and_hello(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    with events(client, share.id, "nobody") as frames:
        assert next(frames) == {"type": "retry", "ms": 2000}
        hello = next(frames)
    assert hello["type"] == "hello"
    assert hello["shares"][share.id]["revision"] == 1
    assert hello["shares"]["nobody"] == {"gone": True}


def test_an_event_stream_tells_a_change_and_a_get_made_because_of_it_sees_it(
    client: Client,
) -> None:
    share = client.create_ready(CSV, "a.csv")
    with events(client, share.id) as frames:
        next_of(frames, "hello")
        client.upload(share, b"a\n2\n", "b.csv")
        while next_of(frames, "change")["revision"] != 2:
            pass
        assert client.page(share.id)["rows"] == [{"a": 2}]


def test_a_stop_ends_streams_and_polls_with_bye(fresh_server: Server) -> None:
    with Client(fresh_server.url) as client, ThreadPoolExecutor(1) as pool:
        share = client.create_ready(CSV, "a.csv")
        seq = poll(client, share.id)["shares"][share.id]["seq"]
        with events(client, share.id) as frames, Client(fresh_server.url) as other:
            next_of(frames, "hello")
            polling = pool.submit(poll, other, share.id, since=f"{share.id}:{seq}", wait=50)
            while figure(client, "tablecast_subscribers") < 2:
                pass
            assert fresh_server.stop() == 0
            rest = list(frames)
            assert polling.result(TIMEOUT)["type"] == "bye"
    kinds = [frame["type"] for frame in rest]
    assert kinds[-2:] == ["retry", "bye"]
    first, last = rest[-1]["retry_ms"]
    assert first <= rest[-2]["ms"] <= last


def test_a_poll_without_since_answers_at_once(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    told = poll(client, share.id, wait=50)
    assert told["type"] == "hello"
    assert told["shares"][share.id]["revision"] == 1


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_poll_compares_by_inequality(client: Client, difference: int) -> None:
    # A seq that is greater than ours may come from before a restored backup: it is news, too.
    share = client.create_ready(CSV, "a.csv")
    seq = poll(client, share.id)["shares"][share.id]["seq"]
    told = poll(client, share.id, since=f"{share.id}:{seq + difference}", wait=50)
    assert told["shares"][share.id]["seq"] == seq


def test_a_poll_that_knows_everything_waits_and_says_so_again(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    seq = poll(client, share.id)["shares"][share.id]["seq"]
    told = poll(client, share.id, "gone", since=f"{share.id}:{seq},gone:0", wait=0.2)
    assert told["shares"][share.id]["seq"] == seq
    assert told["shares"]["gone"] == {"gone": True}
    assert "spread_ms" not in told


def test_a_poll_answers_at_the_first_change(client: Client, server: Server) -> None:
    share = client.create_ready(CSV, "a.csv")
    other = client.create_ready(CSV, "b.csv")
    known = {key: value["seq"] for key, value in poll(client, share.id, other.id)["shares"].items()}
    since = ",".join(f"{key}:{seq}" for key, seq in known.items())
    with ThreadPoolExecutor(1) as pool, Client(server.url) as waiting:
        polling = pool.submit(poll, waiting, share.id, other.id, since=since, wait=50)
        while figure(client, "tablecast_subscribers") < 1:
            pass
        rename(client, share, "another")
        told = polling.result(TIMEOUT)
    assert told["shares"][share.id]["seq"] > known[share.id]
    assert told["shares"][other.id]["seq"] == known[other.id]
    assert told["spread_ms"] >= 0
    settled(server, client)


def test_a_poll_hears_of_a_deletion(client: Client, server: Server) -> None:
    share = client.create_ready(CSV, "a.csv")
    seq = poll(client, share.id)["shares"][share.id]["seq"]
    with ThreadPoolExecutor(1) as pool, Client(server.url) as waiting:
        polling = pool.submit(poll, waiting, share.id, since=f"{share.id}:{seq}", wait=50)
        while figure(client, "tablecast_subscribers") < 1:
            pass
        headers = {"Authorization": f"Bearer {share.token}"}
        client.request("DELETE", f"{API}/shares/{share.id}", headers=headers).raise_for_status()
        assert polling.result(TIMEOUT)["shares"][share.id] == {"gone": True}


@pytest.mark.parametrize("headers", [EVENTS, {}], ids=["events", "poll"])
def test_a_client_that_goes_away_is_forgotten(
    server: Server, client: Client, headers: dict[str, str]
) -> None:
    share = client.create_ready(CSV, "a.csv")
    seq = poll(client, share.id)["shares"][share.id]["seq"]
    query = f"share={share.id}" + ("" if headers else f"&since={share.id}:{seq}&wait=50")
    lines = [f"GET {API}/changes?{query} HTTP/1.1", "Host: x", *map(": ".join, headers.items())]
    with connected(server) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        while figure(client, "tablecast_subscribers") < 1:
            pass
    while figure(client, "tablecast_subscribers") > 0:
        pass
    settled(server, client)


def test_head_tells_that_there_is_a_channel_without_waiting(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    answer = client.request("HEAD", f"{API}/changes", params={"share": share.id}, headers=EVENTS)
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize(
    "asked",
    [
        "since=abc",
        "since=abc:x",
        "since=abc:1,abc:2",
        "since=other:1",
        "since=abc:-1",
        "wait=-1",
        "wait=61",
        "wait=nan",
        "wait=soon",
    ],
)
def test_what_cannot_be_waited_for_is_refused(client: Client, asked: str) -> None:
    answer = client.request("GET", f"{API}/changes?share=abc&{asked}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_parameter"


def test_many_changes_reach_a_stream_as_few_and_the_last_is_among_them(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    with events(client, share.id) as frames:
        next_of(frames, "hello")
        for number in range(30):
            rename(client, share, f"t{number}")
        last = client.share(share.id)["version"]
        client.upload(share, b"a\n2\n", "b.csv")
        seen = [next_of(frames, "change")]
        while seen[-1]["revision"] != 2:
            seen.append(next_of(frames, "change"))
    assert last >= 30
    assert len(seen) < 30
    seqs = [frame["seq"] for frame in seen]
    assert seqs == sorted(set(seqs))


def test_a_server_that_never_waits_long_has_a_channel_all_the_same(
    start_server: StartServer,
) -> None:
    server = start_server(env={"TABLECAST_MAX_WAIT_S": "2"})
    with Client(server.url) as client:
        share = client.create_ready(b"a\n1\n", "a.csv")
        with client.changes(share.id) as channel:
            assert json.loads(channel.recv(30))["type"] == "hello"
        answer = client.request("GET", f"{API}/changes?share={share.id}&since={share.id}:0")
        assert answer.status_code == 200
        answer = client.request("GET", f"{API}/changes?share={share.id}&wait=25")
        assert answer.status_code == 400
