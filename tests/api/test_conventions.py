"""What holds for every address: HEAD, Allow, ETag, Link, gzip, and what other origins may read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from backend.routes import ROUTES, Route
from backend.views.base import BaseView
from backend.views.headers import takes_gzip
from tests.api.raw import connected, receive, request
from tests.client import API, Client, Created
from tests.server import Server

TABLE = b"id,name\n" + b"".join(b"%d,name %d\n" % (number, number) for number in range(500))
PAGES = ("/", "/docs", "/s/{share_id}", "/favicon.svg")
EXPORTS = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "arrow")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CHANGING = {"Date"}
"""Headers that may differ between two answers a moment apart."""

GROWING = {"/metrics"}
UNTOLD = {"Content-Length", "Transfer-Encoding"}
"""What RFC 9110 (9.3.2) lets HEAD leave out where only making the body could tell it."""


@pytest.fixture(scope="module")
def share(server: Server) -> Created:
    with Client(server.url) as client:
        return client.create_ready(TABLE, "table.csv")


@pytest.fixture(scope="module")
def upload_id(server: Server) -> str:
    with Client(server.url) as client:
        told = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
        answer = client.request("POST", f"{API}/uploads", headers=told)
        return answer.headers["Location"].rpartition("/")[2]


def addresses(path: str, share: Created, upload_id: str) -> Iterator[str]:
    """The address of a route, one for each format."""
    for extension in EXPORTS if "{format}" in path else ("",):
        yield path.format(share_id=share.id, number=1, upload_id=upload_id, format=extension)


OWN_HEAD = [route.path for route in ROUTES if route.view.head is not BaseView.head]
"""In tus, HEAD asks where an upload stands: it is another question than GET."""

READ = [route.path for route in ROUTES if route.path not in OWN_HEAD]


def test_only_tus_means_something_else_by_head() -> None:
    assert [f"{API}/uploads/{{upload_id}}"] == OWN_HEAD


@pytest.mark.parametrize("path", [*READ, *PAGES])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_says_what_get_says(
    client: Client, share: Created, upload_id: str, path: str, coding: str
) -> None:
    for address in addresses(path, share, upload_id):
        headers = {"Accept-Encoding": coding}
        got = client.request("GET", address, headers=headers)
        asked = client.request("HEAD", address, headers=headers)
        assert (asked.status_code, asked.content) == (got.status_code, b""), address
        ignored = CHANGING | (UNTOLD if address in GROWING else set())
        if "Transfer-Encoding" in got.headers:
            ignored |= UNTOLD
            assert "Content-Length" not in asked.headers
        assert told(asked, ignored) == told(got, ignored), address


def told(answer: requests.Response, ignored: set[str]) -> dict[str, str]:
    """The headers of an answer but those."""
    return {name: value for name, value in answer.headers.items() if name not in ignored}


def test_a_connection_goes_on_after_head(server: Server, share: Created) -> None:
    with connected(server) as connection:
        for extension in EXPORTS:
            lines = f"HEAD /s/{share.id}.{extension} HTTP/1.1\r\nHost: x\r\n\r\n"
            connection.sendall(lines.encode())
            assert receive(connection, has_body=False).status == 200
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert receive(connection).body.startswith(b'{"status":"ok"')


@pytest.mark.parametrize("route", ROUTES, ids=[route.path for route in ROUTES])
def test_a_method_that_a_resource_lacks_is_405_and_allow_tells_those_it_has(
    server: Server, share: Created, upload_id: str, route: Route
) -> None:
    (address, *_) = addresses(route.path, share, upload_id)
    allowed = request(server, "OPTIONS", address).headers["allow"].split(", ")
    assert "OPTIONS" in allowed
    assert ("HEAD" in allowed) == ("GET" in allowed)
    for method in (*METHODS, "TRACE", "MADEUP"):
        if method not in allowed:
            answer = request(server, method, address)
            assert (answer.status, answer.problem["code"]) == (405, "method_not_allowed")
            assert answer.headers["allow"].split(", ") == allowed


@pytest.mark.parametrize("path", PAGES)
def test_pages_for_people_are_only_read(server: Server, share: Created, path: str) -> None:
    answer = request(server, "POST", path.format(share_id=share.id))
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_reads_are_open_to_every_origin_with_the_headers_they_need(
    client: Client, share: Created
) -> None:
    for path in (f"{API}/shares/{share.id}/rows", f"/s/{share.id}.csv", f"/s/{share.id}.parquet"):
        answer = client.request("GET", path, headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        wanted = {"ETag", "Link", "Location", "Content-Disposition", "Content-Range"}
        assert wanted | {"Accept-Ranges"} <= set(exposed)
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_link_leads_through_the_pages_of_one_revision(client: Client, share: Created) -> None:
    rows: list[Any] = []
    address = f"{API}/shares/{share.id}/rows?limit=200"
    while address:
        answer = client.request("GET", address)
        rows += answer.json()["rows"]
        following = answer.links.get("next", {}).get("url", "")
        assert following == (answer.json()["next"] or "")
        address = following
    assert [row["id"] for row in rows] == list(range(500))


def test_a_page_is_compressed_when_asked_and_each_representation_has_its_etag(
    client: Client, share: Created
) -> None:
    path = f"{API}/shares/{share.id}/revisions/1/rows?limit=400"
    plain = client.request("GET", path, headers={"Accept-Encoding": "identity"})
    packed = client.request("GET", path, headers={"Accept-Encoding": "gzip"}, stream=True)
    body = packed.raw.read(decode_content=False)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(body) < len(plain.content) / 2
    assert gzip.decompress(body) == plain.content
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
        for coding in ("identity", "gzip"):
            known = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": coding}
            again = client.request("GET", path, headers=known)
            fits = coding == "gzip" or answer is plain
            assert again.status_code == (304 if fits else 200)


def test_a_page_too_short_to_be_worth_it_goes_as_it_is(client: Client, share: Created) -> None:
    path = f"{API}/shares/{share.id}/revisions/1/rows?limit=2"
    short = client.request("GET", path, headers={"Accept-Encoding": "gzip"})
    plain = client.request("GET", path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in short.headers
    assert short.headers["ETag"] == plain.headers["ETag"]
    known = {"If-None-Match": short.headers["ETag"], "Accept-Encoding": "gzip"}
    assert client.request("GET", path, headers=known).status_code == 304


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.8, *;q=0.1", True),
        ("*", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("*;q=0", False),
        ("identity", False),
        ("identity, gzip;q=0.5", False),
        ("deflate, br", False),
        ("gzipped", False),
        ("", False),
        ("gzip;q=x", False),
    ],
)
def test_gzip_is_taken_by_who_asks_for_it(asked: str, taken: bool) -> None:
    assert takes_gzip(asked) is taken


def test_the_files_of_the_site_and_the_documents_are_compressed_too(
    server: Server, client: Client
) -> None:
    page = client.request("GET", "/").text
    scripts = [part.partition('"')[0] for part in page.split('src="')[1:]]
    assert scripts
    for path in (*scripts, "/openapi.yaml", "/asyncapi.yaml", "/"):
        plain = client.request("GET", path, headers={"Accept-Encoding": "identity"})
        packed = client.request("GET", path, headers={"Accept-Encoding": "gzip"})
        assert plain.content == packed.content
        if len(plain.content) > 2_000:
            assert packed.headers["Content-Encoding"] == "gzip", path
            assert packed.headers["ETag"] != plain.headers["ETag"]
        again = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
        assert client.request("GET", path, headers=again).status_code == 304
    assert "immutable" in client.request("GET", scripts[0]).headers["Cache-Control"]
    assert client.request("GET", scripts[0]).headers["Content-Type"].startswith("text/javascript")
    for name in ("..", ".", "..%2findex.html"):
        assert request(server, "GET", f"/assets/{name}").status == 404
    assert client.request("GET", "/assets/no-such.js").status_code == 404
