"""A page has a limit in bytes, and a refusal says what would fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from backend.domain import ColumnType, PageQuery, Sheet
from backend.errors import PageTooLargeError
from backend.tables import row_groups
from tests.tables.building import Bench, Values

LIMIT = 100_000


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, max_page_bytes=LIMIT)


def refusal(bench: Bench, sheet: Sheet, query: PageQuery) -> PageTooLargeError:
    with pytest.raises(PageTooLargeError) as raised:
        bench.reader.read(sheet, query)
    return raised.value


def wide_texts(rows: int, characters: int) -> list[Values]:
    return [Values("text", ColumnType.TEXT, [f"{n:0{characters}}" for n in range(rows)])]


def test_what_is_advised_fits_and_is_not_much_less_than_what_could(bench: Bench) -> None:
    sheet = bench.sheet(wide_texts(1_000, 500))
    error = refusal(bench, sheet, PageQuery(0, 1_000))
    advised = error.extensions["suggested_limit"]
    assert f"limit={advised}" in error.detail
    assert error.extensions["max_page_bytes"] == LIMIT
    body = orjson.dumps(bench.reader.read(sheet, PageQuery(0, advised)).rows)
    assert LIMIT // 2 < len(body) <= LIMIT


def test_a_small_slice_of_a_large_row_group_is_weighed_alone(bench: Bench) -> None:
    sheet = bench.sheet(wide_texts(1_000, 500), group_rows=1_000)
    for offset in (0, 500, 900):
        page = bench.reader.read(sheet, PageQuery(offset, 100))
        assert page.rows[0] == {"text": f"{offset:0500}"}


def test_a_row_that_is_too_large_by_itself_asks_for_fewer_columns(bench: Bench) -> None:
    table = [Values(f"c{n}", ColumnType.TEXT, ["x" * 60_000]) for n in range(2)]
    error = refusal(bench, bench.sheet(table), PageQuery(0, 1))
    assert error.extensions["suggested_limit"] is None
    assert "limit=" not in error.detail
    assert "fewer columns" in error.detail


def test_the_keys_of_objects_count_but_arrays_have_none(bench: Bench) -> None:
    key = "k" * 1_000
    sheet = bench.sheet([Values(key, ColumnType.INTEGER, range(200))])
    refusal(bench, sheet, PageQuery(0, 200))
    assert len(bench.reader.read(sheet, PageQuery(0, 200, shape="arrays")).rows) == 200


def test_written_text_counts_too(bench: Bench) -> None:
    values: list[Any] = [1.0] * 100
    sheet = bench.sheet([Values("n", ColumnType.NUMBER, values, ["1." + "0" * 2_000] * 100)])
    assert len(bench.reader.read(sheet, PageQuery(0, 100)).rows) == 100
    refusal(bench, sheet, PageQuery(0, 100, values="text"))


def test_a_page_that_is_too_large_stops_reading_early(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_groups, "MAX_GROUP_BYTES", 50_000)
    sheet = bench.sheet(wide_texts(2_000, 500), group_rows=200)
    error = refusal(bench, sheet, PageQuery(0, 1_000))
    advised = error.extensions["suggested_limit"]
    assert len(bench.reader.read(sheet, PageQuery(0, advised)).rows) == advised
    assert advised > 100


def test_a_hostile_page_of_nulls_and_keys_is_refused_before_it_is_read(bench: Bench) -> None:
    table = [Values("k" * 2_000, ColumnType.TEXT, [None] * 1_000)]
    sheet = bench.sheet(table)
    refusal(bench, sheet, PageQuery(0, 1_000))
    assert bench.store.fetched == []
