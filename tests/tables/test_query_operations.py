"""What the query process does, without the process: every way to the rows gives the same rows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain import Column, ColumnType, Filter, Operator, RowQuery, Sheet, SortKey
from backend.errors import PageTooLargeError
from backend.tables.columnar import open_writer
from backend.tables.engine import building, gathering, rows
from backend.tables.engine.database import QueryDatabase
from backend.tables.engine.derived import LEAST_BYTES, DerivedFiles, is_whole_derived
from backend.tables.engine.folding import LETTERS
from backend.tables.engine.orders import read_order, write_order
from backend.tables.engine.questions import QueryFailed, Question, Source
from backend.tables.page_budget import PageBudget
from backend.tables.pages import read_found
from tests.asking_pandas import KINDS, Row, expected, questions, tables
from tests.conftest import Seeded
from tests.server import ROOT

GROUP_ROWS = 5
UNLIMITED = {"max_bytes": 2**30, "objects": True}


@pytest.fixture(scope="module")
def database() -> Iterator[QueryDatabase]:
    with TemporaryDirectory() as scratch:
        yield QueryDatabase(
            {
                "memory_bytes": 256 * 1024 * 1024,
                "threads": 2,
                "scratch": scratch,
                "scratch_bytes": 1024 * 1024 * 1024,
            }
        )


def write(path: Path, keys: list[str], kinds: list[str], cells: list[Row]) -> None:
    """A columnar file with short row groups."""
    columns = [
        pa.array([row[at] for row in cells], KINDS[kind][0]) for at, kind in enumerate(kinds)
    ]
    table = pa.table(columns, names=keys)
    with open_writer(path, table.schema) as writer:
        for start in range(0, len(cells), GROUP_ROWS):
            writer.write_table(table.slice(start, GROUP_ROWS), row_group_size=GROUP_ROWS)


def source_of(folder: Path, keys: list[str], kinds: list[str], cells: list[Row]) -> Source:
    """The files of a sheet, as ingest leaves them."""
    write(folder / "data", keys, kinds, cells)
    columns = tuple(
        Column(key, key, ColumnType(kind), 0) for key, kind in zip(keys, kinds, strict=True)
    )
    # a process keeps files open under the id of their blob
    return Source(Sheet(0, "sheet", len(cells), columns, str(folder)), folder / "data")


def build(database: QueryDatabase, source: Source, folder: Path) -> Source:
    """The same with its native and its flat file."""
    for name, operation in (
        ("native", building.build_native),
        ("flat", building.build_flat),
    ):
        path = folder / name
        with database.open(source) as opened:
            operation(opened, Question(source, arguments={"path": str(path)}))
        assert is_whole_derived(path)
    return Source(source.sheet, source.data, source.written, folder / "native", folder / "flat")


def query_of(question: Any) -> RowQuery:
    """A question as the service hands it on."""
    filters, search, sort, is_natural, _ = question
    return RowQuery(
        tuple(
            Filter(key, Operator(name), tuple(value) if name == "in" else (value,))
            for key, name, value in filters
        ),
        search,
        tuple(SortKey(key, descending) for key, descending in sort),
        "natural" if is_natural else "codepoint",
    )


def answer(
    database: QueryDatabase, operation: Any, source: Source, query: RowQuery, **arguments: Any
) -> tuple[list[dict[str, Any]], int]:
    """The rows and the total."""
    keys = [column.key for column in source.sheet.columns]
    given = {"offset": 0, "limit": 1000, "keys": keys, "texts": [], **UNLIMITED, **arguments}
    with database.open(source) as opened:
        table, total = read_found(operation(opened, Question(source, query, given)))
    return table.to_pylist(), total


def test_every_way_gives_the_rows_that_pandas_gives(
    database: QueryDatabase, seeded: Seeded
) -> None:
    @settings(max_examples=seeded.rounds(60), suppress_health_check=list(HealthCheck))
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        with TemporaryDirectory() as name:
            check(data, Path(name))

    def check(data: st.DataObject, folder: Path) -> None:
        keys, kinds, cells = data.draw(tables())
        plain = source_of(folder, keys, kinds, cells)
        built = build(database, plain, folder)
        ways = [built] if "file_row_number" in keys else [plain, built]
        for number in range(4):
            question = data.draw(questions(keys, kinds, cells))
            query = query_of(question)
            want = expected(keys, kinds, cells, question)
            offset = data.draw(st.integers(0, len(cells)))
            limit = data.draw(st.integers(1, 9))
            part = [dict(zip(keys, cells[at], strict=True)) for at in want[offset : offset + limit]]
            for source in ways:
                order = folder / f"order{number}{source.native is None}"
                slice = {"offset": offset, "limit": limit, "order": str(order)}
                found = [
                    answer(database, operation, source, query, **slice)
                    for operation in (rows.first_rows, rows.select_rows, rows.rows_of_order)
                ]
                assert found == [(part, len(want))] * 3, query
                numbers, total = read_order(order, 0, len(cells))
                assert (list(numbers), total) == (want, len(want))

    ask()


def test_nan_compares_false_and_sorts_last_as_in_pandas(
    database: QueryDatabase, tmp_path: Path
) -> None:
    nan, inf = math.nan, math.inf
    numbers = [2.0, nan, None, -inf, 7.5, nan, inf, None, -1.0, 2.0]
    cells: list[Row] = [[row, value] for row, value in enumerate(numbers)]
    plain = source_of(tmp_path, ["row", "n"], ["integer", "number"], cells)
    frame = pd.DataFrame({"row": range(len(numbers)), "n": pd.Series(numbers, dtype="float64")})
    kept = {"gt": frame.n > 2, "gte": frame.n >= 2, "lt": frame.n < 2, "lte": frame.n <= 2}
    kept |= {"eq": frame.n == 2, "ne": frame.n != 2, "in": frame.n.isin([2.0])}
    asked = [
        (RowQuery((Filter("n", Operator(name), (2.0,)),)), frame[rows_kept])
        for name, rows_kept in kept.items()
    ]
    asked += [
        (
            RowQuery(sort=(SortKey("n", descending), *more)),
            frame.sort_values("n", ascending=not descending, kind="stable", na_position="last"),
        )
        for descending in (False, True)
        for more in ((), (SortKey("row"),))
    ]
    for source in (plain, build(database, plain, tmp_path)):
        for number, (query, want) in enumerate(asked):
            order = str(tmp_path / f"order{number}{source.native is None}")
            for operation in (rows.first_rows, rows.select_rows):
                if operation is rows.first_rows and not query.sort:
                    continue
                for limit in (1, 3, 20):
                    Path(order).unlink(missing_ok=True)
                    found, total = answer(
                        database, operation, source, query, order=order, limit=limit
                    )
                    assert [row["row"] for row in found] == want.row.tolist()[:limit], query
                    assert total == len(want)


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("brod", [0, 1, 2, 3]),
        ("BRØD", [0, 1, 2, 3]),
        ("strasse", [4, 5]),
        ("Straße", [4, 5]),
        ("as", [4, 5]),
        ("lodz", [6]),
        ("œuvre", [7, 8]),
        ("dıyarbakir", [9, 10]),
        ("Þór", [11]),
        ("thor", [11]),
        ("東", [12]),
        ("\u0301", []),
    ],
)
def test_letters_that_people_type_without_their_strokes_are_found(
    database: QueryDatabase, tmp_path: Path, sought: str, found: list[int]
) -> None:
    texts = ["Brød", "brod", "BRØD", "bród\u0338", "Straße", "STRASSE", "Łódź", "œuvre", "Oeuvre"]
    texts += ["Diyarbakır", "DİYARBAKIR", "Þór", "東京"]
    cells: list[Row] = [[row, text, "plain"] for row, text in enumerate(texts)]
    plain = source_of(tmp_path, ["row", "t", "u"], ["integer", "text", "text"], cells)
    for source in (plain, build(database, plain, tmp_path)):
        order = str(tmp_path / f"order{source.native is None}")
        got, _ = answer(database, rows.select_rows, source, RowQuery(search=sought), order=order)
        assert [row["row"] for row in got] == found


def test_rows_of_huge_cells_are_refused_before_all_of_them_are_read(
    database: QueryDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "BATCH_BYTES", 100_000)
    monkeypatch.setattr(building, "BATCH_BYTES", 100_000)
    cells: list[Row] = [[row, str(row) * 10_000] for row in range(10, 60)]
    plain = source_of(tmp_path, ["row", "t"], ["integer", "text"], cells)
    query = RowQuery(sort=(SortKey("row", descending=True),))
    read: list[int] = []
    restored = PageBudget.spend

    def spend(budget: PageBudget, part: Any) -> None:
        read.append(sum(array.nbytes for array in part))
        restored(budget, part)

    monkeypatch.setattr(PageBudget, "spend", spend)
    for source in (plain, build(database, plain, tmp_path)):
        for limit in (2, 50):
            given = {"limit": limit, "max_bytes": 110_000}
            if limit == 2:
                found, _ = answer(database, rows.first_rows, source, query, **given)
                assert [row["row"] for row in found] == [59, 58]
                continue
            read.clear()
            with pytest.raises(PageTooLargeError) as refused:
                answer(database, rows.first_rows, source, query, **given)
            assert refused.value.extensions["suggested_limit"] in (3, 4)
            assert sum(read) < 400_000


def test_the_docs_tell_which_letters_are_taken_for_which() -> None:
    told = (ROOT / "docs" / "api.md").read_text()
    for letter, plain in LETTERS.items():
        assert re.search(rf"`{letter}`(?: `.`)* {plain}\b", told), letter


def test_a_column_that_hides_the_row_numbers_needs_the_native_file(
    database: QueryDatabase, tmp_path: Path
) -> None:
    source = source_of(tmp_path, ["file_row_number"], ["integer"], [[3], [1], [2]])
    query = RowQuery(sort=(SortKey("file_row_number"),))
    with pytest.raises(QueryFailed, match="needs_native"):
        answer(database, rows.first_rows, source, query)
    found, _ = answer(database, rows.first_rows, build(database, source, tmp_path), query)
    assert [row["file_row_number"] for row in found] == [1, 2, 3]


def test_written_text_is_searched_and_given_back(database: QueryDatabase, tmp_path: Path) -> None:
    values = [1.5, 2.0, None, 12.5]
    source = source_of(tmp_path, ["amount"], ["number"], [[value] for value in values])
    write(tmp_path / "written", ["amount"], ["text"], [["1.50"], ["2"], [None], ["12.50"]])
    column = Column("amount", "amount", ColumnType.NUMBER, 1, written=True)
    sheet = Sheet(0, "sheet", 4, (column,), str(tmp_path), str(tmp_path / "written"))
    plain = Source(sheet, source.data, tmp_path / "written")
    for source in (plain, build(database, plain, tmp_path)):
        order = str(tmp_path / f"order{source.native is None}")
        found, total = answer(
            database,
            rows.select_rows,
            source,
            RowQuery(search="2.50"),
            order=order,
            keys=["amount"],
            texts=["amount"],
        )
        assert (found, total) == ([{"amount": 12.5, "#text:amount": "12.50"}], 1)


def test_an_order_file_that_was_cut_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "order"
    write_order(path, np.arange(100, dtype=np.uint32))
    assert is_whole_derived(path)
    numbers, total = read_order(path, 98, 10)
    assert (list(numbers), total) == ([98, 99], 100)
    path.write_bytes(path.read_bytes()[:-12])
    assert not is_whole_derived(path)


def test_many_small_files_are_bounded_too(tmp_path: Path) -> None:
    derived = DerivedFiles(tmp_path / "derived", 10 * LEAST_BYTES)
    for number in range(30):
        write_order(tmp_path / "order", np.arange(number, dtype=np.uint32))
        derived.adopt(f"{number:064x}", tmp_path / "order")
    assert len(list((tmp_path / "derived").iterdir())) == 10
    assert derived.bytes == 10 * LEAST_BYTES
