"""Which answers nginx keeps, for whom, and for how long: with two nodes behind it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.client import API, Client, Created
from tests.proxy.conftest import Behind
from tests.proxy.nginx import Nginx
from tests.server import free_port

ROWS = b"article,price\n" + b"".join(b"%d,%d.50\n" % (n, n) for n in range(500))
EVERYONE = 24


def pinned(share: Created, query: str = "limit=7") -> str:
    """The address of a page of the first revision."""
    return f"{API}/shares/{share.id}/revisions/1/rows?{query}"


def until(holds: Callable[[], bool], timeout: float = 30) -> None:
    """Ask again and again until something holds."""
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def share(behind: Behind) -> Created:
    """A share with a few hundred rows."""
    return behind.client.create_ready(ROWS, "prices.csv")


def cached(client: Client, path: str, **headers: str) -> tuple[str, requests.Response]:
    """What nginx did for a request (MISS, HIT, BYPASS…), and the answer."""
    answer = client.request("GET", path, headers=headers)
    return answer.headers.get("X-Cache", ""), answer


def test_of_many_who_ask_for_one_page_at_once_one_asks_a_node(
    behind: Behind, share: Created
) -> None:
    together = threading.Barrier(EVERYONE)

    def ask(_: int) -> tuple[str, bytes]:
        with Client(behind.nginx.url) as client:
            together.wait()
            did, answer = cached(client, pinned(share, "limit=13"))
            return did, answer.content

    with ThreadPoolExecutor(EVERYONE) as pool:
        answers = list(pool.map(ask, range(EVERYONE)))
    assert Counter(did for did, _ in answers) == {"MISS": 1, "HIT": EVERYONE - 1}
    assert len({content for _, content in answers}) == 1


def test_there_is_one_copy_for_each_coding_however_it_is_asked_for(
    behind: Behind, share: Created
) -> None:
    path = pinned(share, "limit=400")
    did = [
        cached(behind.client, path, **{"Accept-Encoding": asked})
        for asked in ("gzip, deflate", "br, gzip;q=0.8", "identity", "gzip;q=0", "deflate, br")
    ]
    assert [how for how, _ in did] == ["MISS", "HIT", "MISS", "HIT", "HIT"]
    codings = [answer.headers.get("Content-Encoding") for _, answer in did]
    assert codings == ["gzip", "gzip", None, None, None]
    assert len({answer.content for _, answer in did}) == 1
    assert did[0][1].headers["Vary"] == "Authorization, Cookie, Accept-Encoding"


def test_whoever_is_somebody_gets_nothing_from_the_cache_and_leaves_nothing_there(
    behind: Behind, share: Created
) -> None:
    path = pinned(share, "limit=3")
    for headers in ({"Cookie": "a=b"}, {"Authorization": f"Bearer {share.token}"}):
        for _ in range(2):
            assert cached(behind.client, path, **headers)[0] == "BYPASS"
    assert cached(behind.client, path)[0] == "MISS"
    assert cached(behind.client, path, Cookie="a=b")[0] == "BYPASS"
    assert cached(behind.client, path)[0] == "HIT"


def test_a_client_that_has_a_page_is_told_so_without_a_node(behind: Behind, share: Created) -> None:
    etag = cached(behind.client, pinned(share, "limit=4"))[1].headers["ETag"]
    did, answer = cached(behind.client, pinned(share, "limit=4"), **{"If-None-Match": etag})
    assert (did, answer.status_code, answer.content) == ("HIT", 304, b"")


def test_what_is_not_final_is_not_kept(behind: Behind, share: Created) -> None:
    path = f"{API}/shares/{share.id}/revisions/2/rows"
    assert behind.client.request("GET", path).status_code == 404
    behind.client.upload(share, b"a\n1\n", "b.csv", headers={"Prefer": "wait=30"})
    assert behind.client.request("GET", path).json()["rows"] == [{"a": 1}]
    head = [behind.client.request("GET", f"{API}/shares/{share.id}/rows") for _ in range(2)]
    assert ["X-Cache" in answer.headers for answer in head] == [False, False]
    export = behind.client.request("GET", f"/s/{share.id}/r/1.csv")
    assert (export.status_code, "X-Cache" in export.headers) == (200, False)


def test_files_of_the_site_are_compressed_and_kept(behind: Behind) -> None:
    page = behind.client.request("GET", "/").text
    name = page.partition('src="/assets/')[2].partition('"')[0]
    answers = [cached(behind.client, f"/assets/{name}") for _ in range(2)]
    assert [did for did, _ in answers] == ["MISS", "HIT"]
    assert answers[1][1].headers["Content-Encoding"] == "gzip"


@pytest.fixture(scope="module")
def hurried(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of another nginx whose nodes say of their public pages: keep this for a second.

    Between them stands a server of the same nginx that puts this word for theirs.
    """
    ports = free_port(), free_port()
    between = "".join(
        f"""
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{node.port};
            add_header X-Accel-Expires $second;
        }}
    }}"""
        for port, node in zip(ports, (behind.a, behind.b), strict=True)
    )
    second = 'map $upstream_http_cache_control $second { default ""; "~s-maxage=60$" 1; }'
    log = "    server_tokens off;"
    changes = {log: f"{second}\n{between}\n{log}"}
    folder: Path = tmp_path_factory.mktemp("hurried")
    with Nginx(folder, ports, changes) as nginx, Client(nginx.url) as client:
        yield client


def test_a_page_is_asked_for_again_after_its_minute_and_costs_a_304(
    hurried: Client, share: Created
) -> None:
    did, first = cached(hurried, pinned(share))
    assert did == "MISS"
    assert first.headers["Cache-Control"].endswith("s-maxage=60")
    seen: list[tuple[str, requests.Response]] = []

    def revalidated() -> bool:
        seen.append(cached(hurried, pinned(share)))
        return seen[-1][0] == "REVALIDATED"

    until(revalidated)
    assert {did for did, _ in seen[:-1]} <= {"HIT"}
    assert {answer.content for _, answer in seen} == {first.content}


def test_a_deleted_share_is_gone_when_its_minute_is_over(behind: Behind, hurried: Client) -> None:
    share = behind.client.create_ready(ROWS, "prices.csv")
    assert cached(hurried, pinned(share))[0] == "MISS"
    headers = {"Authorization": f"Bearer {share.token}"}
    hurried.request("DELETE", f"{API}/shares/{share.id}", headers=headers).raise_for_status()
    until(lambda: hurried.request("GET", pinned(share)).status_code == 404)
    # and it stays gone, for all who ask together too
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(requests.get, hurried.url + pinned(share)) for _ in range(8)]
    assert {one.result().status_code for one in asked} == {404}
