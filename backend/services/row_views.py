"""Views: the rows of a sheet that a query asks for, in its order, computed once on this node.

The order of a view is a file of row numbers (`tables/engine/orders.py`). Whoever asks first for
the beginning of a sorted view does not wait for that file; whoever asks later reads a slice of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.domain import Column, PageQuery, RowQuery, Sheet
from backend.errors import PageTooLargeError
from backend.services.querying import QueryService
from backend.services.shared_work import SharedWork
from backend.tables.engine.derived import order_id
from backend.tables.engine.questions import Lane
from backend.tables.files import DamagedFileError

logger = logging.getLogger(__name__)

FIRST_ROWS = 2_000
"""How deep a page may be to be found without the order of the whole view."""

ORDER_S = 300.0
"""How long the order of a view may take that nobody waits for."""

ATTEMPTS = 3


class RowViews:
    """Slices of views, as the query process answers them. Lives on one event loop."""

    def __init__(self, querying: QueryService) -> None:
        self._querying = querying
        self._slices: SharedWork[tuple[str, str], bytes] = SharedWork()
        self._orders: SharedWork[str, bytes] = SharedWork()
        self._behind: set[asyncio.Task[bytes]] = set()
        self._keeping: dict[str, asyncio.Task[None]] = {}
        querying.before_close(self.close)

    async def rows(
        self, sheet: Sheet, query: RowQuery, page: PageQuery, columns: Sequence[Column]
    ) -> bytes:
        """The rows of a page of a view, as an Arrow stream (`tables/engine/rows.py`).

        Cancelling ends the work unless somebody else waits for the same. Raises what
        `QueryService.ask` does, and PageTooLargeError.
        """
        arguments = _arguments(page, columns, self._querying.max_page_bytes)
        key = (order_id(sheet.data, query), repr(arguments))
        return await self._slices.do(key, lambda: self._slice(sheet, query, arguments))

    async def close(self) -> None:
        """Give up what nobody waits for."""
        for task in self._behind:
            task.cancel()
        await asyncio.gather(*self._behind, *self._keeping.values(), return_exceptions=True)

    async def _slice(self, sheet: Sheet, query: RowQuery, arguments: dict[str, Any]) -> bytes:
        id = order_id(sheet.data, query)
        for _ in range(ATTEMPTS):
            answer = await self._kept_slice(id, sheet, arguments)
            if answer is not None:
                return answer
            if self._is_quicker_alone(sheet, query, arguments):
                answer = await self._querying.ask("first_rows", sheet, query, arguments)
                self._order_behind(id, sheet, query, arguments)
                return bytes(answer)
            if id not in self._orders:
                return await self._order(id, sheet, query, arguments, Lane.QUERY)
            with suppress(PageTooLargeError):  # that is the page of whoever asked first
                await self._order(id, sheet, query, arguments, Lane.QUERY)
        return await self._compute(id, sheet, query, arguments, Lane.QUERY)

    async def _kept_slice(self, id: str, sheet: Sheet, arguments: dict[str, Any]) -> bytes | None:
        if id in self._keeping:
            await asyncio.shield(self._keeping[id])
        try:
            async with self._querying.held_file(id) as order:
                if order is None:
                    return None
                asked = {**arguments, "order": str(order)}
                found = self._querying.ask("rows_of_order", sheet, None, asked, lane=Lane.QUICK)
                return bytes(await found)
        except DamagedFileError:
            await self._querying.discard_file(id)
            return None

    def _is_quicker_alone(self, sheet: Sheet, query: RowQuery, arguments: dict[str, Any]) -> bool:
        """Whether the rows can be found without the order of all, and that is worth it."""
        # A search looks at every text of every row: twice would be too much for a first page.
        if (query.search and not query.sort) or not self._querying.is_built_for(sheet):
            return False
        return bool(arguments["offset"] + arguments["limit"] <= FIRST_ROWS)

    def _order_behind(
        self, id: str, sheet: Sheet, query: RowQuery, arguments: dict[str, Any]
    ) -> None:
        if id in self._orders:
            return
        order = self._order(id, sheet, query, {**arguments, "limit": 0}, Lane.BEHIND)
        task = asyncio.ensure_future(order)
        self._behind.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[bytes]) -> None:
        self._behind.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("the order of a view could not be kept: %r", error)

    async def _order(
        self, id: str, sheet: Sheet, query: RowQuery, arguments: dict[str, Any], lane: Lane
    ) -> bytes:
        """Compute the order of a view, once for all who wait; gives the slice of the first."""
        return await self._orders.do(id, lambda: self._compute(id, sheet, query, arguments, lane))

    async def _compute(
        self, id: str, sheet: Sheet, query: RowQuery, arguments: dict[str, Any], lane: Lane
    ) -> bytes:
        path = self._querying.scratch_file(".order")
        try:
            answer = await self._querying.ask(
                "select_rows",
                sheet,
                query,
                {**arguments, "order": str(path)},
                timeout_s=ORDER_S if lane is Lane.BEHIND else None,
                lane=lane,
            )
        except PageTooLargeError:
            # The order is there none the less, for who asks for less.
            self._keeping[id] = asyncio.ensure_future(self._keep(id, path))
            raise
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        # The rows are there; whoever asked for them does not wait until the file is safe.
        self._keeping[id] = asyncio.ensure_future(self._keep(id, path))
        return bytes(answer)

    async def _keep(self, id: str, path: Path) -> None:
        try:
            await self._querying.adopt(id, path)
        except (OSError, RuntimeError) as error:
            logger.warning("the order of a view could not be kept: %r", error)
        finally:
            self._keeping.pop(id, None)


def _arguments(page: PageQuery, columns: Sequence[Column], max_bytes: int) -> dict[str, Any]:
    as_text = page.values == "text"
    return {
        "max_bytes": max_bytes,
        "objects": page.shape == "objects",
        "offset": page.offset,
        "limit": page.limit,
        "keys": [column.key for column in columns if not (as_text and column.written)],
        "texts": [column.key for column in columns if as_text and column.written],
    }
