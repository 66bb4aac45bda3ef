"""Summaries over HTTP: JSON, or a table for people."""

from __future__ import annotations

import re
from typing import Any

import orjson

from backend.errors import (
    NoRevisionYetError,
    NotReadyError,
    TooManyColumnsError,
)
from backend.operations import operation
from backend.schemas.summaries import SummaryQuerySchema, SummarySchema
from backend.services.pages import PageService
from backend.services.runner import Runner
from backend.services.summaries import SummaryService
from backend.views.base import BaseView
from backend.views.headers import ALWAYS
from backend.views.leaving import LeavingView
from backend.views.rows import HEAD, PINNED, QUERY_ERRORS
from backend.views.summary_page import POLICY, STYLE, summary_page

SUMMARY_ERRORS = (*QUERY_ERRORS, TooManyColumnsError)
HTML = "text/html"
JSON = "application/json"
RANGE = re.compile(r"\s*([^\s;,/]+/[^\s;,]+)\s*(?:;[^,]*?\bq\s*=\s*([01](?:\.\d{0,3})?))?[^,]*")


class SummaryView(LeavingView):
    """What the columns of a share's head hold."""

    pages: PageService
    summaries: SummaryService
    bulk: Runner

    @operation(
        summary="Read what the columns of the newest ready revision hold",
        description="A table for people where `Accept` prefers `text/html`.",
        tag="rows",
        query=SummaryQuerySchema,
        response=SummarySchema,
        also_produces=(HTML,),
        errors=(*SUMMARY_ERRORS, NoRevisionYetError),
        not_modified=True,
    )
    async def get(self, share_id: str) -> None:
        await self.send_summary(share_id, None)

    async def send_summary(self, share_id: str, number: int | None) -> None:
        """Answer from what is kept of each column, or after looking at the rows."""
        revision = await self.pages.revision(share_id, number)
        query = self.load_query()
        form = HTML if prefers_html(self.request.headers.get("Accept", "")) else JSON
        self.begin_answer(form, pinned=number is not None)
        etags = self.pages.etags(revision, f"{form}?{self.request.query}", self.accepted_coding())
        if self.is_fresh(*etags):
            return
        summary = await self.unless_left(self.summaries.summary(revision, query))
        body = await self.bulk.run(_encoded, form, summary, revision.filename)
        await self.send_worth(body, etags, self.bulk)

    def begin_answer(self, form: str, *, pinned: bool) -> None:
        """The headers of either form. They go with an error as well, which sets its own type."""
        self.set_header("Cache-Control", PINNED if pinned else HEAD)
        self.set_header("Vary", f"{ALWAYS['Vary']}, Accept")
        if form == HTML:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Content-Security-Policy", POLICY)


class PinnedSummaryView(SummaryView):
    """What the columns of one revision hold; it never changes."""

    @operation(
        summary="Read what the columns of one revision hold",
        description="A table for people where `Accept` prefers `text/html`.",
        tag="rows",
        query=SummaryQuerySchema,
        response=SummarySchema,
        also_produces=(HTML,),
        errors=(*SUMMARY_ERRORS, NotReadyError),
        not_modified=True,
    )
    async def get(self, share_id: str, number: str) -> None:
        await self.send_summary(share_id, int(number))


class SummaryStyleView(BaseView):
    """How summaries look as HTML."""

    @operation(summary="Read the style of summaries", tag="service", produces="text/css")
    async def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.set_header("Cache-Control", "max-age=3600")
        self.finish(STYLE)


def prefers_html(accept: str) -> bool:
    """Whether an Accept header asks for HTML rather than JSON (RFC 9110, section 12.5.1)."""
    weights = {kind.lower(): float(weight or 1) for kind, weight in RANGE.findall(accept)}
    return _weight(weights, HTML) > _weight(weights, JSON)


def _weight(weights: dict[str, float], form: str) -> float:
    """The most particular range that a form is in decides."""
    ranges = (form, f"{form.partition('/')[0]}/*", "*/*")
    return next((weights[range] for range in ranges if range in weights), 0.0)


def _encoded(form: str, summary: dict[str, Any], filename: str) -> bytes:
    return summary_page(summary, filename).encode() if form == HTML else orjson.dumps(summary)
