"""Charts over HTTP: few marks, however many rows there are."""

from __future__ import annotations

import orjson

from backend.errors import NoRevisionYetError, NotReadyError
from backend.operations import operation
from backend.schemas.charts import ChartQuerySchema, ChartSchema
from backend.services.charts import ChartService
from backend.services.pages import PageService
from backend.services.runner import Runner
from backend.views.leaving import LeavingView
from backend.views.rows import HEAD, PINNED, QUERY_ERRORS


class ChartView(LeavingView):
    """One or two columns of a share's head as marks."""

    pages: PageService
    charts: ChartService
    bulk: Runner

    @operation(
        summary="Read one or two columns of the newest ready revision as a chart",
        tag="rows",
        query=ChartQuerySchema,
        response=ChartSchema,
        errors=(*QUERY_ERRORS, NoRevisionYetError),
        not_modified=True,
    )
    async def get(self, share_id: str) -> None:
        await self.send_chart(share_id, None)

    async def send_chart(self, share_id: str, number: int | None) -> None:
        """Answer from what is kept, or after looking at the rows."""
        revision = await self.pages.revision(share_id, number)
        query = self.load_query()
        self.set_header("Cache-Control", HEAD if number is None else PINNED)
        etags = self.pages.etags(revision, f"chart?{self.request.query}", self.accepted_coding())
        if self.is_fresh(*etags):
            return
        body = orjson.dumps(await self.unless_left(self.charts.chart(revision, query)))
        await self.send_worth(body, etags, self.bulk)


class PinnedChartView(ChartView):
    """The same of one revision; it never changes."""

    @operation(
        summary="Read one or two columns of one revision as a chart",
        tag="rows",
        query=ChartQuerySchema,
        response=ChartSchema,
        errors=(*QUERY_ERRORS, NotReadyError),
        not_modified=True,
    )
    async def get(self, share_id: str, number: str) -> None:
        await self.send_chart(share_id, int(number))
