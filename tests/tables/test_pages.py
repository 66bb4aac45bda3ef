"""A page is what plain Python would have cut out of the same table."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain import ColumnType, Page, PageQuery
from backend.errors import UnknownColumnError
from backend.tables import pages
from backend.tables.canonical import canonical_value
from tests.tables.building import EXACT, Bench, Values

DATES = st.dates()
DATETIMES = st.datetimes()
VALUES: dict[ColumnType, st.SearchStrategy[Any]] = {
    ColumnType.TEXT: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    ColumnType.INTEGER: st.integers(-(2**63), 2**63 - 1) | st.integers(-999, 999),
    ColumnType.NUMBER: st.floats(),
    ColumnType.BOOLEAN: st.booleans(),
    ColumnType.DATE: DATES,
    ColumnType.DATETIME: DATETIMES | DATETIMES.map(lambda moment: moment.replace(microsecond=0)),
}
KEYS = st.text(min_size=1, max_size=8).filter(lambda key: key.isprintable())
WRITTEN = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def tables(draw: st.DrawFn) -> list[Values]:
    """Columns of all types with up to 40 rows, nulls, and here and there a text as written."""
    rows = draw(st.integers(0, 40))
    keys = draw(st.lists(KEYS, min_size=1, max_size=6, unique=True))
    return [draw(columns(key, rows)) for key in keys]


@st.composite
def columns(draw: st.DrawFn, key: str, rows: int) -> Values:
    kind = draw(st.sampled_from(list(ColumnType)))
    zoned = kind is ColumnType.DATETIME and draw(st.booleans())
    value = VALUES[kind].map(lambda moment: moment.replace(tzinfo=UTC)) if zoned else VALUES[kind]
    values = draw(st.lists(st.none() | value, min_size=rows, max_size=rows))
    written = None
    if kind is not ColumnType.TEXT and draw(st.booleans()):
        written = [None if value is None else draw(WRITTEN) for value in values]
    return Values(key, kind, values, written, zoned)


@st.composite
def queries(draw: st.DrawFn, table: list[Values]) -> PageQuery:
    """Any query such a table could be asked."""
    keys = [column.key for column in table]
    return PageQuery(
        offset=draw(st.integers(0, 50)),
        limit=draw(st.integers(1, 50)),
        columns=draw(st.none() | st.lists(st.sampled_from(keys), max_size=6).map(tuple)),
        shape=draw(st.sampled_from(["objects", "arrays"])),
        values=draw(st.sampled_from(["typed", "text"])),
    )


def json_value(value: Any, *, exact: bool) -> Any:
    """What the API promises for a typed value, spelled out."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if exact else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    text = value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else str(value)
    return text + "Z" if isinstance(value, datetime) and value.tzinfo else text


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def json_cells(column: Values, values: str, null_text: str | None) -> list[Any]:
    if values == "typed":
        exact = column.column.exact
        return [json_value(value, exact=exact) for value in column.values]
    texts = column.written or [canonical_value(value) for value in column.values]
    return [null_text if text is None else text for text in texts]


def expected(table: Sequence[Values], query: PageQuery, null_text: str | None) -> list[Any]:
    """The page, read in plain Python."""
    by_key = {column.key: column for column in table}
    keys = [column.key for column in table] if query.columns is None else list(query.columns)
    cells = {key: json_cells(by_key[key], query.values, null_text) for key in keys}
    end = min(query.offset + query.limit, len(table[0].values))
    rows = [[cells[key][row] for key in keys] for row in range(query.offset, end)]
    if query.shape == "arrays":
        return rows
    return [dict(zip(keys, row, strict=True)) for row in rows]


@contextmanager
def bench_of(**settings: Any) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory), **settings)
        yield bench
        bench.reader.close()


def same(found: list[Any], wanted: list[Any]) -> bool:
    # repr tells 1 from 1.0 and from True, and -0.0 from 0.0.
    return repr(found) == repr(wanted)


def decoded(page: Page) -> Any:
    """The rows, whichever way they are spelled."""
    return orjson.loads(orjson.dumps(page.rows))


