"""A view is computed once, however many ask for it at the same time."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backend.config import Config
from backend.domain import ColumnType, Filter, Operator, PageQuery, RowQuery, SortKey
from backend.services.querying import QueryService
from backend.services.row_views import RowViews
from backend.services.runner import Runner
from backend.tables.pages import read_found
from tests.tables.building import Bench, Values

ROWS = 3_000
ASKING = 40
VIEW = RowQuery((Filter("n", Operator.GTE, (100,)),), None, (SortKey("n", True),))


@pytest.mark.parametrize("offsets", [[0] * ASKING, range(0, 10 * ASKING, 10)])
def test_many_who_ask_at_once_cost_one_computation(tmp_path: Path, offsets: list[int]) -> None:
    bench = Bench(tmp_path / "bench")
    sheet = bench.sheet([Values("n", ColumnType.INTEGER, range(ROWS))])
    asked: Counter[str] = Counter()

    async def ask_all() -> list[list[Any]]:
        bulk = Runner(4, "bulk")
        querying = QueryService(
            files=bench.files,
            fetch=bench.store.fetch,
            bulk=bulk,
            config=Config(data_dir=tmp_path / "data", query_built_cells=10**9),
        )
        querying.prepare()
        ask = querying.engine.ask

        async def counted(operation: str, *args: Any, **options: Any) -> Any:
            asked[operation] += 1
            return await ask(operation, *args, **options)

        querying.engine.ask = counted  # type: ignore[method-assign]
        views = RowViews(querying)
        try:
            pages = (PageQuery(offset, 5) for offset in offsets)
            rows = [views.rows(sheet, VIEW, page, sheet.columns) for page in pages]
            found = await asyncio.gather(*rows)
        finally:
            await querying.close()
            bulk.close()
        return [read_found(one)[0].column("n").to_pylist() for one in found]

    got = asyncio.run(ask_all())
    assert got == [[ROWS - 1 - offset - row for row in range(5)] for offset in offsets]
    assert asked["select_rows"] == 1
    # whoever asked for another page of it read that from the order which the first one left
    assert asked["rows_of_order"] == len(set(offsets)) - 1
    assert sum(asked.values()) == len(set(offsets))
