"""Pages over REST: any slice, exact values, pinned links, and caching that is always right."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.client import API, Client, Created
from tests.server import Server

TABLE = "id,amount,name,day,code\n" + "".join(
    f"{number},{number / 4:.2f},name {number},2024-01-{number % 28 + 1:02d},{number:05d}\n"
    for number in range(1, 2501)
)


@pytest.fixture(scope="module")
def share(server: Server) -> Created:
    with Client(server.url) as client:
        return client.create_ready(TABLE.encode(), "table.csv")


def test_following_next_gives_every_row_once(client: Client, share: Created) -> None:
    pages = list(client.pages(share.id, limit=700))
    assert [page["offset"] for page in pages] == [0, 700, 1400, 2100]
    assert {page["total"] for page in pages} == {2500}
    rows = [row for page in pages for row in page["rows"]]
    assert [row["id"] for row in rows] == list(range(1, 2501))


def test_values_are_typed_and_their_text_is_kept(client: Client, share: Created) -> None:
    page = client.page(share.id, offset=1, limit=1)
    assert page["rows"] == [
        {"id": 2, "amount": 0.5, "name": "name 2", "day": "2024-01-03", "code": "00002"}
    ]
    types = [column["type"] for column in page["columns"]]
    assert types == ["integer", "number", "text", "date", "text"]
    text = client.page(share.id, offset=1, limit=1, values="text", shape="arrays")
    assert text["rows"] == [["2", "0.50", "name 2", "2024-01-03", "00002"]]


def test_columns_are_chosen_and_ordered_by_the_caller(client: Client, share: Created) -> None:
    page = client.page(share.id, columns="code,id", limit=1)
    assert [column["key"] for column in page["columns"]] == ["code", "id"]
    assert list(page["rows"][0]) == ["code", "id"]


def test_next_repeats_what_was_asked_and_is_pinned(client: Client, share: Created) -> None:
    page = client.page(share.id, columns="code,id", shape="arrays", values="text", limit=3)
    following = client.request("GET", page["next"]).json()
    assert following["rows"] == [["00004", "4"], ["00005", "5"], ["00006", "6"]]
    assert "/revisions/1/rows" in page["next"]


def test_a_page_beyond_the_end_is_empty(client: Client, share: Created) -> None:
    page = client.page(share.id, offset=10_000_000)
    assert (page["rows"], page["next"], page["total"]) == ([], None, 2500)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=1001", "invalid_parameter"),
        ("limit=0", "invalid_parameter"),
        ("offset=-1", "invalid_parameter"),
        ("limit=10&limit=20", "invalid_parameter"),
        ("limit=1_0", "invalid_parameter"),
        ("limit=%FF", "invalid_parameter"),
        ("page=2", "invalid_parameter"),
        ("columns=id,,code", "invalid_parameter"),
        ("columns=id,id", "invalid_parameter"),
        ("columns=amont", "unknown_column"),
        ("sheet=Nope", "unknown_sheet"),
        ("sheet_index=7", "unknown_sheet"),
    ],
)
def test_a_wrong_parameter_is_named_and_never_clamped(
    client: Client, share: Created, query: str, code: str
) -> None:
    answer = client.request("GET", f"{API}/shares/{share.id}/rows?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_unknown_column_is_told_with_its_near_matches(client: Client, share: Created) -> None:
    answer = client.request("GET", f"{API}/shares/{share.id}/rows?columns=amont")
    assert "amount" in answer.json()["detail"]


def test_a_pinned_page_may_be_kept_for_ever_and_a_head_page_may_not(
    client: Client, share: Created
) -> None:
    pinned = client.request("GET", f"{API}/shares/{share.id}/revisions/1/rows")
    assert pinned.headers["Cache-Control"] == ("public, max-age=31536000, immutable, s-maxage=60")
    head = client.request("GET", f"{API}/shares/{share.id}/rows")
    assert head.headers["Cache-Control"] == "no-cache"
    for answer in (pinned, head):
        assert answer.headers["Vary"] == "Authorization, Cookie, Accept-Encoding"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer.headers


def test_the_head_page_changes_its_etag_with_the_revision(client: Client) -> None:
    share = client.create_ready(b"a\n1\n", "a.csv")
    path = f"{API}/shares/{share.id}/rows"
    first = client.request("GET", path)
    again = client.request("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    client.upload(share, b"a\n2\n", "a.csv")
    client.wait_ready(share.id, 2)
    changed = client.request("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["rows"] == [{"a": 2}]


def test_head_says_what_get_would_without_the_body(client: Client, share: Created) -> None:
    path = f"{API}/shares/{share.id}/rows"
    got, asked = client.request("GET", path), client.request("HEAD", path)
    assert asked.content == b""
    for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control"):
        assert asked.headers[name] == got.headers[name]


def test_integers_that_a_browser_would_round_come_as_strings(client: Client) -> None:
    share = client.create_ready(b"big,small\n9007199254740993,1\n5,2\n", "big.csv")
    page = client.page(share.id)
    assert page["rows"] == [{"big": "9007199254740993", "small": 1}, {"big": "5", "small": 2}]
    assert page["columns"][0]["integers_as_strings"] is True
    assert "integers_as_strings" not in page["columns"][1]


def test_a_sheet_of_2000_columns_is_paged(client: Client) -> None:
    header = ",".join(f"c{number}" for number in range(2000))
    row = ",".join(str(number) for number in range(2000))
    share = client.create_ready("\n".join([header, *[row] * 600]).encode(), "wide.csv")
    page = client.page(share.id, offset=500, limit=100)
    assert len(page["columns"]) == 2000
    assert [len(row) for row in page["rows"]] == [2000] * 100
    assert page["rows"][0]["c1999"] == 1999


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_page_loads_no_pandas_into_the_server(
    server: Server, client: Client, share: Created
) -> None:
    client.page(share.id, values="text")
    client.page(share.id, limit=1000, sort="-amount", day__gte="2024-01-03")
    assert server.process is not None
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "pyarrow" in mapped
    assert "pandas" not in mapped
