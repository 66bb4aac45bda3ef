"""What the query process does, without the process: every way to the rows gives the same rows."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain import Column, ColumnType, RowQuery, Sheet, SortKey
from backend.tables.engine import rows
from backend.tables.engine.database import QueryDatabase
from backend.tables.engine.derived import LEAST_BYTES, DerivedFiles, is_whole_derived
from backend.tables.engine.orders import read_order, write_order
from backend.tables.engine.questions import QueryFailed, Source
from tests.asking_pandas import expected, questions, tables
from tests.conftest import Seeded
from tests.tables.asking import answer, build, query_of, source_of, write


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
