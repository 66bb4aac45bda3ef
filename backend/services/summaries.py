"""Summaries: what each column of a sheet holds, computed once per column and choice of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from backend.config import Config
from backend.domain import Column, Revision, RowQuery, Sheet
from backend.errors import TooManyColumnsError
from backend.services.choosing import chosen_columns, chosen_sheet, column_header
from backend.services.querying import QueryService
from backend.services.row_queries import WantedRows, row_query
from backend.services.runner import Runner
from backend.services.shared_work import SharedWork
from backend.tables.byte_bounded import ByteBoundedCache
from backend.tables.engine.derived import order_id

CELLS_AT_ONCE = 8_000_000
"""A larger sheet is asked about a few columns at a time, so that others get their turn."""

ENTRY_BYTES = 600
"""What an entry costs beside its value."""

Key = tuple[str, str]
SummaryCache = ByteBoundedCache[Key, bytes]
"""The JSON of one column's summary, by the view (a digest: filters may be long) and its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryQuery:
    """What a caller wants summarised."""

    sheet: str | None
    sheet_index: int | None
    columns: tuple[str, ...] | None
    rows: WantedRows


class SummaryService:
    """Summaries of the head or of a pinned revision. Lives on one event loop."""

    def __init__(self, querying: QueryService, bulk: Runner, config: Config) -> None:
        self._querying = querying
        self._bulk = bulk
        self._kept: SummaryCache = ByteBoundedCache(config.summary_cache_bytes, _kept_bytes)
        self._max_columns = config.max_summary_columns
        self._shared: SharedWork[tuple[Key, ...], list[bytes]] = SharedWork()

    async def summary(self, revision: Revision, query: SummaryQuery) -> dict[str, Any]:
        """The summary as JSON has it.

        UnknownSheetError, UnknownColumnError, InvalidParameterError; TooManyColumnsError where
        `columns` has to say which; and what `QueryService.ask` raises.
        """
        sheet = chosen_sheet(revision, query.sheet, query.sheet_index)
        columns = chosen_columns(sheet, query.columns)
        if len(columns) > self._max_columns:
            raise self._too_many(sheet, len(columns))
        rows = row_query(query.rows, sheet)
        found = await self._summaries(sheet, columns, rows)
        # thousands of columns take longer to put together than the loop may wait
        told = await self._bulk.run(_told, sheet, rows, columns, found)
        return {"share": revision.share_id, "revision": revision.number, **told}

    async def _summaries(
        self, sheet: Sheet, columns: Sequence[Column], rows: RowQuery
    ) -> list[bytes]:
        view = order_id(sheet.data, rows)
        keys = [(view, column.key) for column in columns]
        found = {key: body for key in keys if (body := self._kept.get(key)) is not None}
        missing = tuple(key for key in keys if key not in found)
        if missing:
            computed = await self._shared.do(missing, lambda: self._compute(sheet, missing, rows))
            found |= zip(missing, computed, strict=True)
        return [found[key] for key in keys]

    async def _compute(self, sheet: Sheet, missing: Sequence[Key], rows: RowQuery) -> list[bytes]:
        computed: list[bytes] = []
        at_once = len(missing)
        if rows.is_whole:  # else the choice of rows is made once for all of them
            at_once = max(1, CELLS_AT_ONCE // max(1, sheet.rows))
        for start in range(0, len(missing), at_once):
            part = missing[start : start + at_once]
            arguments = {"keys": [key for _, key in part]}
            more = start + at_once < len(missing)
            answers = await self._querying.ask("summary", sheet, rows, arguments, more_follows=more)
            for key, answer in zip(part, answers, strict=True):
                computed.append(orjson.dumps(answer))
                self._kept.put(key, computed[-1])
        return computed

    def _too_many(self, sheet: Sheet, columns: int) -> TooManyColumnsError:
        example = ",".join(column.key[:50] for column in sheet.columns[:2])
        return TooManyColumnsError(
            f"A summary has at most {self._max_columns} columns, and these are {columns}. "
            f"Name those you want, as in columns={example}, and ask again for others.",
            max_summary_columns=self._max_columns,
        )


def _kept_bytes(body: bytes) -> int:
    return len(body) + ENTRY_BYTES


def _told(
    sheet: Sheet, rows: RowQuery, columns: Sequence[Column], found: Sequence[bytes]
) -> dict[str, Any]:
    summaries = [orjson.loads(one) for one in found]
    return {
        "sheet_index": sheet.index,
        "total": _total(sheet, rows, summaries),
        "columns": [
            {**column_header(column), **one} for column, one in zip(columns, summaries, strict=True)
        ],
    }


def _total(sheet: Sheet, rows: RowQuery, found: Sequence[dict[str, Any]]) -> int:
    if rows.is_whole or not found:
        return sheet.rows
    first = found[0]
    return int(first["count"] + first["nulls"] + first.get("nan", 0))
