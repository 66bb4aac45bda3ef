"""Exports: the table as a file of other programs, whole and exact, under a link."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.routes import ROUTES
from backend.tables.exports.formats import FORMATS as MADE
from tests.api.test_openapi import DOCUMENT
from tests.client import API, Client, Created

TABLE = (
    "Article,Price,Since,Paid,Note,Größe 売上\n"
    '00123,12.50,2024-02-29,true,"a ""quote"", a comma",5\n'
    "00124,3,2023-12-01,false,,-7\n"
    '00125,-0.25,2022-01-01,true,"two\nlines",9007199254740993\n'
)
KEYS = ["article", "price", "since", "paid", "note", "grösse_売上"]
FORMATS = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "arrow")


@pytest.fixture(scope="module")
def share(server: Any) -> Created:
    with Client(server.url) as client:
        return client.create_ready(TABLE.encode(), "Prices – été.csv")


def fetch(client: Client, path: str, **arguments: Any) -> bytes:
    """The body of a successful answer."""
    answer = client.request("GET", path, **arguments)
    assert answer.status_code in (200, 206), answer.text
    return answer.content


def test_csv_gives_every_cell_as_it_was_written(client: Client, share: Created) -> None:
    assert fetch(client, f"/s/{share.id}.csv").decode() == TABLE


def test_tsv_is_the_same_with_tabs(client: Client, share: Created) -> None:
    text = fetch(client, f"/s/{share.id}.tsv").decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    assert rows == list(csv.reader(io.StringIO(TABLE, newline="")))


def test_json_has_the_values_of_pages_by_key(client: Client, share: Created) -> None:
    rows = client.rows(share.id)
    assert json.loads(fetch(client, f"/s/{share.id}.json")) == rows
    lines = fetch(client, f"/s/{share.id}.jsonl").splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert list(rows[0]) == KEYS


def test_xlsx_has_typed_cells_under_a_frozen_header(client: Client, share: Created) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetch(client, f"/s/{share.id}.xlsx")))
    (sheet,) = book.worksheets
    assert sheet.freeze_panes == "A2"
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("Article", "Price", "Since", "Paid", "Note", "Größe 売上")
    assert [row[0] for row in rows[1:]] == ["00123", "00124", "00125"]
    assert [row[1] for row in rows[1:]] == [12.5, 3, -0.25]
    assert [str(row[2]) for row in rows[1:]] == [
        "2024-02-29 00:00:00",
        "2023-12-01 00:00:00",
        "2022-01-01 00:00:00",
    ]
    assert [row[3] for row in rows[1:]] == [True, False, True]
    assert [row[4] for row in rows[1:]] == ['a "quote", a comma', None, "two\nlines"]
    # beyond ±2^53 a cell of a workbook would be another number
    assert [row[5] for row in rows[1:]] == ["5", "-7", "9007199254740993"]


def test_moments_with_a_zone_are_in_utc_in_a_workbook(client: Client) -> None:
    lines = b"at,local\n2024-05-01T12:00:00+02:00,2024-05-01T12:00:00\n"
    share = client.create_ready(lines, "moments.csv")
    book = openpyxl.load_workbook(io.BytesIO(fetch(client, f"/s/{share.id}.xlsx")))
    _, row = book.worksheets[0].iter_rows(values_only=True)
    assert [str(cell) for cell in row] == ["2024-05-01 10:00:00", "2024-05-01 12:00:00"]


def test_parquet_and_arrow_have_the_values_with_their_types(client: Client, share: Created) -> None:
    parquet = pq.read_table(io.BytesIO(fetch(client, f"/s/{share.id}.parquet")))
    with pa.ipc.open_stream(fetch(client, f"/s/{share.id}.arrow")) as reader:
        arrow = reader.read_all()
    for table in (parquet, arrow):
        assert table.column_names == KEYS
        assert [str(kind) for kind in table.schema.types] == [
            "string",
            "double",
            "date32[day]",
            "bool",
            "string",
            "int64",
        ]
        assert table["grösse_売上"].to_pylist() == [5, -7, 9007199254740993]
    assert parquet.to_pydict() == arrow.to_pydict()


@pytest.mark.parametrize("extension", FORMATS)
def test_a_download_has_a_name_a_type_and_an_etag(
    client: Client, share: Created, extension: str
) -> None:
    pinned = client.request("GET", f"/s/{share.id}/r/1.{extension}")
    head = client.request("GET", f"/s/{share.id}.{extension}")
    assert pinned.content == head.content
    assert pinned.headers["ETag"] == head.headers["ETag"]
    assert "immutable" in pinned.headers["Cache-Control"]
    assert head.headers["Cache-Control"] == "no-cache"
    for answer in (pinned, head):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment; ")
        assert f"filename*=UTF-8''Prices%20%E2%80%93%20%C3%A9t%C3%A9.{extension}" in disposition
        again = client.request(
            "GET",
            answer.url.removeprefix(client.url),
            headers={"If-None-Match": answer.headers["ETag"]},
        )
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("extension", FORMATS)
def test_columns_are_chosen_and_ordered(client: Client, share: Created, extension: str) -> None:
    content = fetch(client, f"/s/{share.id}.{extension}?columns=paid,article")
    assert read(content, extension) == [[True, "00123"], [False, "00124"], [True, "00125"]]


@pytest.mark.parametrize("extension", FORMATS)
def test_filters_and_sort_are_honoured(client: Client, share: Created, extension: str) -> None:
    query = "price__gt=-1&paid__eq=true&sort=-article&columns=article,price"
    content = fetch(client, f"/s/{share.id}.{extension}?{query}")
    assert read(content, extension) == [["00125", -0.25], ["00123", 12.5]]
    nothing = fetch(client, f"/s/{share.id}.{extension}?price__gt=1000&columns=article")
    assert read(nothing, extension) == []


def read(content: bytes, extension: str) -> list[list[Any]]:
    """The rows of an export as plain values; numbers and truths of text read as such."""
    if extension in ("csv", "tsv"):
        delimiter = "," if extension == "csv" else "\t"
        rows = list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))[1:]
        return [[plain(cell) for cell in row] for row in rows]
    if extension == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]
    if extension == "parquet":
        return [list(row.values()) for row in pq.read_table(io.BytesIO(content)).to_pylist()]
    if extension == "arrow":
        with pa.ipc.open_stream(content) as reader:
            return [list(row.values()) for row in reader.read_all().to_pylist()]
    documents = (
        json.loads(content) if extension == "json" else map(json.loads, content.splitlines())
    )
    return [list(row.values()) for row in documents]


def plain(cell: str) -> Any:
    """A cell of text as the value that it shows; article numbers stay text."""
    if cell in ("true", "false"):
        return cell == "true"
    return cell if cell.startswith("00") else float(cell)


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("columns=articel", "unknown_column", "article"),
        ("sheet=Nope", "unknown_sheet", "Nope"),
        ("raw=1", "invalid_parameter", "true, false"),
        ("revision=1", "invalid_parameter", "/s/ID/r/7.csv"),
        ("limit=5", "invalid_parameter", "limit"),
        ("price__gt=many", "invalid_parameter", "number"),
    ],
)
def test_a_wrong_parameter_is_named(
    client: Client, share: Created, query: str, code: str, told: str
) -> None:
    answer = client.request("GET", f"/s/{share.id}.csv?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert told in answer.json()["detail"]


def test_every_format_has_its_address_and_is_documented() -> None:
    told = DOCUMENT["paths"]["/s/{share_id}.{format}"]
    (place,) = [one for one in told["parameters"] if one["name"] == "format"]
    assert place["schema"]["enum"] == list(FORMATS) == list(MADE)
    (route,) = [route for route in ROUTES if route.path == "/s/{share_id}.{format}"]
    assert all(re.fullmatch(route.pattern, f"/s/abc.{extension}") for extension in MADE)
    kinds = {made.media_type.partition(";")[0] for made in MADE.values()}
    assert set(told["get"]["responses"]["200"]["content"]) == kinds


def test_an_unknown_format_is_not_found(client: Client, share: Created) -> None:
    assert client.request("GET", f"/s/{share.id}.pdf").status_code == 404


def test_a_revision_that_cannot_be_exported_says_so(client: Client) -> None:
    share = client.request("POST", f"{API}/shares", json={"title": "empty"}).json()
    answer = client.request("GET", f"/s/{share['id']}.csv")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_revision_yet")
    assert client.request("GET", f"/s/{share['id']}/r/1.csv").status_code == 404


@pytest.mark.parametrize("extension", FORMATS)
def test_text_comes_with_gzip_where_that_is_asked_for(
    client: Client, share: Created, extension: str
) -> None:
    path = f"/s/{share.id}.{extension}"
    plain = client.request("GET", path, headers={"Accept-Encoding": "identity"})
    asked = {"Accept-Encoding": "gzip;q=0.5, identity;q=0.1"}
    packed = client.request("GET", path, headers=asked)
    assert packed.content == plain.content
    is_packed = extension in ("csv", "tsv", "jsonl", "json")
    assert ("Content-Encoding" in packed.headers) == is_packed
    assert "Content-Encoding" not in plain.headers
    assert (packed.headers["ETag"] != plain.headers["ETag"]) == is_packed
    assert "Accept-Encoding" in packed.headers["Vary"]
    other = client.request("GET", path, headers={**asked, "If-None-Match": '"another"'})
    assert (other.content, other.headers["ETag"]) == (plain.content, packed.headers["ETag"])
    head = client.request("HEAD", path, headers=asked)
    for name in ("ETag", "Content-Encoding", "Content-Disposition"):
        assert head.headers.get(name) == packed.headers.get(name)
    for known in (packed, plain):
        again = client.request(
            "GET", path, headers={**asked, "If-None-Match": known.headers["ETag"]}
        )
        assert (again.status_code, again.content) == (304, b"")


def test_an_error_is_never_told_to_be_gzip(client: Client, share: Created) -> None:
    answer = client.request("GET", f"/s/{share.id}.csv?columns=nope")
    assert answer.json()["code"] == "unknown_column"
    assert "Content-Encoding" not in answer.headers
