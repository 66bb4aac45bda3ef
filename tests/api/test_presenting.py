"""Presenter mode: one leads, all who follow see the same rows, and it ends by itself."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.client import API, Client, Created
from tests.conftest import StartServer

CSV = b"a\n1\n2\n"
NOBODY = {"presenting": False, "position": None, "expires_at": None}


def bearer(share: Created) -> dict[str, str]:
    return {"Authorization": f"Bearer {share.token}"}


def show(client: Client, share: Created, **position: Any) -> requests.Response:
    """Show a position; the answer whatever it is."""
    path = f"{API}/shares/{share.id}/presenter"
    return client.request("PUT", path, json=position, headers=bearer(share))


def presented(client: Client, share: Created) -> dict[str, Any]:
    """What is presented."""
    answer = client.request("GET", f"{API}/shares/{share.id}/presenter")
    answer.raise_for_status()
    return dict(answer.json())


def until_presenter(channel: Any) -> dict[str, Any]:
    """The next change that is about the presenter."""
    while True:
        frame: dict[str, Any] = json.loads(channel.recv(30))
        if "presenter" in frame.get("what", ()):
            return frame


@pytest.fixture
def share(any_client: Client) -> Created:
    """A share that is ready, on each database."""
    return any_client.create_ready(CSV, "a.csv")


def test_nobody_presents_at_first(any_client: Client, share: Created) -> None:
    assert presented(any_client, share) == NOBODY


def test_followers_are_told_and_see_the_position(any_client: Client, share: Created) -> None:
    with any_client.changes(share.id) as channel:
        hello = json.loads(channel.recv(30))
        answer = show(any_client, share, offset=1, view="sort=-a&q=x")
        assert answer.status_code == 200
        frame = until_presenter(channel)
    assert frame["seq"] > hello["shares"][share.id]["seq"]
    assert frame["what"] == ["presenter"]
    seen = presented(any_client, share)
    assert seen == answer.json()
    assert seen["position"] == {
        "offset": 1,
        "sheet_index": 0,
        "revision": None,
        "view": "sort=-a&q=x",
    }
    assert seen["expires_at"].endswith("Z")


def test_a_move_changes_neither_the_version_nor_the_etag_of_the_share(
    any_client: Client, share: Created
) -> None:
    path = f"{API}/shares/{share.id}"
    before = any_client.request("GET", path)
    show(any_client, share, offset=1).raise_for_status()
    after = any_client.request("GET", path)
    assert after.json() == before.json()
    assert after.headers["ETag"] == before.headers["ETag"]


def test_the_presenter_has_an_etag_of_its_own(any_client: Client, share: Created) -> None:
    path = f"{API}/shares/{share.id}/presenter"
    etag = show(any_client, share, offset=1).headers["ETag"]
    again = any_client.request("GET", path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    show(any_client, share, offset=2).raise_for_status()
    assert any_client.request("GET", path, headers={"If-None-Match": etag}).status_code == 200


def test_the_latest_move_wins_and_many_reach_the_channel_as_few(
    any_client: Client, share: Created
) -> None:
    with any_client.changes(share.id) as channel, ThreadPoolExecutor(8) as pool:
        channel.recv(30)
        answers = list(pool.map(lambda number: show(any_client, share, offset=number), range(100)))
        assert {answer.status_code for answer in answers} == {200}
        last = show(any_client, share, offset=1_000).json()
        assert last["position"]["offset"] == 1_000
        any_client.request(
            "DELETE", f"{API}/shares/{share.id}/presenter", headers=bearer(share)
        ).raise_for_status()
        assert presented(any_client, share) == NOBODY
        any_client.request(
            "PATCH", f"{API}/shares/{share.id}", json={"title": "end"}, headers=bearer(share)
        )
        frames: list[dict[str, Any]] = []
        while not frames or "share" not in frames[-1]["what"]:
            frame = json.loads(channel.recv(30))
            if frame["type"] == "change":
                frames.append(frame)
    assert len(frames) < 50
    seqs = [frame["seq"] for frame in frames]
    assert seqs == sorted(set(seqs))


def test_the_same_position_renews_the_lease_and_tells_nobody(
    any_client: Client, share: Created
) -> None:
    first = show(any_client, share, offset=1).json()
    with any_client.changes(share.id) as channel:
        seq = json.loads(channel.recv(30))["shares"][share.id]["seq"]
    second = show(any_client, share, offset=1).json()
    assert second["expires_at"] > first["expires_at"]
    with any_client.changes(share.id) as channel:
        assert json.loads(channel.recv(30))["shares"][share.id]["seq"] == seq


def test_the_lease_ends_by_itself(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_PRESENTER_LEASE_S": "1"})
    with Client(server.url) as client:
        share = client.create_ready(CSV, "a.csv")
        assert show(client, share, offset=1).json()["presenting"] is True
        while presented(client, share)["presenting"]:
            pass
        assert presented(client, share) == NOBODY
        assert show(client, share, offset=1).json()["presenting"] is True


def test_what_is_presented_outlives_a_crash_and_goes_with_its_share(
    start_server: StartServer,
) -> None:
    server = start_server()
    with Client(server.url) as client:
        share = client.create_ready(CSV, "a.csv")
        show(client, share, offset=1).raise_for_status()
        server.kill()
        server.start()
        assert presented(client, share)["position"]["offset"] == 1
        client.request("DELETE", f"{API}/shares/{share.id}", headers=bearer(share))
        answer = client.request("GET", f"{API}/shares/{share.id}/presenter")
        assert answer.status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_only_who_may_edit_can_lead(any_client: Client, share: Created, method: str) -> None:
    path = f"{API}/shares/{share.id}/presenter"
    body = {"offset": 1} if method == "PUT" else None
    assert any_client.request(method, path, json=body).status_code == 401
    other = any_client.create(CSV, "b.csv")
    refused = any_client.request(method, path, json=body, headers=bearer(other))
    assert refused.status_code == 403
    assert presented(any_client, share) == NOBODY


@pytest.mark.parametrize(
    "position",
    [
        {},
        {"offset": -1},
        {"offset": 2**53},
        {"offset": "1"},
        {"offset": 1.5},
        {"offset": 1, "sheet": "x"},
        {"offset": 1, "revision": 0},
        {"offset": 1, "view": "a\nb"},
        {"offset": 1, "view": "x" * 8_193},
    ],
)
def test_a_position_that_is_none_is_refused(
    any_client: Client, share: Created, position: dict[str, Any]
) -> None:
    answer = show(any_client, share, **position)
    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed_body"
