"""Shares over REST: the link, who may change what is behind it, and what a version is for."""

from __future__ import annotations

import pytest
import requests

from tests.client import API, Client
from tests.conftest import StartServer
from tests.server import Server

CSV = b"city,people\nOslo,709037\nBergen,291940\n"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_file_becomes_a_share_with_a_link(client: Client) -> None:
    share = client.create_ready(CSV, "cities.csv")
    seen = client.share(share.id)
    assert seen["title"] == "cities.csv"
    assert (seen["head"], seen["latest"], seen["access"]) == (1, 1, "view")
    assert seen["links"]["page"] == f"/s/{share.id}"
    assert "edit_token" not in seen


def test_a_share_can_be_made_before_its_file_and_says_that_it_has_no_rows_yet(
    client: Client,
) -> None:
    answer = client.request("POST", f"{API}/shares", json={"title": "Budget"})
    assert answer.status_code == 201
    share_id = answer.json()["id"]
    assert answer.headers["Location"] == f"{API}/shares/{share_id}"
    rows = client.request("GET", f"{API}/shares/{share_id}/rows")
    assert (rows.status_code, rows.json()["code"]) == (409, "no_revision_yet")


def test_a_new_revision_keeps_the_link_and_old_pages_stay_readable(client: Client) -> None:
    share = client.create_ready(CSV, "cities.csv")
    client.upload(share, CSV + b"Tromso,78745\n", "cities2.csv")
    client.wait_ready(share.id, 2)
    assert client.page(share.id)["total"] == 3
    assert client.page(share.id, 1)["total"] == 2
    history = client.request("GET", f"{API}/shares/{share.id}/revisions").json()
    assert [revision["number"] for revision in history["revisions"]] == [2, 1]
    assert history["next"] is None


def test_history_is_paged_by_next(client: Client) -> None:
    share = client.create_ready(CSV, "1.csv")
    for number in range(2, 6):
        client.upload(share, CSV, f"{number}.csv")
    page = client.request("GET", f"{API}/shares/{share.id}/revisions?limit=2").json()
    numbers = [revision["number"] for revision in page["revisions"]]
    while page["next"]:
        page = client.request("GET", page["next"]).json()
        numbers += [revision["number"] for revision in page["revisions"]]
    assert numbers == [5, 4, 3, 2, 1]


def test_only_the_token_of_the_share_may_change_it(client: Client) -> None:
    mine = client.create(CSV, "mine.csv")
    other = client.create(CSV, "other.csv")
    path = f"{API}/shares/{mine.id}"
    nobody = client.request("PATCH", path, json={"title": "x"})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "credentials_required")
    assert "Bearer" in nobody.headers["WWW-Authenticate"]
    stranger = client.request("PATCH", path, json={"title": "x"}, headers=bearer(other.token))
    assert (stranger.status_code, stranger.json()["code"]) == (403, "not_allowed")
    forged = bearer(mine.token[:-1] + ("A" if mine.token[-1] != "A" else "B"))
    assert client.request("PATCH", path, json={"title": "x"}, headers=forged).status_code == 403
    owner = client.request("PATCH", path, json={"title": "Named"}, headers=bearer(mine.token))
    assert (owner.status_code, owner.json()["title"]) == (200, "Named")
    assert client.share(mine.id)["title"] == "Named"