@given(st.data(), tables(), st.integers(1, 12), st.sampled_from([None, ""]))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_a_page_spelled_as_whole_columns_says_the_same(
    data: st.DataObject, table: list[Values], group_rows: int, null_text: str | None
) -> None:
    with bench_of() as bench, patch.object(pages, "SPELLED_CELLS", 1):
        sheet = bench.sheet(table, group_rows=group_rows)
        for _ in range(4):
            query = replace(data.draw(queries(table)), shape="objects")
            page = bench.reader.read(sheet, query, null_text=null_text)
            assert same(decoded(page), expected(table, query, null_text))


@given(st.data(), tables(), st.integers(1, 12), st.sampled_from([None, ""]))
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_a_page_is_what_plain_python_would_cut_out(
    data: st.DataObject, table: list[Values], group_rows: int, null_text: str | None
) -> None:
    with bench_of() as bench:
        sheet = bench.sheet(table, group_rows=group_rows)
        for _ in range(4):
            query = data.draw(queries(table))
            page = bench.reader.read(sheet, query, null_text=null_text)
            assert same(page.rows, expected(table, query, null_text))
            keys = query.columns or () if query.columns is not None else [c.key for c in table]
            assert [column.key for column in page.columns] == list(keys)
            assert orjson.loads(orjson.dumps(page.rows)) == page.rows


