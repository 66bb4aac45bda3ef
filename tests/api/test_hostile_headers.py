"""Addresses and headers that no honest client sends, and honest ones that are rarely sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from tests.api.raw import connected, exchange, receive, request, settled
from tests.client import API, Client, Created
from tests.server import ROOT, Server

CSV = b"a,b\n1,x\n"
SHARES = f"{API}/shares"


@pytest.fixture(autouse=True)
def _every_request_is_counted_as_over(server: Server, client: Client) -> Iterator[None]:
    yield
    settled(server, client)


PATHS = [
    "/assets/../../backend/config.py",
    "/assets/..%2f..%2fbackend/config.py",
    "/assets/%2e%2e/index.html",
    "/assets//etc/passwd",
    "/assets/%00",
    "/assets/a%00.js",
    "/assets/%FF%FE",
    "/assets/",
    "/assets/" + "a/" * 500,
    "/assets/" + "a" * 5000,
    "/favicon.icon",
    "/%2e%2e/",
    "//etc/passwd",
    "/s/",
    "/s/%00",
    "/s/a/b",
    f"{SHARES}/%00",
    f"{SHARES}/%FF",
    f"{SHARES}/%ED%A0%80",
    f"{SHARES}/..",
    f"{SHARES}/a%2Frows",
    f"{SHARES}/{'a' * 65}",
    f"{SHARES}/",
    f"{SHARES}/abc/revisions/0",
    f"{SHARES}/abc/revisions/01",
    f"{SHARES}/abc/revisions/-1",
    f"{SHARES}/abc/revisions/9999999999",
    f"{SHARES}/abc/revisions/%31",
    f"{SHARES}/abc/revisions/999999999",
    f"{SHARES}/abc;x=1",
    "/docs/errors/",
    "/api/v2/shares",
    "/\xc3\xa4",
    "/%",
    "/%zz",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_a_strange_address_is_a_plain_404(server: Server, method: str, path: str) -> None:
    answer = request(server, method, path)
    assert answer.status in ((400, 404) if method in ("GET", "HEAD") else (400, 404, 401, 405))
    if method != "HEAD":
        assert answer.problem["status"] == answer.status


QUERIES = [
    "%00=1",
    "limit=%00",
    "limit=%FF",
    "limit=%ED%A0%80",
    "limit=1&limit=1",
    "limit=",
    "limit",
    "=",
    "limit=%D9%A1",
    "limit=1e2",
    "limit=0x10",
    "limit=1.0",
    "limit=+1",
    "limit=%201",
    "limit=" + "9" * 5000,
    "offset=9007199254740993",
    "columns=",
    "columns=,",
    "columns=%00",
    "columns=%FF",
    "columns=" + ",".join(f"c{n}" for n in range(5000)),
    "sheet=%00",
    "sheet=a&sheet_index=0",
    "sheet_index=99999999999",
    "shape=Objects",
    "values[]=typed",
    "&".join(f"p{n}=1" for n in range(500)),
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_strange_query_is_a_named_400(server: Server, prices: Created, query: str) -> None:
    answer = request(server, "GET", f"{SHARES}/{prices.id}/rows?{query}")
    assert answer.status == 400
    assert answer.problem["code"] in ("invalid_parameter", "unknown_column", "unknown_sheet")
    assert len(answer.body) < 50_000


@pytest.mark.parametrize("method", ["FOO", "TRACE", "CONNECT", "PROPFIND", "get", "X" * 300])
@pytest.mark.parametrize("path", ["/", "/healthz", SHARES, "/nowhere"])
def test_a_method_nobody_knows_is_405(server: Server, method: str, path: str) -> None:
    answer = request(server, method, path)
    assert (answer.status, answer.problem["code"]) == (405, "method_not_allowed")
    assert "OPTIONS" in answer.headers["allow"]


def test_methods_nobody_knows_make_no_figures_of_their_own(server: Server, client: Client) -> None:
    for number in range(20):
        request(server, f"MADEUP{number}", "/healthz")
    assert "MADEUP" not in client.request("GET", "/metrics").text


def documented() -> list[str]:
    """Every path of the API that can be read, with the number of a revision filled in.

    HEAD of an upload is a method of its own in the tus protocol.
    """
    paths = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"]
    readable = [path for path, methods in paths.items() if "get" in methods]
    return [path.replace("{number}", "1") for path in readable if "upload_id" not in path]


@pytest.mark.parametrize("path", documented())
def test_head_is_get_without_a_body_and_options_says_what_there_is(
    server: Server, prices: Created, path: str
) -> None:
    path = path.format(share_id=prices.id, format="csv")
    got, asked = request(server, "GET", path), request(server, "HEAD", path)
    assert asked.status == got.status
    assert asked.body == b""
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert "HEAD" in request(server, "OPTIONS", path).headers["allow"]
    assert request(server, "OPTIONS", path).status == 204
    for header in ("referrer-policy", "x-robots-tag", "x-content-type-options"):
        assert got.headers[header] == asked.headers[header] != ""


def test_a_foreign_page_may_ask_for_reads_only(server: Server, prices: Created) -> None:
    preflight = ("Origin: https://a.example", "Access-Control-Request-Headers: authorization")
    for method in ("GET", "PATCH", "DELETE"):
        asked = f"Access-Control-Request-Method: {method}"
        answer = request(server, "OPTIONS", f"{SHARES}/{prices.id}", *preflight, asked)
        assert answer.status == 204
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
        assert "authorization" not in answer.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers


def test_a_refusal_names_the_headers_it_hangs_on(server: Server) -> None:
    answer = request(server, "PATCH", f"{SHARES}/abc", "Content-Type: application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "cookie",
    [
        "tablecast_session=",
        "tablecast_session=x",
        "tablecast_session=2|1:0|10:1|17:tablecast_session|4:YWJj|00",
        "tablecast_session=2|1:0|10:1577836800|17:tablecast_session|4:YWJj|" + "0" * 64,
        "tablecast_session=1; tablecast_session=2",
        "tablecast_session=\xff\xfe",
        "tablecast_session=" + "a" * 50_000,
        ";" * 5_000,
        "=====; a=b; \x01",
        'tablecast_session="\\777"',
    ],
)
def test_a_cookie_that_is_not_ours_is_nobody(server: Server, prices: Created, cookie: str) -> None:
    headers = (f"Cookie: {cookie}", "Sec-Fetch-Site: same-origin")
    listed = request(server, "GET", SHARES, *headers)
    if listed.status == 400 and not listed.body:
        return  # a control character: not HTTP at all
    assert (listed.status, listed.body) == (200, b'{"shares":[]}')
    assert request(server, "DELETE", f"{SHARES}/{prices.id}", *headers).status == 401


@pytest.mark.parametrize(
    "given",
    ["Bearer", "Bearer ", "Basic eDp5", "Bearer x", "Bearer tct__", "Bearer tct_a_b\xe9", "tct_a_b"]
    + ["Bearer " + "x" * 50_000, "bearer   tct_a_", "Bearer tct_%00_x", ""],
)
def test_credentials_that_are_none_change_nothing(
    server: Server, prices: Created, given: str
) -> None:
    answer = request(server, "DELETE", f"{SHARES}/{prices.id}", f"Authorization: {given}")
    assert answer.status in (401, 403)
    assert answer.problem["code"] in ("credentials_required", "not_allowed")


def test_headers_without_end_close_the_connection(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 200_000)
        assert receive(connection).status in (0, 400, 431)


@pytest.mark.parametrize(
    "start",
    ["GET", "GET /", "GET / HTTP/9.9", "GET / HTTP/1.1 x", "\x16\x03\x01", "GET \x00 HTTP/1.1"],
)
def test_a_request_line_that_is_none_is_refused(server: Server, start: str) -> None:
    assert exchange(server, f"{start}\r\nHost: x\r\n\r\n").status in (0, 400, 404, 505)


def test_two_requests_sent_at_once_are_answered_in_their_order(server: Server) -> None:
    one = f"POST {SHARES}?colour=red HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    with connected(server) as connection:
        last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall((one + last).encode())
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"400", b"200"]
