"""Summaries over HTTP: what is told, in which form, with which headers, and what is refused."""

from __future__ import annotations

import html
import io
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pandas
import pytest

from tests.api.conftest import PRICES
from tests.client import API, Client, Created
from tests.conftest import StartServer

SALES = (
    "id,Région,amount,limit,q,a__eq,Two Words,paid,day\n"
    "1,north,12.5,3,x,1,p,true,2024-01-31\n"
    "2,South,-3,4,y,2,q,false,2024-02-29\n"
    "3,north,100.25,5,z,3,,true,\n"
    "4,ørsted,7,6,x,4,p,,2024-02-01\n"
).encode()
HOSTILE = b'name,"<script>alert(1)</script>"\n"<img src=x onerror=alert(1)>","a"\n"&lt;","b\x07c"\n'


@pytest.fixture
def sales(client: Client) -> Created:
    """A share with a column of every type, and keys that look like something else."""
    return client.create_ready(SALES, "sales.csv")


def summary(client: Client, share: Created, **params: Any) -> dict[str, Any]:
    """The summary of the head."""
    answer = client.request("GET", f"{API}/shares/{share.id}/summary", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def by_key(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The columns of a summary by their keys."""
    return {column["key"]: column for column in told["columns"]}


def test_each_column_is_told_as_pandas_describes_it(client: Client, sales: Created) -> None:
    told = summary(client, sales)
    assert (told["share"], told["revision"], told["total"]) == (sales.id, 1, 4)
    columns = by_key(told)
    theirs = pandas.read_csv(io.BytesIO(SALES))
    for key in ("id", "amount", "limit", "a__eq"):
        described = theirs[key].describe()
        column = columns[key]
        assert [column["count"], column["mean"], column["min"], column["max"]] == [
            described[name] for name in ("count", "mean", "min", "max")
        ]
        assert column["std"] == pytest.approx(described["std"], rel=1e-9)
        assert column["quartiles"] == [described[name] for name in ("25%", "50%", "75%")]
    assert columns["région"]["top"][0] == {"value": "north", "count": 2}
    assert (columns["two_words"]["nulls"], columns["two_words"]["distinct"]) == (1, 2)
    assert (columns["paid"]["true"], columns["paid"]["false"], columns["paid"]["nulls"]) == (
        2,
        1,
        1,
    )
    assert (columns["day"]["min"], columns["day"]["max"]) == ("2024-01-31", "2024-02-29")


@pytest.mark.parametrize(
    ("params", "total"),
    [
        ({"amount__gte": "7"}, 3),
        ({"région__eq": "north", "amount__lt": "50"}, 1),
        ({"limit__in": "3,4"}, 2),
        ({"q__eq": "x"}, 2),
        ({"a__eq__eq": "2"}, 1),
        ({"q": "ØRSTED"}, 1),
        ({"q": "north", "q__ne": "x"}, 1),
        ({"two_words__isnull": "true"}, 1),
        ({"day__gte": "2024-02-01"}, 2),
        ({"paid__eq": "true"}, 2),
        ({"id__gt": "100"}, 0),
    ],
)
def test_only_the_rows_that_were_asked_for_count(
    client: Client, sales: Created, params: dict[str, str], total: int
) -> None:
    told = summary(client, sales, **params)
    assert told["total"] == total
    assert all(column["count"] + column["nulls"] == total for column in told["columns"])
    page = client.page(sales.id, 1, **params)
    assert page["total"] == total
    values = [row["amount"] for row in page["rows"]]
    assert by_key(told)["amount"]["max"] == max(values, default=None)
    # one column alone takes another way to the same
    alone = summary(client, sales, columns="amount", **params)
    assert alone["columns"] == [by_key(told)["amount"]]


def test_columns_come_in_the_order_asked_for(client: Client, sales: Created) -> None:
    told = summary(client, sales, columns="amount,id")
    assert [column["key"] for column in told["columns"]] == ["amount", "id"]


@pytest.mark.parametrize(
    ("params", "code", "named"),
    [
        ({"sort": "id"}, "invalid_parameter", "sort"),
        ({"collate": "natural"}, "invalid_parameter", "collate"),
        ({"limit": "5"}, "invalid_parameter", "limit"),
        ({"nonsense": "5"}, "invalid_parameter", "nonsense"),
        ({"amount__like": "5"}, "invalid_parameter", "like"),
        ({"amount__eq": "abc"}, "invalid_parameter", "amount__eq"),
        ({"columns": "amount,amout"}, "unknown_column", "amount"),
        ({"amout__eq": "1"}, "unknown_column", "amount"),
        ({"sheet": "Nowhere"}, "unknown_sheet", "Nowhere"),
        ({"sheet": "a", "sheet_index": "0"}, "invalid_parameter", "sheet_index"),
        ({"columns": "id,,id"}, "invalid_parameter", "columns"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    client: Client, sales: Created, params: dict[str, str], code: str, named: str
) -> None:
    answer = client.request("GET", f"{API}/shares/{sales.id}/summary", params=params)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["code"] == code
    assert named in answer.text


WIDE = [f"c{number}" for number in range(2_000)]


def test_a_sheet_of_two_thousand_columns_is_summarised_at_once(client: Client) -> None:
    content = f"{','.join(WIDE)}\n{','.join('1' * 2_000)}\n".encode()
    share = client.create_ready(content, "wide.csv")
    told = summary(client, share)
    assert [column["key"] for column in told["columns"]] == WIDE
    assert {column["mean"] for column in told["columns"]} == {1.0}
    assert summary(client, share, columns="c7")["columns"] == [told["columns"][7]]


def test_a_sheet_too_wide_for_one_summary_says_so_and_takes_names(
    start_server: StartServer,
) -> None:
    server = start_server(env={"TABLECAST_MAX_SUMMARY_COLUMNS": "5"})
    with Client(server.url) as client:
        share = client.create_ready(SALES, "sales.csv")
        answer = client.request("GET", f"{API}/shares/{share.id}/summary")
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (400, "too_many_columns")
        assert problem["max_summary_columns"] == 5
        assert "these are 9" in problem["detail"]
        assert "columns=id,région" in problem["detail"]
        told = summary(client, share, columns="day,id")
        assert [column["key"] for column in told["columns"]] == ["day", "id"]


def test_an_empty_sheet_has_columns_without_values(client: Client) -> None:
    share = client.create_ready(b"a,b\n", "empty.csv")
    told = summary(client, share)
    assert told["total"] == 0
    assert [column["count"] for column in told["columns"]] == [0, 0]


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_summary_is_kept_as_pages_are(
    client: Client, sales: Created, pinned: bool, accept: str
) -> None:
    path = f"{API}/shares/{sales.id}{'/revisions/1' * pinned}/summary?columns=amount"
    headers = {"Accept": accept}
    first = client.request("GET", path, headers=headers)
    kept = "public, max-age=31536000, immutable, s-maxage=60" if pinned else "no-cache"
    assert first.headers["Cache-Control"] == kept
    assert "Accept" in first.headers["Vary"].replace("Accept-Encoding", "").split(", ")
    assert "Set-Cookie" not in first.headers
    tag = first.headers["ETag"]
    again = client.request("GET", path, headers={**headers, "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    head = client.request("HEAD", path, headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == tag
    assert head.headers["Content-Type"] == first.headers["Content-Type"]


def test_each_form_and_each_coding_has_its_own_etag(client: Client, sales: Created) -> None:
    path = f"{API}/shares/{sales.id}/summary"
    tags = {
        client.request("GET", path, headers={"Accept": form, "Accept-Encoding": coding}).headers[
            "ETag"
        ]
        for form in ("application/json", "text/html")
        for coding in ("identity", "gzip")
    }
    assert len(tags) == 4


@pytest.mark.parametrize(
    ("accept", "type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("TEXT/HTML", "text/html"),
        ("text/*;q=0.9, application/json;q=0.1", "text/html"),
        ("text/html;q=0, */*", "application/json"),
        ("application/*, text/html", "application/json"),
        ("nonsense;;;q=,,,", "application/json"),
    ],
)
def test_the_accept_header_decides_the_form(
    client: Client, sales: Created, accept: str, type: str
) -> None:
    path = f"{API}/shares/{sales.id}/summary"
    answer = client.request("GET", path, headers={"Accept": accept})
    assert answer.headers["Content-Type"].partition(";")[0] == type


class Tags(HTMLParser):
    """Every tag with its attributes, and the text of all cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_table_for_people_runs_nothing_that_came_with_a_file(client: Client) -> None:
    share = client.create_ready(HOSTILE, "<b>x</b>.csv")
    answer = client.request(
        "GET", f"{API}/shares/{share.id}/summary", headers={"Accept": "text/html"}
    )
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = Tags()
    page.feed(answer.text)
    names = [tag for tag, _ in page.tags]
    assert not {"script", "img", "style", "b"} & set(names)
    assert not [name for _, given in page.tags for name in given if name[:2] == "on"]
    assert not [given for _, given in page.tags if "style" in given]
    assert "<img src=x onerror=alert(1)>" in page.text
    assert "&lt;" in page.text
    assert "\x07" not in answer.text
    assert names.count("th") == 13 + 2
    assert all(given.get("scope") in {"col", "row"} for tag, given in page.tags if tag == "th")


def test_the_table_for_people_is_styled_by_a_file_of_its_own(
    client: Client, sales: Created
) -> None:
    answer = client.request(
        "GET", f"{API}/shares/{sales.id}/summary", headers={"Accept": "text/html"}
    )
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', answer.text)
    style = client.request("GET", html.unescape(address))
    assert style.status_code == 200
    assert style.headers["Content-Type"].startswith("text/css")


def test_a_new_revision_has_a_summary_of_its_own(client: Client) -> None:
    share = client.create_ready(PRICES, "prices.csv")
    before = summary(client, share)
    client.upload(share, b"article,price\nx,99\n", "prices.csv")
    client.wait_ready(share.id, 2)
    after = summary(client, share)
    assert (before["revision"], after["revision"]) == (1, 2)
    assert by_key(after)["price"]["max"] == 99
    pinned = client.request("GET", f"{API}/shares/{share.id}/revisions/1/summary").json()
    assert pinned == before


def test_a_share_without_a_table_says_so(client: Client) -> None:
    made = client.request("POST", f"{API}/shares", json={"title": "later"}).json()
    answer = client.request("GET", f"{API}/shares/{made['id']}/summary")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_revision_yet")
    answer = client.request("GET", f"{API}/shares/{quote('nobody')}/summary")
    assert answer.status_code == 404
