"""A client may hear of a change from one node and read from another that has not heard of it."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.client import API, Client, Created
from tests.nodes.conftest import Nodes

CSV = b"a\n1\n"


def commit_unheard(nodes: Nodes, share: Created, title: str) -> int:
    """Rename a share so that no node is told; the seq then."""
    query = "UPDATE shares SET title = %s, seq = seq + 1 WHERE id = %s RETURNING seq"
    with psycopg.connect(nodes.database, autocommit=True) as connection:
        row = connection.execute(query, (title, share.id)).fetchone()
    assert row is not None
    return int(row[0])


def read(client: Client, path: str, **headers: str) -> dict[str, Any]:
    """What a GET answers."""
    answer = client.request("GET", path, headers=headers)
    answer.raise_for_status()
    return dict(answer.json())


def test_a_read_is_as_new_as_what_its_client_has_heard(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    path = f"{API}/shares/{share.id}"
    assert nodes.to_b.share(share.id)["title"] == "a.csv"
    seq = commit_unheard(nodes, share, "another")
    assert read(nodes.to_b, path)["title"] == "a.csv", "this node has heard of it already"
    assert read(nodes.to_b, path, **{"Tablecast-Seq": str(seq - 1)})["title"] == "a.csv"
    assert read(nodes.to_b, path, **{"Tablecast-Seq": str(seq)})["title"] == "another"
    assert read(nodes.to_b, path)["title"] == "another"


def test_a_poll_at_another_node_never_goes_back(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    nodes.to_b.share(share.id)
    seq = commit_unheard(nodes, share, "another")
    poll = f"{API}/changes?share={share.id}&wait=0&since={share.id}:{seq}"
    assert read(nodes.to_b, poll)["shares"][share.id]["seq"] == seq


def test_what_is_no_seq_is_refused(nodes: Nodes) -> None:
    for path in (f"{API}/shares", f"{API}/shares/unknown"):
        answer = nodes.to_b.request("GET", path, headers={"Tablecast-Seq": "latest"})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
