"""The change channel: hello first, then that something changed, and never what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.client import API, Client
from tests.server import Server

CSV = b"a\n1\n"


def receive(channel: Any, kind: str, timeout: float = 20) -> dict[str, Any]:
    """The next frame of a kind."""
    while True:
        frame: dict[str, Any] = json.loads(channel.recv(timeout))
        if frame["type"] == kind:
            return frame


def test_hello_says_where_each_share_stands(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    with client.changes(share.id, "nobody-knows-this-one") as channel:
        hello = receive(channel, "hello")
    assert hello["shares"][share.id]["revision"] == 1
    assert hello["shares"][share.id]["seq"] > 1_700_000_000_000
    assert hello["shares"]["nobody-knows-this-one"] == {"gone": True}
    assert channel.subprotocol == "tablecast.changes.v1"


def test_a_new_revision_is_told_and_a_get_made_because_of_it_sees_it(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    with client.changes(share.id) as channel:
        seq = receive(channel, "hello")["shares"][share.id]["seq"]
        client.upload(share, b"a\n2\n", "b.csv")
        while True:
            change = receive(channel, "change")
            assert set(change) == {"type", "share", "seq", "revision", "what", "spread_ms"}
            assert change["seq"] > seq
            seq = change["seq"]
            if change["revision"] == 2:
                break
        assert "revision" in change["what"]
        assert client.page(share.id)["rows"] == [{"a": 2}]


def test_a_rename_and_a_deletion_are_told(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    headers = {"Authorization": f"Bearer {share.token}"}
    with client.changes(share.id) as channel:
        receive(channel, "hello")
        client.request("PATCH", f"{API}/shares/{share.id}", json={"title": "b"}, headers=headers)
        assert receive(channel, "change")["what"] == ["share"]
        client.request("DELETE", f"{API}/shares/{share.id}", headers=headers)
        assert receive(channel, "change")["what"] == ["deleted"]
    with client.changes(share.id) as channel:
        assert receive(channel, "hello")["shares"][share.id] == {"gone": True}


def test_no_name_and_no_cell_travels_on_the_channel(client: Client) -> None:
    share = client.create_ready(b"secretheader\nsecretcell\n", "secretname.csv")
    with client.changes(share.id) as channel:
        frames = [channel.recv(20)]
        client.upload(share, b"secretheader\nsecretcell2\n", "secretname.csv")
        client.wait_ready(share.id, 2)
        while json.loads(frames[-1]).get("revision") != 2:
            frames.append(channel.recv(20))
    assert not any("secret" in frame for frame in frames)


def test_whoever_speaks_on_the_channel_is_closed_with_1008(client: Client) -> None:
    share = client.create(CSV, "a.csv")
    with client.changes(share.id) as channel:
        receive(channel, "hello")
        channel.send("hello?")
        with pytest.raises(ConnectionClosed) as closed:
            receive(channel, "nothing more")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


def test_a_stop_says_bye_with_1012_and_when_to_come_back(fresh_server: Server) -> None:
    with Client(fresh_server.url) as client:
        share = client.create_ready(CSV, "a.csv")
        with client.changes(share.id) as channel:
            receive(channel, "hello")
            assert fresh_server.stop() == 0
            bye = receive(channel, "bye")
            assert bye["code"] == 1012
            assert bye["retry_ms"][0] < bye["retry_ms"][1]
            with pytest.raises(ConnectionClosed) as closed:
                channel.recv(20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


def test_many_changes_reach_a_subscriber_as_few_and_the_last_one_is_among_them(
    client: Client,
) -> None:
    share = client.create_ready(CSV, "a.csv")
    headers = {"Authorization": f"Bearer {share.token}"}
    path = f"{API}/shares/{share.id}"
    with client.changes(share.id) as channel:
        receive(channel, "hello")
        for number in range(40):
            client.request("PATCH", path, json={"title": f"t{number}"}, headers=headers)
        client.upload(share, b"a\n2\n", "b.csv")
        frames = [receive(channel, "change")]
        while frames[-1]["revision"] != 2:
            frames.append(receive(channel, "change"))
    assert len(frames) < 40
    seqs = [frame["seq"] for frame in frames]
    assert seqs == sorted(set(seqs))


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("share=a&colour=red", 400), ("share=a&wait=61", 400)]
)
def test_a_wrong_subscription_is_a_problem(client: Client, query: str, status: int) -> None:
    answer = client.request("GET", f"{API}/changes?{query.strip('&')}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_more_shares_than_a_channel_takes_are_refused_before_the_upgrade(client: Client) -> None:
    with pytest.raises(InvalidStatus) as refused:
        client.changes(*[f"share-{number}" for number in range(129)])
    assert refused.value.response.status_code == 400