@given(tables(), st.integers(1, 12), st.integers(1, 17), st.sampled_from(["typed", "text"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_pages_one_after_another_are_the_table(
    table: list[Values], group_rows: int, limit: int, values: str
) -> None:
    rows = len(table[0].values)
    with bench_of() as bench:
        sheet = bench.sheet(table, group_rows=group_rows)
        pages = [
            bench.reader.read(sheet, PageQuery(offset, limit, values=values)).rows
            for offset in range(0, rows + limit, limit)
        ]
    together = [row for page in pages for row in page]
    assert same(together, expected(table, PageQuery(0, rows or 1, values=values), None))


def test_past_the_end_there_are_no_rows(bench: Bench) -> None:
    sheet = bench.sheet([Values("a", ColumnType.INTEGER, [1, 2, 3])])
    for offset in (3, 4, 10**18):
        assert bench.reader.read(sheet, PageQuery(offset, 100)).rows == []
    assert bench.reader.read(sheet, PageQuery(2, 100)).rows == [{"a": 3}]


def test_an_empty_sheet_has_columns_and_no_rows(bench: Bench) -> None:
    table = [Values("a", ColumnType.TEXT, []), Values("b", ColumnType.NUMBER, [])]
    sheet = bench.sheet(table)
    page = bench.reader.read(sheet, PageQuery(0, 100))
    assert [column.key for column in page.columns] == ["a", "b"]
    assert page.rows == []


def test_a_page_of_no_columns_still_has_its_rows(bench: Bench) -> None:
    sheet = bench.sheet([Values("a", ColumnType.INTEGER, [1, 2])])
    assert bench.reader.read(sheet, PageQuery(0, 9, ())).rows == [{}, {}]
    assert bench.reader.read(sheet, PageQuery(0, 9, (), "arrays")).rows == [[], []]


def test_integers_of_a_column_beyond_double_precision_are_all_text(bench: Bench) -> None:
    values = [1, EXACT, EXACT + 1, -(2**63), 2**63 - 1, None]
    exact = [1, EXACT, -EXACT, 0, 0, None]
    table = [Values("big", ColumnType.INTEGER, values), Values("small", ColumnType.INTEGER, exact)]
    page = bench.reader.read(bench.sheet(table), PageQuery(0, 9, shape="arrays"))
    texts = [None if value is None else str(value) for value in values]
    assert page.rows == [list(row) for row in zip(texts, exact, strict=True)]


def test_nan_and_infinities_have_names_and_null_stays_null(bench: Bench) -> None:
    values = [math.nan, None, math.inf, -math.inf, 1.5]
    sheet = bench.sheet([Values("n", ColumnType.NUMBER, values)])
    page = bench.reader.read(sheet, PageQuery(0, 9, shape="arrays"))
    assert page.rows == [["NaN"], [None], ["Infinity"], ["-Infinity"], [1.5]]


def test_times_are_rfc_3339_with_a_z_only_where_the_file_had_zones(bench: Bench) -> None:
    moment = datetime(2024, 2, 29, 23, 59, 59)
    fine = moment + timedelta(microseconds=120)
    zoned = [moment.replace(tzinfo=UTC), fine.replace(tzinfo=UTC)]
    table = [
        Values("day", ColumnType.DATE, [date(1, 1, 1), date(9999, 12, 31)]),
        Values("local", ColumnType.DATETIME, [moment, fine]),
        Values("zoned", ColumnType.DATETIME, zoned, zoned=True),
    ]
    page = bench.reader.read(bench.sheet(table), PageQuery(0, 9, shape="arrays"))
    assert page.rows == [
        ["0001-01-01", "2024-02-29T23:59:59", "2024-02-29T23:59:59Z"],
        ["9999-12-31", "2024-02-29T23:59:59.000120", "2024-02-29T23:59:59.000120Z"],
    ]


def test_text_is_what_was_written_or_else_canonical(bench: Bench) -> None:
    table = [
        Values("price", ColumnType.NUMBER, [12.5, 12.0, None], ["12.50", "1.2E1", None]),
        Values("plain", ColumnType.NUMBER, [12.5, 12.0, 1e-7]),
        Values("flag", ColumnType.BOOLEAN, [True, False, None]),
    ]
    sheet = bench.sheet(table)
    query = PageQuery(0, 9, shape="arrays", values="text")
    assert bench.reader.read(sheet, query, null_text="").rows == [
        ["12.50", "12.5", "true"],
        ["1.2E1", "12", "false"],
        ["", "0.0000001", ""],
    ]
    assert bench.reader.read(sheet, query).rows[2] == [None, "0.0000001", None]


def test_a_column_may_be_asked_for_twice_and_in_any_order(bench: Bench) -> None:
    table = [Values("a", ColumnType.INTEGER, [1]), Values("b", ColumnType.TEXT, ["x"])]
    page = bench.reader.read(bench.sheet(table), PageQuery(0, 9, ("b", "a", "b"), "arrays"))
    assert page.rows == [["x", 1, "x"]]


@pytest.mark.parametrize(
    "key", ["a.b", "a", "a.b.c", "売上高", "", " ", "a`b", "list.element", "é"]
)
def test_a_column_may_have_any_name(bench: Bench, key: str) -> None:
    names = ["a.b", "a", "a.b.c", "売上高", "", " ", "a`b", "list.element", "é"]
    sheet = bench.sheet([Values(name, ColumnType.TEXT, [name, f"{name}!"]) for name in names])
    page = bench.reader.read(sheet, PageQuery(0, 9, (key,)))
    assert page.rows == [{key: key}, {key: f"{key}!"}]


def test_two_thousand_columns_are_a_page_like_any_other(bench: Bench) -> None:
    table = [Values(f"c{n}", ColumnType.INTEGER, range(n, n + 300)) for n in range(2_000)]
    sheet = bench.sheet(table, group_rows=256)
    page = bench.reader.read(sheet, PageQuery(200, 100))
    assert decoded(page) == [{f"c{n}": n + row for n in range(2_000)} for row in range(200, 300)]


def test_an_unknown_column_is_named_with_those_it_may_have_meant(bench: Bench) -> None:
    table = [Values(key, ColumnType.INTEGER, [1]) for key in ("amount", "amount_2", "city")]
    sheet = bench.sheet(table)
    with pytest.raises(UnknownColumnError) as raised:
        bench.reader.read(sheet, PageQuery(0, 9, ("city", "amuont")))
    assert "'amuont'" in raised.value.detail
    assert raised.value.extensions["near"] == ["amount", "amount_2"]
    assert raised.value.errors == [{"column": "amuont", "code": "unknown_column"}]


def test_a_header_leads_to_its_key(bench: Bench) -> None:
    sheet = bench.sheet([Values("city", ColumnType.TEXT, ["x"])])
    with pytest.raises(UnknownColumnError, match="Did you mean city"):
        bench.reader.read(sheet, PageQuery(0, 9, ("CITY",)))


def test_an_unknown_column_of_any_length_is_cut_in_the_answer(bench: Bench) -> None:
    sheet = bench.sheet([Values("a" * 5_000, ColumnType.INTEGER, [1])])
    with pytest.raises(UnknownColumnError) as raised:
        bench.reader.read(sheet, PageQuery(0, 9, ("a" * 100_000,)))
    assert len(raised.value.detail) < 200
