"""Charts: one or two columns of a sheet as a few marks, computed once per question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from backend.config import Config
from backend.domain import Column, ColumnType, Revision, RowQuery, Sheet
from backend.errors import InvalidParameterError
from backend.services.choosing import chosen_columns, chosen_sheet, column_header
from backend.services.querying import QueryService
from backend.services.row_queries import WantedRows, row_query
from backend.services.shared_work import SharedWork
from backend.tables.byte_bounded import ByteBoundedCache
from backend.tables.engine.derived import order_id
from backend.tables.engine.measures import Measure
from backend.tables.engine.periods import MOST_PERIODS, OF_DAYS, TIMES, Period

__all__ = ["MOST_TOP", "ChartQuery", "ChartService", "Measure", "Period"]

ENTRY_BYTES = 600
"""What an entry costs beside its value."""
TOP = 20
MOST_TOP = 200

NUMBERS = (ColumnType.INTEGER, ColumnType.NUMBER)

Key = tuple[str, str]
ChartCache = ByteBoundedCache[Key, bytes]
"""The JSON of a chart, by the view (a digest) and by what is drawn of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartQuery:
    """What a caller wants drawn."""

    sheet: str | None
    sheet_index: int | None
    x: str
    y: str | None
    measure: Measure | None
    period: Period | None
    top: int | None
    rows: WantedRows


class ChartService:
    """Charts of the head or of a pinned revision. Lives on one event loop."""

    def __init__(self, querying: QueryService, config: Config) -> None:
        self._querying = querying
        self._kept: ChartCache = ByteBoundedCache(config.chart_cache_bytes, _kept_bytes)
        self._shared: SharedWork[Key, bytes] = SharedWork()

    async def chart(self, revision: Revision, query: ChartQuery) -> dict[str, Any]:
        """The chart as JSON has it.

        UnknownSheetError, UnknownColumnError; InvalidParameterError where columns, measure and
        period do not fit each other; and what `QueryService.ask` raises.
        """
        sheet = chosen_sheet(revision, query.sheet, query.sheet_index)
        keys = [query.x] if query.y is None else list(dict.fromkeys((query.x, query.y)))
        columns = chosen_columns(sheet, keys)
        x, y = columns[0], None if query.y is None else columns[-1]
        _check(query, x, y)
        measure = _measure(query, x, y)
        rows = row_query(query.rows, sheet)
        asked = {
            "x": x.key,
            "y": y and y.key,
            "measure": measure,
            "period": query.period,
            "top": query.top or TOP,
        }
        found = orjson.loads(await self._found(sheet, rows, asked))
        if "refused" in found:
            raise _too_many(query, found)
        return {
            "share": revision.share_id,
            "revision": revision.number,
            "sheet_index": sheet.index,
            "measure": measure,
            **found,
            "x": {**column_header(x), **found["x"]},
            "y": None if y is None else {**column_header(y), **found["y"]},
        }

    async def _found(self, sheet: Sheet, rows: RowQuery, asked: dict[str, Any]) -> bytes:
        key = (order_id(sheet.data, rows), repr(sorted(asked.items())))
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        return await self._shared.do(key, lambda: self._compute(key, sheet, rows, asked))

    async def _compute(
        self, key: Key, sheet: Sheet, rows: RowQuery, asked: dict[str, Any]
    ) -> bytes:
        body = orjson.dumps(await self._querying.ask("chart", sheet, rows, asked))
        self._kept.put(key, body)
        return body


def _measure(query: ChartQuery, x: Column, y: Column | None) -> Measure | None:
    """What is measured; None: each row is a point of its own."""
    if y is None:
        if query.measure not in (None, Measure.COUNT):
            raise _refused("measure", query.measure, "Give a column of numbers as y, too.")
        return Measure.COUNT
    return query.measure or (None if x.type in NUMBERS else Measure.SUM)


def _check(query: ChartQuery, x: Column, y: Column | None) -> None:
    if y is not None and y.type not in NUMBERS:
        raise _refused(
            "y",
            query.y,
            f"The column {y.key!r} is of type {y.type}; y is integer or number. Without y the "
            "rows are counted.",
        )
    if query.top is not None and x.type in (*NUMBERS, *TIMES):
        raise _refused("top", query.top, f"x is of type {x.type}; only text and boolean have it.")
    if query.period is None:
        return
    if x.type not in TIMES:
        raise _refused("period", query.period, f"x is of type {x.type}, not date or datetime.")
    if x.type is ColumnType.DATE and query.period not in OF_DAYS:
        allowed = ", ".join(OF_DAYS)
        raise _refused("period", query.period, f"x is of type date. Use one of: {allowed}.")


def _too_many(query: ChartQuery, found: dict[str, Any]) -> InvalidParameterError:
    return _refused(
        "period",
        query.period,
        f"That makes {found['marks']:,} marks, and a chart has at most {MOST_PERIODS:,}. Use "
        f"{found['fitting']} or longer, or ask for fewer rows by a filter.",
    )


def _refused(parameter: str, value: object, detail: str) -> InvalidParameterError:
    problem = {"parameter": parameter, "value": str(value)[:100], "detail": detail}
    return InvalidParameterError(f"{parameter}: {detail}", errors=[problem])


def _kept_bytes(body: bytes) -> int:
    return len(body) + ENTRY_BYTES
