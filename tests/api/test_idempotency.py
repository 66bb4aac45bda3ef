"""A request that is sent again is answered again, however often and however parallel it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import requests

from tests.client import API, Client
from tests.server import Server

CSV = b"a,b\n1,x\n"
SHARES = f"{API}/shares"
PARALLEL = 20


def post(server: Server, path: str, **arguments: Any) -> requests.Response:
    with Client(server.url) as client:
        return client.request("POST", path, **arguments)


def at_once(server: Server, path: str, **arguments: Any) -> list[requests.Response]:
    """The same request, many times at the same moment."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        sent = [pool.submit(post, server, path, **arguments) for _ in range(PARALLEL)]
        return [future.result() for future in sent]


def test_of_many_with_one_key_one_makes_a_share_and_all_tell_it(any_server: Server) -> None:
    for arguments in ({"data": CSV}, {"json": {"title": "Empty"}}):
        headers = {"Idempotency-Key": str(uuid4())}
        answers = at_once(any_server, SHARES, headers=headers, **arguments)
        assert {answer.status_code for answer in answers} == {201}
        told = {(answer.json()["id"], answer.json()["edit_token"]) for answer in answers}
        assert len(told) == 1
        share_id, token = told.pop()
        assert answers[0].json()["latest"] == (1 if "data" in arguments else 0)
        changed = requests.patch(
            f"{any_server.url}{SHARES}/{share_id}",
            json={"title": "Mine"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        assert changed.status_code == 200


def test_of_many_revisions_with_one_key_one_is_made(any_server: Server) -> None:
    with Client(any_server.url) as client:
        share = client.create(CSV, "a.csv")
        headers = {"Idempotency-Key": "k", "Authorization": f"Bearer {share.token}"}
        path = f"{SHARES}/{share.id}/revisions?filename=b.csv"
        answers = at_once(any_server, path, data=CSV, headers=headers)
        assert {(answer.status_code, answer.json()["number"]) for answer in answers} == {(201, 2)}
        assert client.share(share.id)["latest"] == 2


def test_a_retry_with_if_match_gets_its_answer_and_no_412(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    etag = client.request("GET", f"{SHARES}/{share.id}").headers["ETag"]
    headers = {"Idempotency-Key": "once", "If-Match": etag}
    assert client.upload(share, CSV, "b.csv", headers=headers)["number"] == 2
    assert client.upload(share, CSV, "b.csv", headers=headers)["number"] == 2
    other = {"Idempotency-Key": "another", "If-Match": etag}
    path = f"{SHARES}/{share.id}/revisions"
    other["Authorization"] = f"Bearer {share.token}"
    assert client.request("POST", path, data=CSV, headers=other).status_code == 412
    assert client.share(share.id)["latest"] == 2


def test_a_browser_that_never_got_the_answer_owns_the_share_after_its_retry(
    server: Server,
) -> None:
    origin = {"Sec-Fetch-Site": "same-origin", "Idempotency-Key": str(uuid4())}
    for arguments in ({"data": CSV}, {"json": {"title": "Empty"}}):
        origin["Idempotency-Key"] = str(uuid4())
        lost = post(server, SHARES, headers=origin, **arguments)
        with requests.Session() as browser:
            browser.trust_env = False
            retry = browser.post(f"{server.url}{SHARES}", headers=origin, timeout=20, **arguments)
            assert retry.json()["id"] == lost.json()["id"]
            assert retry.cookies["tablecast_session"] != lost.cookies["tablecast_session"]
            path = f"{server.url}{SHARES}/{retry.json()['id']}"
            same = {"Sec-Fetch-Site": "same-origin"}
            assert browser.get(path, headers=same, timeout=20).json()["access"] == "edit"


def test_a_key_for_another_request_is_refused(client: Client) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    assert client.request("POST", SHARES, json={"title": "a"}, headers=headers).status_code == 201
    for arguments in ({"json": {"title": "b"}}, {"data": CSV}):
        answer = client.request("POST", SHARES, headers=headers, **arguments)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


def test_a_key_of_a_deleted_share_makes_a_new_one(client: Client) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first = client.request("POST", SHARES, data=CSV, headers=headers).json()
    bearer = {"Authorization": f"Bearer {first['edit_token']}"}
    assert client.request("DELETE", f"{SHARES}/{first['id']}", headers=bearer).status_code == 204
    second = client.request("POST", SHARES, data=CSV, headers=headers)
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]


def test_who_may_not_change_a_share_is_told_that_and_nothing_about_the_key(client: Client) -> None:
    share = client.create(CSV, "a.csv")
    path = f"{SHARES}/{share.id}/revisions?filename=a.csv"
    answer = client.request("POST", path, data=CSV, headers={"Idempotency-Key": "short"})
    assert answer.status_code == 401
    assert (
        client.request(
            "POST", f"{SHARES}?filename=a.csv", data=CSV, headers={"Idempotency-Key": "short"}
        ).status_code
        == 400
    )