def test_if_match_lets_only_one_of_two_renames_win(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    path = f"{API}/shares/{share.id}"
    etag = client.request("GET", path).headers["ETag"]
    headers = {**bearer(share.token), "If-Match": etag}
    first = client.request("PATCH", path, json={"title": "first"}, headers=headers)
    second = client.request("PATCH", path, json={"title": "second"}, headers=headers)
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["code"] == "precondition_failed"
    assert client.share(share.id)["title"] == "first"


def test_the_etag_of_a_share_answers_304_until_it_changes(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    path = f"{API}/shares/{share.id}"
    etag = client.request("GET", path).headers["ETag"]
    same = client.request("GET", path, headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    client.request("PATCH", path, json={"title": "b"}, headers=bearer(share.token))
    assert client.request("GET", path, headers={"If-None-Match": etag}).status_code == 200


def test_a_deleted_share_is_gone_for_everyone(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    page = f"{API}/shares/{share.id}/revisions/1/rows"
    assert client.request("GET", page).status_code == 200
    gone = client.request("DELETE", f"{API}/shares/{share.id}", headers=bearer(share.token))
    assert (gone.status_code, gone.content) == (204, b"")
    for path in (f"{API}/shares/{share.id}", page, f"{API}/shares/{share.id}/revisions"):
        answer = client.request("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


class Browser(requests.Session):
    """What a browser adds: a cookie jar, and where the page that asks came from."""

    def __init__(self, site: str, origin: str) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update({"Sec-Fetch-Site": site, "Origin": origin})


def test_the_browser_that_made_a_share_may_change_it_and_finds_it_again(server: Server) -> None:
    with Browser("same-origin", server.url) as browser:
        made = browser.post(f"{server.url}{API}/shares?filename=a.csv", data=CSV)
        cookie = made.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        path = f"{server.url}{API}/shares/{made.json()['id']}"
        assert browser.get(path).json()["access"] == "edit"
        assert browser.patch(path, json={"title": "Mine"}).status_code == 200
        listed = browser.get(f"{server.url}{API}/shares").json()["shares"]
        assert [share["title"] for share in listed] == ["Mine"]
        assert "Set-Cookie" not in browser.get(path).headers


def test_a_cookie_counts_for_nothing_when_another_origin_asks(server: Server) -> None:
    with Browser("same-origin", server.url) as browser:
        made = browser.post(f"{server.url}{API}/shares?filename=a.csv", data=CSV).json()
        path = f"{server.url}{API}/shares/{made['id']}"
        browser.headers.update({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
        assert browser.patch(path, json={"title": "Stolen"}).status_code == 401
        assert browser.get(path).json()["access"] == "view"
        assert browser.get(f"{server.url}{API}/shares").json() == {"shares": []}
        del browser.headers["Sec-Fetch-Site"]  # an older browser says only where it comes from
        assert browser.delete(path).status_code == 401
        upload = browser.post(f"{path}/revisions?filename=b.csv", data=CSV)
        assert upload.status_code == 401


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "", "https://"])
def test_an_origin_that_is_nobody_is_foreign(server: Server, origin: str) -> None:
    with Browser("same-origin", server.url) as browser:
        made = browser.post(f"{server.url}{API}/shares?filename=a.csv", data=CSV).json()
        del browser.headers["Sec-Fetch-Site"]
        browser.headers["Origin"] = origin
        answer = browser.delete(f"{server.url}{API}/shares/{made['id']}")
        assert answer.status_code == 401


def test_behind_a_proxy_the_public_address_is_our_own(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_PUBLIC_URL": "https://tables.example"})
    with Browser("same-origin", "https://tables.example") as browser:
        del browser.headers["Sec-Fetch-Site"]
        made = browser.post(f"{server.url}{API}/shares?filename=a.csv", data=CSV).json()
        path = f"{server.url}{API}/shares/{made['id']}"
        assert browser.get(path).json()["access"] == "edit"
        browser.headers["Origin"] = "https://tables.example.evil.example"
        assert browser.get(path).json()["access"] == "view"


def test_a_forged_cookie_is_no_session(server: Server) -> None:
    with Browser("same-origin", server.url) as browser:
        browser.cookies.set("tablecast_session", "2|1:0|10:1|17:tablecast_session|4:YWJj|00")
        assert browser.get(f"{server.url}{API}/shares").json() == {"shares": []}


def test_shares_of_a_token_are_the_one_it_is_for(client: Client) -> None:
    share = client.create(CSV, "a.csv")
    listed = client.request("GET", f"{API}/shares", headers=bearer(share.token)).json()["shares"]
    assert [found["id"] for found in listed] == [share.id]
    refused = client.request("GET", f"{API}/shares", headers=bearer("tct_nonsense_x"))
    assert refused.status_code == 401
