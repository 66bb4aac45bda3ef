"""What is said in headers about a request: versions, ranges, keys, and how long to wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.raw import request, settled
from tests.client import API, Client, Created
from tests.server import Server

CSV = b"a,b\n1,x\n"
SHARES = f"{API}/shares"


@pytest.fixture(autouse=True)
def _every_request_is_counted_as_over(server: Server, client: Client) -> Iterator[None]:
    yield
    settled(server, client)


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"{v}"', 200),
        ('"{v}-edit"', 200),
        ('"{v}-view"', 200),
        ('"other", "{v}-edit"', 200),
        ('"{v}-edit" , "{v}-view"', 200),
        ("*", 200),
        ('W/"{v}"', 412),
        ('"{v}-other"', 412),
        ('"0"', 412),
        ('"99999999999999999999999"', 412),
        ('"{v}", "77"', 400),
        ("{v}", 400),
        ("junk", 400),
        ('"{v}', 400),
        ("", 400),
        ('"1"2"', 400),
    ],
)
def test_if_match_is_read_as_the_rfc_says(
    server: Server, client: Client, prices: Created, if_match: str, status: int
) -> None:
    version = client.share(prices.id)["version"]
    headers = [
        f"Authorization: Bearer {prices.token}",
        f"If-Match: {if_match.format(v=version)}",
        "Content-Type: application/json",
    ]
    path = f"{SHARES}/{prices.id}"
    answer = request(server, "PATCH", path, *headers, body=b'{"title": "new"}')
    assert answer.status == status
    assert client.share(prices.id)["title"] == ("new" if status == 200 else "prices.csv")
    if status == 400:
        assert request(server, "DELETE", path, *headers[:2]).status == 400
        upload = request(server, "POST", f"{path}/revisions", *headers[:2], body=CSV)
        assert upload.status == 400


@pytest.mark.parametrize(
    ("given", "fresh"),
    [
        ("{etag}", True),
        ("W/{etag}", True),
        ('"a", {etag}', True),
        ('"a",W/{etag}, "b"', True),
        ("*", True),
        ('"a"', False),
        ("junk", False),
        ("", False),
        ('"a', False),
    ],
)
def test_if_none_match_compares_weakly_and_takes_lists(
    server: Server, prices: Created, given: str, fresh: bool
) -> None:
    for path in ("", "/rows", "/revisions/1/rows", "/revisions/1/original"):
        path = f"{SHARES}/{prices.id}{path}"
        etag = request(server, "GET", path).headers["etag"]
        answer = request(server, "GET", path, f"If-None-Match: {given.format(etag=etag)}")
        assert answer.status == (304 if fresh else 200)
        assert answer.headers["etag"] == etag


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("bytes=0-0", 206),
        ("bytes=-1", 206),
        ("bytes=0-99999999", 206),
        ("bytes=5-2", 416),
        ("bytes=-0", 416),
        ("bytes=999999-", 416),
        ("bytes=0-1,3-4", 200),
        ("bytes=", 200),
        ("bytes=-", 200),
        ("bytes=a-b", 200),
        ("bytes=--1", 200),
        ("bytes=0-1-2", 200),
        ("lines=0-1", 200),
        ("bytes=" + "9" * 500 + "-", 200),
        ("bytes=\xb2-", 200),
        ("junk", 200),
    ],
)
def test_a_range_is_met_refused_or_ignored(
    server: Server, prices: Created, wanted: str, status: int
) -> None:
    path = f"{SHARES}/{prices.id}/revisions/1/original"
    answer = request(server, "GET", path, f"Range: {wanted}")
    assert answer.status == status
    if status == 416:
        assert answer.problem["code"] == "range_not_satisfiable"
    assert request(server, "HEAD", path, f"Range: {wanted}").status == status


@pytest.mark.parametrize(
    ("key", "status"),
    [("x" * 16, 201), ("x" * 15, 400), ("", 400), ("x" * 256, 400), ("schlüssel-schlüssel", 400)]
    + [("a b c d e f g h i j", 400), ("x" * 20 + "\t" + "x", 400)],
)
def test_an_idempotency_key_is_visible_and_long_enough_to_be_ones_own(
    server: Server, key: str, status: int
) -> None:
    path = f"{SHARES}?filename={status}.csv"
    assert request(server, "POST", path, f"Idempotency-Key: {key}", body=CSV).status == status


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=1", "wait=1"),
        ("respond-async, wait=1", "wait=1"),
        ('wait="1"', "wait=1"),
        ("Wait = 1; x=y", "wait=1"),
        ("wait=0", "wait=0"),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=abc", None),
        ("wait", None),
        ("await=5", None),
        ("wait=99999999999999999999", None),
        ("x; wait=5", None),
        ("", None),
    ],
)
def test_prefer_says_what_was_applied(server: Server, prefer: str, applied: str | None) -> None:
    answer = request(server, "POST", f"{SHARES}?filename=a.csv", f"Prefer: {prefer}", body=CSV)
    assert answer.status == 201
    assert answer.headers.get("preference-applied") == applied


def test_a_wait_longer_than_the_limit_is_told_as_the_limit(server: Server, client: Client) -> None:
    limit = round(client.request("GET", f"{API}/limits").json()["max_wait_s"])
    answer = request(server, "POST", f"{SHARES}?filename=a.csv", "Prefer: wait=999999", body=CSV)
    assert answer.headers["preference-applied"] == f"wait={limit}"
