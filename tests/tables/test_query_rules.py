"""What pages of views promise beyond being right: NaN, letters, huge cells, no waiting."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.domain import Filter, Operator, RowQuery, SortKey
from backend.errors import PageTooLargeError
from backend.tables.engine import building, gathering, rows
from backend.tables.engine.database import QueryDatabase
from backend.tables.engine.folding import LETTERS
from backend.tables.page_budget import PageBudget
from tests.asking_pandas import Row
from tests.server import ROOT
from tests.tables.asking import answer, build, source_of, write

READING = """
import sys
from pathlib import Path
from backend.domain import Column, ColumnType, PageQuery, RowQuery, Sheet, SortKey
from backend.tables.engine import rows
from backend.tables.engine.database import QueryDatabase
from backend.tables.engine.questions import Question, Source
from backend.tables.files import FileCache
from backend.tables.pages import PageReader, read_found

folder, blob = Path(sys.argv[1]), "0" * 32
columns = (Column("n", "n", ColumnType.NUMBER, 1), Column("t", "t", ColumnType.TEXT, 0))
sheet = Sheet(0, "sheet", 3, columns, blob)
reader = PageReader(
    FileCache(folder / "cache", 2**30),
    lambda _, path: path.hardlink_to(folder / "data"),
    row_group_cache_bytes=2**20,
    max_page_bytes=2**20,
)
assert len(reader.read(sheet, PageQuery(0, 3)).rows) == 3
limits = {"memory_bytes": 2**28, "threads": 1, "scratch": sys.argv[1], "scratch_bytes": 2**28}
page = {"offset": 0, "limit": 3, "keys": ["n", "t"], "texts": [], "max_bytes": 2**20}
asked = {**page, "objects": True, "order": str(folder / "order")}
with QueryDatabase(limits).open(source := Source(sheet, folder / "data")) as opened:
    query = RowQuery(search="b", sort=(SortKey("n"),))
    for operation in (rows.first_rows, rows.select_rows, rows.rows_of_order):
        operation(opened, Question(source, query, asked))
    nothing, _ = read_found(rows.first_rows(opened, Question(source, RowQuery(search="z"), asked)))
    assert reader.page_of(sheet, PageQuery(0, 3), nothing).rows == []
assert "pandas" not in sys.modules
"""


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


def test_pages_and_views_do_not_wait_for_pandas(tmp_path: Path) -> None:
    write(tmp_path / "data", ["n", "t"], ["number", "text"], [[1.5, "a"], [None, "b"], [2.0, "ab"]])
    subprocess.run([sys.executable, "-c", READING, str(tmp_path)], cwd=ROOT, check=True)


def test_docs_and_pages_take_the_same_letters_for_the_same() -> None:
    told = (ROOT / "docs" / "api.md").read_text()
    marked = (ROOT / "frontend" / "src" / "query" / "search.ts").read_text()
    for letter, plain in LETTERS.items():
        assert re.search(rf"`{letter}`(?: `.`)* {plain}\b", told), letter
    assert dict(re.findall(r"^  (\w): '(\w+)',$", marked, re.MULTILINE)) == LETTERS
