"""What is said in front of a node about its clients counts only where a proxy was named."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest
from environs import EnvError
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from backend.config import Config
from backend.views.proxies import TrustedProxies
from tests.client import API, Client
from tests.proxy.conftest import Behind

BROWSER = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "bank.example",
}


def asked(peer: str, **headers: str) -> HTTPServerRequest:
    """A request from an address, as the application sees it after its proxies were looked at."""
    request = HTTPServerRequest(
        start_line=RequestStartLine("GET", "/", "HTTP/1.1"),
        headers=HTTPHeaders({"Host": "node.example", **headers}),
    )
    request.remote_ip = peer
    proxies = [ip_network(each) for each in ("127.0.0.1", "10.0.0.0/8", "::1")]
    TrustedProxies(proxies).apply(request)
    return request


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "somebody", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.7, unknown, 10.1.2.3", "10.1.2.3"),
        ("203.0.113.1", "198.51.100.7", "203.0.113.1"),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours_is_the_client(
    peer: str, told: str, client: str
) -> None:
    assert asked(peer, **{"X-Forwarded-For": told}).remote_ip == client


def test_scheme_and_host_are_a_proxys_to_say() -> None:
    by_proxy, by_stranger = asked("10.0.0.1", **FORGED), asked("203.0.113.1", **FORGED)
    assert (by_proxy.protocol, by_proxy.host) == ("https", "bank.example")
    assert (by_stranger.protocol, by_stranger.host) == ("http", "node.example")
    assert asked("10.0.0.1", **{"X-Forwarded-Proto": "gopher"}).protocol == "http"


def test_a_setting_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLECAST_TRUSTED_PROXIES", "127.0.0.1, proxy.example")
    with pytest.raises(EnvError, match=r"TABLECAST_TRUSTED_PROXIES: 'proxy\.example'"):
        Config.from_env()


def cookie_of(client: Client, headers: dict[str, str]) -> str:
    """The cookie that a browser is given for making a share."""
    answer = client.request("POST", f"{API}/shares", json={}, headers={**BROWSER, **headers})
    answer.raise_for_status()
    return answer.headers["Set-Cookie"]


def test_a_strangers_word_changes_nothing(client: Client) -> None:
    assert "secure" not in cookie_of(client, FORGED).lower()
    origin = {"Origin": "https://bank.example"}
    headers = {"Content-Type": "application/json", **FORGED, **origin}
    answer = client.request("POST", f"{API}/shares", json={}, headers=headers)
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers, "a foreign origin passed for our own"


def test_the_proxy_is_believed_and_drops_what_a_client_says_of_itself(behind: Behind) -> None:
    with Client(behind.nginx.url) as client, Client(behind.a.url) as direct:
        assert "secure" not in cookie_of(client, FORGED).lower()
        assert re.search("; secure", cookie_of(direct, FORGED), re.IGNORECASE)
    with Client(behind.nginx.url) as unknown:
        answer = unknown.request("POST", f"{API}/shares", json={}, headers={"Origin": unknown.url})
    assert "Set-Cookie" in answer.headers, "a page of ours passed for a foreign one"
