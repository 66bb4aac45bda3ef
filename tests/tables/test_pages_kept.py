"""A page whose rows are decoded already is the same page, and made without a look at the disk."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain import ColumnType, PageQuery
from backend.errors import PageTooLargeError
from backend.tables.pages import SMALL_CELLS
from tests.tables.building import Bench, Values
from tests.tables.test_pages import bench_of, queries, same, tables


@given(st.data(), tables(), st.integers(1, 12), st.sampled_from([None, ""]))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_kept_is_the_same_page(
    data: st.DataObject, table: list[Values], group_rows: int, null_text: str | None
) -> None:
    with bench_of() as bench:
        sheet = bench.sheet(table, group_rows=group_rows)
        for _ in range(4):
            query = data.draw(queries(table))
            page = bench.reader.read(sheet, query, null_text=null_text)
            looked = bench.reader.decoded.misses
            kept = bench.reader.read_kept(sheet, query, null_text=null_text)
            assert bench.reader.decoded.misses == looked
            if not page.rows:
                continue
            assert kept is not None
            assert kept.columns == page.columns
            assert same(kept.rows, page.rows)


def test_nothing_is_kept_before_it_was_read_and_the_rest_of_it_not_either(bench: Bench) -> None:
    table = [
        Values(key, ColumnType.INTEGER, list(range(100)), [str(n) for n in range(100)])
        for key in "ab"
    ]
    sheet = bench.sheet(table, group_rows=10)
    assert bench.reader.read_kept(sheet, PageQuery(0, 10)) is None
    bench.reader.read(sheet, PageQuery(0, 10, ("a",)))
    assert bench.reader.read_kept(sheet, PageQuery(0, 10, ("a",))) is not None
    for other in (
        PageQuery(0, 10),
        PageQuery(5, 10, ("a",)),
        PageQuery(0, 10, ("a",), values="text"),
    ):
        assert bench.reader.read_kept(sheet, other) is None
    assert bench.reader.decoded.misses == 1


def test_it_needs_no_disk(bench: Bench) -> None:
    sheet = bench.sheet([Values("a", ColumnType.INTEGER, list(range(100)))])
    page = bench.reader.read(sheet, PageQuery(20, 10))
    shutil.rmtree(bench.directory)
    assert bench.reader.read_kept(sheet, PageQuery(20, 10)) == page


def test_a_large_page_is_left_to_other_threads(bench: Bench) -> None:
    many = SMALL_CELLS // 2 + 1
    numbers = [Values(key, ColumnType.INTEGER, list(range(many))) for key in "ab"]
    long = [Values("t", ColumnType.TEXT, ["x" * 10_000] * 20)]
    for table, rows in ((numbers, many), (long, 20)):
        sheet = bench.sheet(table)
        bench.reader.read(sheet, PageQuery(0, rows))
        assert bench.reader.read_kept(sheet, PageQuery(0, rows)) is None
        assert bench.reader.read_kept(sheet, PageQuery(0, 10)) is not None


def test_the_limit_of_a_page_holds_as_ever() -> None:
    with bench_of(max_page_bytes=5_000) as bench:
        sheet = bench.sheet([Values("t", ColumnType.TEXT, ["x" * 100] * 100)])
        bench.reader.read(sheet, PageQuery(0, 10))
        with pytest.raises(PageTooLargeError):
            bench.reader.read_kept(sheet, PageQuery(0, 100))


def test_a_file_that_was_removed_is_read_again(bench: Bench) -> None:
    sheet = bench.sheet([Values("a", ColumnType.INTEGER, list(range(100)))])
    bench.reader.read(sheet, PageQuery(0, 10))
    bench.files.discard(sheet.data)
    assert bench.reader.read_kept(sheet, PageQuery(0, 10)) is None
    assert bench.reader.read(sheet, PageQuery(0, 10)).rows[9] == {"a": 9}
    assert bench.store.fetched == [sheet.data] * 2


def test_a_sheet_of_other_rows_is_not_what_is_kept(bench: Bench) -> None:
    small = bench.sheet([Values("a", ColumnType.INTEGER, [1, 2, 3])])
    bench.reader.read(small, PageQuery(0, 3))
    assert bench.reader.read_kept(replace(small, rows=4), PageQuery(0, 3)) is None
