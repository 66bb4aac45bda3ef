"""What is asked of the query process, and what goes wrong there. Frozen: it crosses processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from backend.domain import RowQuery, Sheet


class Lane(StrEnum):
    """How a question waits: `quick` never does, `query` for a free place, `behind` is niced."""

    QUICK = "quick"
    QUERY = "query"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one sheet on this node; `native` and `flat` where they have been built."""

    sheet: Sheet
    data: Path
    written: Path | None = None
    native: Path | None = None
    """A DuckDB file of the same rows, for filters, search, order and summaries."""
    flat: Path | None = None
    """An uncompressed Arrow file of the same rows, for rows here and there."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: which rows of what, and the operation's own arguments."""

    source: Source
    query: RowQuery = field(default_factory=RowQuery)
    arguments: Mapping[str, Any] = field(default_factory=dict)


class QueryFailed(Exception):  # noqa: N818 - it is an answer of the child, told by its code
    """An operation could not answer. `code` is one of those `failures.py` knows, or `crash`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
