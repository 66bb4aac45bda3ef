"""Random tables and random questions: our pages say what pandas says of the same data."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.asking_pandas import KINDS, Row, expected, questions, shown, tables
from tests.client import API, Client
from tests.conftest import DATABASES, Seeded


def parameters(question: Any, kinds: dict[str, str]) -> list[tuple[str, str]]:
    """The question as an address says it."""
    filters, search, sort, is_natural, limit = question
    said = [("limit", str(limit)), ("shape", "arrays")]
    for key, operator, value in filters:
        if operator == "in":
            quoted = ['"' + written(one, kinds[key]).replace('"', '""') + '"' for one in value]
            said.append((f"{key}__in", ",".join(quoted)))
        else:
            kind = "boolean" if operator == "isnull" else kinds[key]
            said.append((f"{key}__{operator}", written(value, kind)))
    if search is not None:
        said.append(("q", search))
    if sort:
        said.append(("sort", ",".join("-" * descending + key for key, descending in sort)))
    if is_natural:
        said.append(("collate", "natural"))
    return said


def written(value: Any, kind: str) -> str:
    if kind == "number":
        return repr(value)
    return shown(value, kind)


def upload(client: Client, keys: list[str], kinds: list[str], rows: list[Row]) -> str:
    """A share with this very table."""
    columns = [pa.array([row[at] for row in rows], KINDS[kind][0]) for at, kind in enumerate(kinds)]
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, names=keys), sink)
    return client.create_ready(sink.getvalue(), "table.parquet").id


def view_pages(
    client: Client, share: str, params: list[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Every page of a view of the first revision, by following `next`."""
    path = f"{API}/shares/{share}/revisions/1/rows?{urlencode(params)}"
    while path:
        answer = client.request("GET", path)
        assert answer.status_code == 200, (params, answer.text)
        yield answer.json()
        path = answer.json()["next"]


def test_pages_of_a_view_are_what_pandas_says(
    client: Client, seeded: Seeded, database: str
) -> None:
    """Each database is asked other questions: who keeps the files has no part in the answers."""

    @seed(seeded.seed + DATABASES.index(database))
    @settings(max_examples=seeded.rounds(20), suppress_health_check=list(HealthCheck))
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        keys, kinds, rows = data.draw(tables())
        share = upload(client, keys, kinds, rows)
        assert [column["key"] for column in client.page(share)["columns"]] == keys
        by_key = dict(zip(keys, kinds, strict=True))
        for _ in range(6):
            question = data.draw(questions(keys, kinds, rows))
            want = expected(keys, kinds, rows, question)
            params = parameters(question, by_key)
            pages = list(view_pages(client, share, params))
            got = [row[0] for page in pages for row in page["rows"]]
            assert got == want, params
            assert {page["total"] for page in pages} == {len(want)}

    ask()


@pytest.mark.parametrize("depth", [0, 3, 30, 10**9])
def test_a_view_ends_where_its_rows_do(client: Client, depth: int) -> None:
    share = client.create_ready(b"n\n" + b"".join(b"%d\n" % n for n in range(30)), "n.csv")
    page = client.page(share.id, offset=depth, limit=5, sort="-n", n__gte=10)
    assert page["total"] == 20
    assert [row["n"] for row in page["rows"]] == list(range(29, 9, -1))[depth : depth + 5]
    assert (page["next"] is None) == (depth + 5 >= 20)
