"""Filters, search and order over REST: exact, named refusals, and one node's many ways to fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import API, Client, Created
from tests.server import Server

CELLS = (
    "id,amount,name,day,moment,paid,big\n"
    "1,2.50,b2,2024-01-01,2024-01-01T10:00:00,true,9007199254740993\n"
    "2,12.5,B10,2024-02-01,2024-01-02T10:00:00,false,9007199254740992\n"
    "3,,b1,2024-01-03,,true,1\n"
    "4,-3,Ørsted,,2024-01-01T10:00:01,,\n"
    '5,2.5,"a, ""b""",2024-01-03,2024-01-01T00:00:00,false,-5\n'
)


@pytest.fixture(scope="module")
def share(server: Server) -> Created:
    with Client(server.url) as client:
        return client.create_ready(CELLS.encode(), "cells.csv")


def ids(client: Client, share: Created, **params: Any) -> list[int]:
    """The ids of the rows of a view."""
    page = client.page(share.id, **params)
    assert page["total"] == len(page["rows"])
    return [row["id"] for row in page["rows"]]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"sort": "-amount"}, [2, 1, 5, 4, 3]),
        ({"sort": "day,-id"}, [1, 5, 3, 2, 4]),
        ({"sort": "name"}, [2, 5, 3, 1, 4]),
        ({"sort": "name", "collate": "natural"}, [2, 5, 3, 1, 4]),
        ({"amount__gte": "2.5"}, [1, 2, 5]),
        ({"amount__ne": "2.5"}, [2, 3, 4]),
        ({"amount__in": "2.5,-3"}, [1, 4, 5]),
        ({"amount__isnull": "true"}, [3]),
        ({"name__contains": "b"}, [1, 3, 5]),
        ({"name__startswith": "B"}, [2]),
        ({"name__in": 'b1,"a, ""b"""'}, [3, 5]),
        ({"paid__eq": "true"}, [1, 3]),
        ({"day__lt": "2024-01-03"}, [1]),
        ({"moment__gt": "2024-01-01T10:00:00Z"}, [2, 4]),
        ({"moment__lte": "2024-01-01T12:00:00+02:00"}, [1, 5]),
        ({"big__gt": "9007199254740992"}, [1]),
        ({"big__eq": "9007199254740993"}, [1]),
        ({"q": "ØRSTED"}, [4]),
        ({"q": "orsted"}, [4]),
        ({"q": "2.50"}, [1]),
        ({"q": "t10"}, [1, 2, 4]),
        ({"q": "b", "sort": "-id", "amount__gt": "0"}, [5, 2, 1]),
        ({"id__gte": ["2", "3"], "id__lt": "5"}, [3, 4]),
    ],
)
def test_rows_are_chosen_and_ordered(
    client: Client, share: Created, params: dict[str, Any], found: list[int]
) -> None:
    assert ids(client, share, **params) == found


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("amount__gt=much", "invalid_parameter", "amount__gt: 'much' is not a number"),
        ("id__eq=2.5", "invalid_parameter", "whole number"),
        ("id__eq=9223372036854775808", "invalid_parameter", "64 bits"),
        ("paid__gt=true", "invalid_parameter", "paid__eq, paid__ne, paid__in, paid__isnull"),
        ("day__eq=01.02.2024", "invalid_parameter", "2024-01-31"),
        ("moment__eq=noon", "invalid_parameter", "moment"),
        ("amount__contains=2", "invalid_parameter", "does not fit"),
        ("amount__isnull=maybe", "invalid_parameter", "true or false"),
        ("amount__near=2", "invalid_parameter", "is no operator"),
        ("amount=2", "invalid_parameter", "no such parameter"),
        ('name__in=a,"b', "invalid_parameter", "double quotes"),
        ("amonut__gt=2", "unknown_column", "amount"),
        ("sort=amonut", "unknown_column", "amount"),
        ("sort=", "invalid_parameter", "sort"),
        ("sort=id,-id", "invalid_parameter", "twice"),
        ("q=", "invalid_parameter", "q"),
        ("q=a&q=b", "invalid_parameter", "2 times"),
        ("q=%CC%81%CC%88", "invalid_parameter", "more than accents"),
        ("collate=de", "invalid_parameter", "collate"),
    ],
)
def test_what_cannot_be_asked_is_named(
    client: Client, share: Created, query: str, code: str, told: str
) -> None:
    answer = client.request("GET", f"{API}/shares/{share.id}/rows?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert told in answer.json()["detail"]


def test_a_refused_filter_tells_parameter_column_operator_and_value(
    client: Client, share: Created
) -> None:
    answer = client.request("GET", f"{API}/shares/{share.id}/rows?day__gt=soon")
    (problem,) = answer.json()["errors"]
    told = {name: problem[name] for name in ("parameter", "column", "operator", "value")}
    assert told == {"parameter": "day__gt", "column": "day", "operator": "gt", "value": "soon"}


@pytest.mark.parametrize(
    "value", ["' OR 1=1 --", '" OR ""="', "%", "_", "\\", "'; DROP TABLE data; --", "\x00", "😀"]
)
def test_values_are_never_sql(client: Client, value: str) -> None:
    table = f'"a""; DROP TABLE data; --",b\n"{value.replace(chr(34), chr(34) * 2)}",1\nx,2\n'
    share = client.create_ready(table.encode(), "table.csv")
    key = client.page(share.id)["columns"][0]["key"]
    asked: list[dict[str, Any]] = [{f"{key}__eq": value}, {f"{key}__contains": value}, {"q": value}]
    for params in asked:
        page = client.page(share.id, sort=f"-{key}", **params)
        assert [row["b"] for row in page["rows"]] == [1], params


def test_a_view_of_2000_columns(client: Client) -> None:
    keys = [f"c{number}" for number in range(2000)]
    rows = [",".join(str((row * 7919 + at) % 101) for at in range(2000)) for row in range(300)]
    share = client.create_ready("\n".join([",".join(keys), *rows]).encode(), "wide.csv")
    page = client.page(share.id, sort="-c1999,c0", c7__gte=50, limit=20)
    values = [(-row["c1999"], row["c0"]) for row in page["rows"]]
    assert values == sorted(values)
    assert [len(row) for row in page["rows"]] == [2000] * 20
    assert client.page(share.id, q="100", columns="c1")["total"] == 300


def test_pages_of_a_view_stay_with_their_revision(client: Client) -> None:
    def table(first: int) -> bytes:
        return b"n\n" + b"".join(b"%d\n" % number for number in range(first, first + 500))

    share = client.create_ready(table(0), "n.csv")
    page = client.page(share.id, sort="-n", n__lt=450, limit=60)
    rows = [row["n"] for row in page["rows"]]
    revision = 1
    while page["next"]:
        revision += 1
        client.upload(share, table(revision * 1000), "n.csv")
        client.wait_ready(share.id, revision)
        page = client.request("GET", page["next"]).json()
        rows += [row["n"] for row in page["rows"]]
    assert rows == list(range(449, -1, -1))


def test_a_view_is_cached_like_any_page(client: Client, share: Created) -> None:
    path = f"{API}/shares/{share.id}/revisions/1/rows?sort=-id&id__gt=2"
    first = client.request("GET", path)
    assert "immutable" in first.headers["Cache-Control"]
    again = client.request("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.request("GET", path.replace("sort=-id", "sort=id"))
    assert other.headers["ETag"] != first.headers["ETag"]
