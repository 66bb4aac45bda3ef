"""Fifty uploads to one share at once: no number is lost, none is given twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests

from tests.client import API, Client, Created
from tests.server import Server

UPLOADS = 50


def post(server: Server, share: Created, number: int, **headers: str) -> requests.Response:
    with Client(server.url) as client:
        return client.request(
            "POST",
            f"{API}/shares/{share.id}/revisions?filename={number}.csv",
            data=b"upload\n%d\n" % number,
            headers={"Authorization": f"Bearer {share.token}", **headers},
        )


def test_parallel_uploads_become_consecutive_revisions_each_with_its_own_bytes(
    any_server: Server,
) -> None:
    with Client(any_server.url) as client:
        share = client.create(b"upload\n0\n", "0.csv")
        with ThreadPoolExecutor(UPLOADS) as pool:
            answers = list(pool.map(lambda n: post(any_server, share, n), range(UPLOADS)))
        assert {answer.status_code for answer in answers} == {201}
        numbers = sorted(answer.json()["number"] for answer in answers)
        assert numbers == list(range(2, UPLOADS + 2))
        for uploaded, answer in enumerate(answers):
            number = answer.json()["number"]
            assert client.original(share.id, number) == b"upload\n%d\n" % uploaded
        for number in numbers:
            client.wait_ready(share.id, number)
        assert client.share(share.id)["head"] == UPLOADS + 1


def test_of_parallel_uploads_with_one_if_match_exactly_one_wins(any_server: Server) -> None:
    with Client(any_server.url) as client:
        share = client.create_ready(b"upload\n0\n", "0.csv")
        etag = client.request("GET", f"{API}/shares/{share.id}").headers["ETag"]
        with ThreadPoolExecutor(UPLOADS) as pool:
            answers = list(
                pool.map(lambda n: post(any_server, share, n, **{"If-Match": etag}), range(UPLOADS))
            )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [201] + [412] * (UPLOADS - 1)
        assert client.share(share.id)["latest"] == 2
