"""Real files over HTTP to the real server; every cell compared with an independent reading."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client, Created
from tests.real_files.readings import (
    FILES,
    TEXT_FILES,
    WORKBOOKS,
    TextFile,
    read_workbook,
)

LISTED = re.compile(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", re.MULTILINE)


def by_name(file: TextFile) -> str:
    return file.name


@pytest.fixture(scope="module")
def upload(server_url: str) -> Iterator[Callable[..., Created]]:
    """Upload a file once for all the tests of this module."""
    shares: dict[str, Created] = {}
    with Client(server_url) as client:

        def once(name: str, content: bytes | Path, **options: Any) -> Created:
            if name not in shares:
                shares[name] = client.create_ready(content, Path(name).name, **options)
            return shares[name]

        yield once


@pytest.fixture(scope="module")
def server_url(server: Any) -> str:
    return str(server.url)


def test_every_file_is_listed_with_its_origin_and_is_unchanged() -> None:
    listed = dict(LISTED.findall((FILES / "README.md").read_text()))
    present = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FILES.iterdir()
        if path.name != "README.md"
    }
    assert listed == present
    assert {file.name for file in TEXT_FILES} | set(WORKBOOKS) == set(present)


@pytest.mark.parametrize("file", TEXT_FILES, ids=by_name)
def test_the_independent_reading_finds_every_row(file: TextFile) -> None:
    assert len(file.read()[1]) == file.rows


@pytest.mark.parametrize("file", TEXT_FILES, ids=by_name)
def test_every_cell_of_a_text_file_is_given_back_as_written(
    file: TextFile, upload: Callable[..., Created], client: Client
) -> None:
    share = upload(file.name, file.path, **file.options)
    assert_as_written(client, share, file)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_file_saved_again_in_another_encoding_reads_the_same(
    encoding: str, upload: Callable[..., Created], client: Client
) -> None:
    file = next(file for file in TEXT_FILES if file.name.startswith("tbl_"))
    recoded = file.path.read_bytes().decode(file.encoding).encode(encoding)
    share = upload(f"{encoding}/{file.name}", recoded)
    assert_as_written(client, share, file)
    assert client.original(share.id, 1) == recoded


@pytest.mark.parametrize("file", TEXT_FILES, ids=by_name)
def test_every_typed_value_is_worth_what_was_written(
    file: TextFile, upload: Callable[..., Created], client: Client
) -> None:
    share = upload(file.name, file.path, **file.options)
    page = client.page(share.id, limit=1)
    assert page["total"] == file.rows
    types = {column["name"]: column["type"] for column in page["columns"]}
    assert {name: types[name] for name in file.types} == file.types
    _, written = file.read()
    for number, (row, texts) in enumerate(
        zip(client.rows(share.id, shape="arrays"), written, strict=True)
    ):
        texts += [""] * (len(row) - len(texts))
        for column, value, text in zip(page["columns"], row, texts, strict=True):
            assert is_worth(value, text, column["type"], file.dates), (number, column, value, text)


@pytest.mark.parametrize("name", [*(file.name for file in TEXT_FILES), *WORKBOOKS])
def test_the_original_comes_back_byte_for_byte(
    name: str, upload: Callable[..., Created], client: Client
) -> None:
    options = {file.name: file.options for file in TEXT_FILES}.get(name, {})
    share = upload(name, FILES / name, **options)
    assert client.original(share.id, 1) == (FILES / name).read_bytes()


@pytest.mark.parametrize("name", WORKBOOKS)
def test_no_value_of_a_workbook_is_lost_or_moved(
    name: str, upload: Callable[..., Created], client: Client
) -> None:
    share = upload(name, FILES / name)
    revision = client.revision(share.id, 1)
    sheets, report = revision["sheets"], revision["report"]["sheets"]["read"]
    expected = read_workbook(FILES / name)
    assert [sheet["name"] for sheet in sheets] == list(expected)
    for sheet, told in zip(sheets, report, strict=True):
        rows = client.rows(share.id, sheet_index=sheet["index"], shape="arrays")
        types = [column["type"] for column in sheet["columns"]]
        names = [None if column["generated"] else column["name"] for column in sheet["columns"]]
        given = [values_of(names, ["text"] * len(names))]
        given += [values_of(row, types) for row in rows]
        left_out = rows_above_the_table(told)
        written = [
            python_values(row)
            for number, row in enumerate(expected[sheet["name"]], 1)
            if number not in left_out
        ]
        assert [row for row in given if row] == [row for row in written if row]


def assert_as_written(client: Client, share: Created, file: TextFile) -> None:
    """Names and cells, in order, are those of the independent reading."""
    header, written = file.read()
    page = client.page(share.id, limit=1)
    names = [column["name"] for column in page["columns"]]
    if header:
        assert [name.strip() for name in names[: len(header)] if name in header] == [
            name.strip() for name in header if name
        ]
    given = client.rows(share.id, shape="arrays", values="text")
    width = len(names)
    assert width >= max(map(len, written))
    for number, (row, texts) in enumerate(zip(given, written, strict=True)):
        assert row == texts + [""] * (width - len(texts)), f"row {number}"


def is_worth(value: Any, text: str, kind: str, dates: str | None) -> bool:
    """Whether a typed JSON value says exactly what the text says."""
    if text == "" or value is None:
        return text == "" and value is None
    return bool(WORTH[kind](value, text, dates))


WORTH: dict[str, Callable[[Any, str, str | None], bool]] = {
    "text": lambda value, text, _: value == text,
    "integer": lambda value, text, _: int(value) == int(text) and str(int(text)) == text,
    "number": lambda value, text, _: Decimal(repr(value)) == Decimal(text),
    "boolean": lambda value, text, _: value is (text.lower() == "true"),
    "date": lambda value, text, dates: date.fromisoformat(value) == moment(text, dates).date(),
    "datetime": lambda value, text, dates: datetime.fromisoformat(value) == moment(text, dates),
}


def moment(text: str, dates: str | None) -> datetime:
    return datetime.strptime(text, dates) if dates else datetime.fromisoformat(text)


def rows_above_the_table(told: dict[str, Any]) -> set[int]:
    """The rows of a sheet that the report says were left out; every other one must be in."""
    return {
        number
        for warning in told["warnings"]
        if warning["code"] == "preamble_skipped"
        for number in warning["rows"]
    }


def values_of(row: list[Any], types: list[str]) -> list[Any]:
    """The values of a row that is not empty, in order, as Python has them."""
    read: dict[str, Callable[[Any], Any]] = {
        "date": lambda value: datetime.fromisoformat(value),
        "datetime": lambda value: datetime.fromisoformat(value),
        "integer": int,
    }
    return [
        read.get(kind, lambda value: value)(value)
        for value, kind in zip(row, types, strict=True)
        if value is not None
    ]


def python_values(row: list[Any]) -> list[Any]:
    """The values of a row as openpyxl has them, dates as the first moment of the day."""
    return [
        datetime(cell.year, cell.month, cell.day) if type(cell) is date else cell
        for cell in row
        if cell is not None
    ]
