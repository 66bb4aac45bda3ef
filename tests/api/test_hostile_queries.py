"""Filters, orders and searches as nobody should write them: refused by name, or answered right."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

import pytest

from backend.domain import ColumnType, Operator
from backend.services.row_queries import OPERATORS
from tests.client import API, Client, Created
from tests.conftest import Seeded

TABLE = (
    b"text,integer,number,boolean,date,datetime\n"
    b"a,1,1.5,true,2024-01-31,2024-01-31T08:00:00\n"
    b"b,-2,-2.25,false,2023-12-01,2023-12-01T23:59:59\n"
    b",,,,,\n"
)
RIGHT: dict[str, str] = {
    "text": "a",
    "integer": "1",
    "number": "1.5",
    "boolean": "true",
    "date": "2024-01-31",
    "datetime": "2024-01-31T08:00:00",
}
WRONG: dict[str, list[str]] = {
    "integer": ["", "abc", "1.5", "1e3", "9223372036854775808", "1_000", "٣", "0x10", " 1", "1;--"],
    "number": ["", "abc", "1,5", "nan", "inf", "-Infinity", "1e400", "1_0", "0x1p3", "٣"],
    "boolean": ["", "yes", "1", "TRUE", "null"],
    "date": ["", "31.01.2024", "2024-02-30", "2024-1-31", "20240131", "2024-01-31T00:00:00", "now"],
    "datetime": ["", "yesterday", "2024-13-01", "2024-01-31T25:00:00", "1706659200", "'"],
}
ADDRESSES = (f"{API}/shares/{{}}/rows", f"{API}/shares/{{}}/summary", "/s/{}.csv", "/s/{}.json")


@pytest.fixture(scope="module")
def typed(server: Any) -> Created:
    """A share with one column of every type, named after it."""
    with Client(server.url) as client:
        return client.create_ready(TABLE, "typed.csv")


def refused(client: Client, address: str, query: str) -> dict[str, Any]:
    """The problem that a query is refused with."""
    answer = client.request("GET", f"{address}?{query}")
    assert answer.status_code == 400, (address, query, answer.status_code, answer.text[:300])
    assert answer.headers["Content-Type"] == "application/problem+json"
    return dict(answer.json())


def pairs() -> list[tuple[ColumnType, Operator]]:
    """Every type with every operator."""
    return [(type, operator) for type in ColumnType for operator in Operator]


@pytest.mark.parametrize(("type", "operator"), pairs())
def test_every_operator_on_every_type_answers_or_names_what_fits(
    client: Client, typed: Created, type: ColumnType, operator: Operator
) -> None:
    parameter = f"{type}__{operator}"
    value = "true" if operator is Operator.ISNULL else RIGHT[type]
    for address in ADDRESSES:
        path = address.format(typed.id)
        if operator in OPERATORS[type]:
            answer = client.request("GET", f"{path}?{parameter}={value}")
            assert answer.status_code == 200, answer.text
            continue
        problem = refused(client, path, f"{parameter}={value}")
        assert problem["code"] == "invalid_parameter"
        assert problem["errors"][0]["parameter"] == parameter
        for fits in OPERATORS[type]:
            assert f"{type}__{fits}" in problem["detail"]


@pytest.mark.parametrize("type", [type for type in ColumnType if type in WRONG])
def test_a_value_that_does_not_fit_the_type_is_named_with_what_would(
    client: Client, typed: Created, type: ColumnType
) -> None:
    path = ADDRESSES[0].format(typed.id)
    for operator in OPERATORS[type] - {Operator.ISNULL}:
        for value in WRONG[type]:
            if operator is Operator.IN and "," in value:
                continue  # two values, and right
            problem = refused(client, path, f"{type}__{operator}={quote(value)}")
            (error,) = problem["errors"]
            assert error["parameter"] == f"{type}__{operator}"
            assert "such as" in problem["detail"] or "true or false" in problem["detail"]
    for address in ADDRESSES:
        refused(client, address.format(typed.id), f"{type}__eq={quote(WRONG[type][1])}")


@pytest.mark.parametrize(
    "query",
    [
        "nonsense=1",
        "text=a",
        "text_eq=a",
        "text__=a",
        "__eq=a",
        "text__EQ=a",
        "text__eq__=a",
        "text__like=a",
        "sort=",
        "sort=,",
        "sort=text,,date",
        "sort=text,-text",
        "sort=--text",
        "sort=text asc",
        "sort=text;DROP TABLE data",
        "sort=-",
        "q=",
        "q=" + "a" * 1_001,
        "q=a&q=b",
        "collate=utf8",
        "collate=natural&collate=natural",
        "nowhere__eq=1",
        "text__isnull=maybe",
        "text__isnull=",
        'text__in="a',
        "integer__in=1,x",
        "integer__in=1,,2",
        "text__eq=%FF",
        "%FF__eq=a",
        "text__eq=a&text__eq",
        "columns=",
        "columns=text,text",
        "columns=nowhere",
        "sheet_index=-1",
        "sheet_index=1",
        "sheet=nowhere",
        "sheet=typed&sheet_index=0",
    ],
)
def test_what_cannot_be_asked_is_refused_everywhere(
    client: Client, typed: Created, query: str
) -> None:
    if query == "text__eq=a&text__eq":
        query = "text__eq=a&text__eq=%FE"
    for address in ADDRESSES:
        problem = refused(client, address.format(typed.id), query)
        assert problem["detail"]
        assert problem["code"] in {"invalid_parameter", "unknown_column", "unknown_sheet"}


def test_more_filters_than_anybody_needs_are_refused(client: Client, typed: Created) -> None:
    query = "&".join(f"integer__gt={number}" for number in range(200))
    for address in ADDRESSES:
        assert "100" in refused(client, address.format(typed.id), query)["detail"]


KEYS = {
    "limit": "3",
    "offset": "4",
    "sort": "x",
    "q": "x",
    "columns": "x",
    "sheet": "x",
    "shape": "x",
    "values": "x",
    "collate": "x",
    "a__eq": "x",
    "a__b__in": "x",
    "__x__": "x",
    "Two Words": "x",
    "売上高": "x",
    "Straße": "x",
    "per cent %": "x",
    "a&b=c": "x",
    "plus+sign": "x",
    'qu"ote': "x",
    "semi;colon": "x",
    "select": "x",
    "#row": "x",
    "file_row_number": "5",
    "rowid": "7",
    "data": "x",
    "-minus": "x",
}


@pytest.fixture(scope="module")
def odd_keys(server: Any) -> tuple[Created, dict[str, str]]:
    """A share whose columns are called like parameters, operators and SQL; keys by header."""
    header = ",".join('"' + name.replace('"', '""') + '"' for name in KEYS)
    rows = [",".join(KEYS.values()), ",".join("9" if v.isdigit() else "z" for v in KEYS.values())]
    with Client(server.url) as client:
        share = client.create_ready("\n".join([header, *rows, ""]).encode(), "odd.csv")
        columns = client.page(share.id)["columns"]
    assert [column["name"] for column in columns] == list(KEYS)
    return share, {column["name"]: column["key"] for column in columns}


@pytest.mark.parametrize("name", KEYS)
def test_a_column_can_be_asked_whatever_it_is_called(
    client: Client, odd_keys: tuple[Created, dict[str, str]], name: str
) -> None:
    share, keys = odd_keys
    key = keys[name]
    value = KEYS[name]
    page = client.page(share.id, 1, **{f"{key}__eq": value, "sort": f"-{key}", "columns": key})
    assert page["total"] == 1
    assert [str(row[key]) for row in page["rows"]] == [value]
    both = client.page(share.id, 1, sort=f"-{key}", columns=key)
    assert [str(row[key]) for row in both["rows"]] == sorted(
        [value, "9" if value.isdigit() else "z"], reverse=True
    )
    answer = client.request(
        "GET", f"{API}/shares/{share.id}/summary", params={f"{key}__in": value, "columns": key}
    )
    assert answer.json()["columns"][0]["count"] == 1
    export = client.request("GET", f"/s/{share.id}.jsonl", params={f"{key}__ne": value})
    assert (export.status_code, len(export.text.splitlines())) == (200, 1)


def test_made_up_queries_are_answered_or_refused_but_never_break(
    client: Client, typed: Created, seeded: Seeded, database: str
) -> None:
    chance = random.Random(f"{seeded.seed} on {database}")
    names = [*RIGHT, "nowhere", "sort", "q", "collate", "columns", "limit", "offset", "é", "a__eq"]
    pieces = ["", "a", "1", "-1", "1e5", "true", "2024-01-31", "'", '"', "\\", "%", "\0", "é", ","]
    for _ in range(seeded.rounds(150)):
        parameters = []
        for _ in range(chance.randrange(1, 4)):
            name = chance.choice(names)
            if chance.random() < 0.8:
                name += "__" + chance.choice([*Operator, "x"])
            value = "".join(chance.choices(pieces, k=chance.randrange(3)))
            parameters.append(f"{quote(name)}={quote(value)}")
        path = chance.choice(ADDRESSES).format(typed.id)
        answer = client.request("GET", f"{path}?{'&'.join(parameters)}")
        assert answer.status_code in (200, 400), (path, parameters, answer.text[:300])
