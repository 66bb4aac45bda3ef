"""Charts over HTTP: what is told, with which headers, and what is refused by name."""

from __future__ import annotations

import io
from typing import Any

import pandas
import pytest

from tests.client import API, Client, Created

SALES = (
    "id,Région,amount,x,day,paid,seen\n"
    "1,north,12.5,3,2024-01-31,true,2024-01-31T10:00:00\n"
    "2,South,-3,4,2024-02-29,false,2024-01-31T12:30:00\n"
    "3,north,100.25,5,2024-02-01,true,2024-01-31T12:59:59\n"
    "4,ørsted,7,6,2024-05-01,,2024-01-31T13:00:00\n"
    "5,,0.25,7,,true,\n"
).encode()


@pytest.fixture
def sales(client: Client) -> Created:
    """A share with a column of every type; one is called like a parameter."""
    return client.create_ready(SALES, "sales.csv")


def chart(client: Client, share: Created, **params: str) -> dict[str, Any]:
    """The chart of the head."""
    answer = client.request("GET", f"{API}/shares/{share.id}/chart", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def pairs(told: dict[str, Any], place: str = "x") -> list[tuple[Any, Any]]:
    """Where each mark stands, and its value."""
    return [(mark[place], mark["value"]) for mark in told["marks"]]


def test_rows_are_counted_by_a_text(client: Client, sales: Created) -> None:
    told = chart(client, sales, x="région")
    assert (told["share"], told["revision"], told["sheet_index"]) == (sales.id, 1, 0)
    assert (told["form"], told["measure"], told["y"]) == ("categories", "count", None)
    assert told["x"] == {
        **{"key": "région", "name": "Région", "type": "text"},
        **{"nulls": 1, "nan": 0, "infinite": 0},
    }
    assert pairs(told) == [("north", 2), ("South", 1), ("ørsted", 1)]
    assert (told["total"], told["drawn"]) == (5, 4)
    assert told["unplaced"] == {"rows": 1, "value": 1}
    assert told["others"] is None


@pytest.mark.parametrize("measure", ["sum", "mean", "min", "max", "count"])
def test_a_measure_of_numbers_by_a_text_is_that_of_pandas(
    client: Client, sales: Created, measure: str
) -> None:
    told = chart(client, sales, x="région", y="amount", measure=measure)
    theirs = pandas.read_csv(io.BytesIO(SALES)).groupby("Région")["amount"].agg(measure)
    assert dict(pairs(told)) == theirs.to_dict()
    assert [mark["value"] for mark in told["marks"]] == sorted(theirs, reverse=True)
    assert told["unplaced"] == {"rows": 1, "count": 1, "value": 1 if measure == "count" else 0.25}


def test_categories_without_a_mark_are_told_together(client: Client, sales: Created) -> None:
    told = chart(client, sales, x="région", y="amount", top="1")
    assert pairs(told) == [("north", 112.75)]
    assert told["others"] == {"categories": 2, "rows": 2, "count": 2, "value": 4.0}


def test_days_are_counted_by_a_period_and_none_is_left_out(client: Client, sales: Created) -> None:
    told = chart(client, sales, x="day", y="id", period="month")
    assert (told["form"], told["period"], told["measure"]) == ("periods", "month", "sum")
    assert pairs(told, "from") == [
        ("2024-01-01", 1),
        ("2024-02-01", 5),
        ("2024-03-01", 0),
        ("2024-04-01", 0),
        ("2024-05-01", 4),
    ]
    assert chart(client, sales, x="day")["period"] == "day"
    hours = chart(client, sales, x="seen", period="hour")
    assert pairs(hours, "from") == [
        ("2024-01-31T10:00:00", 1),
        ("2024-01-31T11:00:00", 0),
        ("2024-01-31T12:00:00", 2),
        ("2024-01-31T13:00:00", 1),
    ]


def test_numbers_lie_in_bins_and_two_of_them_are_points(client: Client, sales: Created) -> None:
    told = chart(client, sales, x="x")
    assert (told["form"], pairs(told, "from")) == ("bins", [(n, 1) for n in (3, 4, 5, 6, 7)])
    assert pairs(chart(client, sales, x="x", y="amount", measure="max"), "from")[2] == (5, 100.25)
    told = chart(client, sales, x="x", y="amount")
    assert (told["form"], told["measure"], told["drawn"]) == ("points", None, 5)
    assert told["marks"][0] == {"x": 3, "y": 12.5}


@pytest.mark.parametrize(
    ("params", "total"),
    [
        ({"amount__gte": "7"}, 3),
        ({"région__eq": "north", "x__gt": "3"}, 1),
        ({"q": "ØRSTED"}, 1),
        ({"day__isnull": "true"}, 1),
        ({"id__gt": "100"}, 0),
    ],
)
def test_only_the_rows_that_were_asked_for_are_drawn(
    client: Client, sales: Created, params: dict[str, str], total: int
) -> None:
    assert client.page(sales.id, 1, **params)["total"] == total
    for wanted in ({"x": "région"}, {"x": "day", "y": "amount"}, {"x": "x", "y": "amount"}):
        told = chart(client, sales, **wanted, **params)
        assert told["total"] == total
        missing = (told.get("unplaced") or {"rows": 0})["rows"]
        assert told["drawn"] + missing == total


REFUSED: list[tuple[dict[str, str], str, str]] = [
    ({}, "invalid_parameter", "x"),
    ({"x": "amout"}, "unknown_column", "amount"),
    ({"x": "day", "y": "amout"}, "unknown_column", "amount"),
    ({"x": "day", "y": "région"}, "invalid_parameter", "integer or number"),
    ({"x": "day", "measure": "sum"}, "invalid_parameter", "measure"),
    ({"x": "day", "y": "x", "measure": "median"}, "invalid_parameter", "measure"),
    ({"x": "région", "period": "day"}, "invalid_parameter", "period"),
    ({"x": "day", "period": "hour"}, "invalid_parameter", "decade"),
    ({"x": "day", "period": "fortnight"}, "invalid_parameter", "period"),
    ({"x": "seen", "period": "second"}, "invalid_parameter", "minute or longer"),
    ({"x": "day", "top": "5"}, "invalid_parameter", "top"),
    ({"x": "région", "top": "0"}, "invalid_parameter", "top"),
    ({"x": "région", "top": "201"}, "invalid_parameter", "top"),
    ({"x": "day", "sort": "x"}, "invalid_parameter", "sort"),
    ({"x": "day", "columns": "x"}, "invalid_parameter", "columns"),
    ({"x": "day", "limit": "5"}, "invalid_parameter", "limit"),
    ({"x": "day", "amount__eq": "abc"}, "invalid_parameter", "amount__eq"),
    ({"x": "day", "sheet": "Nowhere"}, "unknown_sheet", "Nowhere"),
]


def test_what_cannot_be_drawn_is_refused_by_name(client: Client, sales: Created) -> None:
    for params, code, named in REFUSED:
        answer = client.request("GET", f"{API}/shares/{sales.id}/chart", params=params)
        assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert named in answer.text, params


@pytest.mark.parametrize("pinned", [False, True])
def test_a_chart_is_kept_as_pages_are(client: Client, sales: Created, pinned: bool) -> None:
    path = f"{API}/shares/{sales.id}{'/revisions/1' * pinned}/chart?x=day&y=amount"
    first = client.request("GET", path)
    kept = "public, max-age=31536000, immutable, s-maxage=60" if pinned else "no-cache"
    assert first.headers["Cache-Control"] == kept
    assert "Set-Cookie" not in first.headers
    tag = first.headers["ETag"]
    again = client.request("GET", path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    head = client.request("HEAD", path)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", tag)
    assert client.request("GET", path).content == first.content
    zipped = client.request("GET", path, headers={"Accept-Encoding": "gzip"})
    assert zipped.json() == first.json()
    refused = client.request("POST", path)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_new_revision_has_a_chart_of_its_own(client: Client, sales: Created) -> None:
    before = chart(client, sales, x="région")
    client.upload(sales, SALES + b"6,north,1,1,,,\n", "sales.csv")
    client.wait_ready(sales.id, 2)
    after = chart(client, sales, x="région")
    assert (after["revision"], pairs(after)[0]) == (2, ("north", 3))
    pinned = client.request("GET", f"{API}/shares/{sales.id}/revisions/1/chart?x=région")
    assert pinned.json() == before


def test_a_column_of_nothing_has_no_marks_and_says_why(client: Client) -> None:
    share = client.create_ready(b"a,b,c\n,1,\n,2,\n", "empty.csv")
    told = chart(client, share, x="a", y="b")
    assert (told["marks"], told["drawn"], told["x"]["nulls"]) == ([], 0, 2)
    assert told["unplaced"] == {"rows": 2, "count": 2, "value": 3}
    nothing = client.create_ready(b"a,b\n", "none.csv")
    assert chart(client, nothing, x="a")["total"] == 0


def test_integers_beyond_2_53_are_texts_and_say_so(client: Client) -> None:
    share = client.create_ready(b"name,n\na,9007199254740993\na,1\nb,2\n", "large.csv")
    told = chart(client, share, x="name", y="n")
    assert (pairs(told), told["values_as_strings"]) == (
        [("a", "9007199254740994"), ("b", "2")],
        True,
    )
    assert told["y"]["integers_as_strings"]


def test_a_share_without_a_table_says_so(client: Client) -> None:
    made = client.request("POST", f"{API}/shares", json={"title": "later"}).json()
    answer = client.request("GET", f"{API}/shares/{made['id']}/chart?x=a")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_revision_yet")
    assert client.request("GET", f"{API}/shares/nobody/chart?x=a").status_code == 404
