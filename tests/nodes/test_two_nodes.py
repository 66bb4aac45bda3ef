"""What one node commits, the watchers and readers of another node see."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.client import API, Client, Created
from tests.nodes.conftest import Nodes

CSV = b"a\n1\n"


def next_change(channel: Any, timeout: float = 30) -> dict[str, Any]:
    """The next change that a channel tells."""
    while True:
        frame: dict[str, Any] = json.loads(channel.recv(timeout))
        if frame["type"] == "change":
            return frame


def rename(client: Client, share: Created, title: str) -> int:
    """Give a share another title; its version then."""
    answer = client.request(
        "PATCH",
        f"{API}/shares/{share.id}",
        json={"title": title},
        headers={"Authorization": f"Bearer {share.token}"},
    )
    answer.raise_for_status()
    return int(answer.json()["version"])


def delete(client: Client, share: Created) -> None:
    """Delete a share."""
    headers = {"Authorization": f"Bearer {share.token}"}
    client.request("DELETE", f"{API}/shares/{share.id}", headers=headers).raise_for_status()


def test_a_revision_that_one_node_takes_is_told_and_read_on_the_other(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    assert nodes.to_b.page(share.id)["rows"] == [{"a": 1}]
    with nodes.to_b.changes(share.id) as channel:
        assert json.loads(channel.recv(30))["shares"][share.id]["revision"] == 1
        nodes.to_a.upload(share, b"a\n2\n", "b.csv")
        seqs = []
        while True:
            change = next_change(channel)
            seqs.append(change["seq"])
            if change["revision"] == 2 and "revision" in change["what"]:
                break
        # The head was in this node's cache: a GET made because of the change must not find it.
        assert nodes.to_b.page(share.id)["rows"] == [{"a": 2}]
        assert seqs == sorted(set(seqs))


def test_every_kind_of_change_says_on_the_other_node_what_it_is(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    with nodes.to_b.changes(share.id) as channel:
        channel.recv(30)
        version = rename(nodes.to_a, share, "another title")
        assert next_change(channel)["what"] == ["share"]
        assert nodes.to_b.share(share.id)["version"] == version
        delete(nodes.to_a, share)
        assert next_change(channel)["what"] == ["deleted"]
        assert nodes.to_b.request("GET", f"{API}/shares/{share.id}").status_code == 404


def test_a_wait_ends_when_another_node_has_read_the_file(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    answers = [
        client.upload(share, b"a\n%d\n" % number, "b.csv", headers={"Prefer": "wait=50"})
        for number in range(4)
        for client in (nodes.to_a, nodes.to_b)
    ]
    assert [answer["state"] for answer in answers] == ["ready"] * 8


@pytest.mark.noisy
def test_what_was_missed_while_the_listener_was_cut_is_told_when_it_listens_again(
    nodes: Nodes,
) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    other = nodes.to_a.create_ready(CSV, "b.csv")
    with nodes.to_b.changes(share.id, other.id) as channel:
        seq = json.loads(channel.recv(30))["shares"][share.id]["seq"]
        for number in range(5):
            assert nodes.cut_listeners() >= 1
            version = rename(nodes.to_a, share, f"title {number}")
            # Whatever this node has heard, it shows what is true.
            assert nodes.to_b.share(share.id)["version"] == version
            change = next_change(channel)
            while change["share"] != share.id or change["seq"] <= seq:
                change = next_change(channel)
            seq = change["seq"]
        nodes.cut_listeners()
        delete(nodes.to_a, other)
        change = next_change(channel)
        while change["what"] != ["deleted"]:
            change = next_change(channel)
        assert change["share"] == other.id


@pytest.mark.noisy
def test_a_node_that_dies_leaves_its_watchers_a_node_to_go_to(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    with nodes.to_a.changes(share.id) as channel:
        channel.recv(30)
        nodes.a.kill()
    nodes.to_b.upload(share, b"a\n2\n", "b.csv")
    nodes.to_b.wait_ready(share.id, 2)
    with nodes.to_b.changes(share.id) as channel:
        assert json.loads(channel.recv(30))["shares"][share.id]["revision"] == 2
    nodes.a.start()
    assert nodes.to_a.page(share.id)["rows"] == [{"a": 2}]


def test_a_file_is_read_by_another_node_when_its_own_dies(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    rows = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(400_000))
    with nodes.to_b.changes(share.id) as channel:
        channel.recv(30)
        nodes.to_a.upload(share, rows, "b.csv")
        nodes.a.kill()
        while next_change(channel, 120)["revision"] != 2:
            pass
    page = nodes.to_b.page(share.id, offset=399_999)
    assert page["rows"] == [{"a": 399_999, "b": "x"}]
