"""The commit stood, but its answer was lost: the server dies between the two, and is asked again.

The moment is not left to chance: the server is traced, and killed when it is about to send the 201.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.client import API, Client, Created
from tests.durability.tracing import traced
from tests.server import Server

ANSWER = "HTTP/1.1 201"
CONTENT = b"id,name\n" + b"".join(b"%d,somebody\n" % number for number in range(5_000))
KEY = {"Idempotency-Key": "5d0c9a52-6f2f-4a50-9d0e-3b1f6a2c7e11"}


def upload_and_lose_the_answer(server: Server, path: str, headers: dict[str, str]) -> None:
    """Send the file to a server that dies with its commit done and nothing of its answer sent."""
    assert server.process is not None
    with (
        Client(server.url) as client,
        traced(server.process.pid, kill_before=ANSWER) as calls,
        pytest.raises(requests.ConnectionError),
    ):
        client.request("POST", path, data=CONTENT, headers=headers)
    assert any(call.target.startswith(ANSWER) for call in calls), "it died too early"
    server.kill()
    server.start()


def sent_again(client: Client, path: str, headers: dict[str, str]) -> dict[str, Any]:
    """What every retry is told."""
    answers = [client.request("POST", path, data=CONTENT, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    told = [answer.json() for answer in answers]
    assert len({(one.get("id"), one.get("edit_token"), one.get("number")) for one in told}) == 1
    return dict(told[0])


def assert_once(client: Client, share: Created, number: int) -> None:
    """The share has this many revisions, the last of them is what was sent."""
    assert client.share(share.id)["latest"] == number
    client.wait_ready(share.id, number)
    assert client.original(share.id, number) == CONTENT
    assert client.page(share.id, number)["total"] == 5_000
    changed = client.request(
        "PATCH",
        f"{API}/shares/{share.id}",
        json={"title": "Mine"},
        headers={"Authorization": f"Bearer {share.token}"},
    )
    assert changed.status_code == 200


def test_a_share_whose_answer_was_lost_is_told_to_the_retry(any_fresh_server: Server) -> None:
    server = any_fresh_server
    path = f"{API}/shares?filename=a.csv"
    with Client(server.url) as client:
        before = client.create(b"a\n1\n", "other.csv")
    upload_and_lose_the_answer(server, path, KEY)
    with Client(server.url) as client:
        told = sent_again(client, path, KEY)
        assert told["id"] != before.id
        assert told["latest"] == 1
        assert_once(client, Created(told["id"], told["edit_token"], told), 1)


def test_a_revision_whose_answer_was_lost_is_there_once(any_fresh_server: Server) -> None:
    server = any_fresh_server
    with Client(server.url) as client:
        share = client.create_ready(b"a\n1\n", "a.csv")
    path = f"{API}/shares/{share.id}/revisions?filename=a.csv"
    headers = {**KEY, "Authorization": f"Bearer {share.token}"}
    upload_and_lose_the_answer(server, path, headers)
    with Client(server.url) as client:
        # what was committed before the kill is there before anybody asks again
        assert client.share(share.id)["latest"] == 2
        assert sent_again(client, path, headers)["number"] == 2
        assert_once(client, share, 2)
