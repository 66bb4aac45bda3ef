"""Summaries: what a column holds, exactly, in memory that does not grow with the sheet.

One column at a time: a single query for all of them would need memory for all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from backend.domain import Column, ColumnType
from backend.tables.engine import ordered_summaries
from backend.tables.engine.chosen_rows import ChosenRows, chosen_rows
from backend.tables.engine.opened import OpenRows
from backend.tables.engine.questions import Question
from backend.tables.engine.registry import operation
from backend.tables.engine.sql import quoted

Stats = dict[str, Any]

TOP = 20
SHOWN_CHARACTERS = 200
"""Longer text is told by its beginning and its length."""


@operation("summary")
def summary(rows: OpenRows, question: Question) -> list[Stats]:
    """What the columns `keys` hold in the rows of the question, in that order."""
    columns = [rows.columns[key] for key in question.arguments["keys"]]
    chosen = chosen_rows(rows, question.query, columns)
    return summarise(chosen, columns, go_on=rows.go_on)


def summarise(
    rows: ChosenRows, columns: Sequence[Column], *, go_on: Callable[[], None] = lambda: None
) -> list[Stats]:
    """What each column holds, ready for JSON. `go_on` is called in between and may raise.

    Every column has `count` (cells that are not null), `nulls`, `distinct`, `min` and `max`.
    Statistics are those of pandas' `describe`: NaN counts as missing, and is told as `nan`.
    """
    summaries = []
    for column in columns:
        go_on()
        summaries.append(_SUMMARIES[column.type](rows, column))
    return summaries


def _text(rows: ChosenRows, column: Column) -> Stats:
    """Text: distinct values and the most frequent ones out of one grouping."""
    key = quoted(column.key)
    found = rows.one(
        "coalesce(sum(c) FILTER (v IS NOT NULL), 0)::BIGINT, "
        "coalesce(sum(c) FILTER (v IS NULL), 0)::BIGINT, count(v)::BIGINT, "
        f"{_shown('min(v)')}, {_shown('max(v)')}, min(length(v)), max(length(v)), "
        # the order of a struct is that of its fields: most frequent first, then by code point
        f"list_transform(min({{'c': -c, 'v': v}}, {TOP}) FILTER (v IS NOT NULL), "
        f"lambda top: {{'c': -top.c, 'v': {_shown('top.v')}}})",
        grouped=f"{key} AS v, count(*) AS c",
    )
    count, nulls, distinct, low, high, shortest, longest, top = found
    return {
        "count": count,
        "nulls": nulls,
        "distinct": distinct,
        **_told("min", low),
        **_told("max", high),
        "shortest": shortest,
        "longest": longest,
        "top": [{**_told("value", entry["v"]), "count": entry["c"]} for entry in top or ()],
    }


def _shown(text: str) -> str:
    return f"{{'text': left({text}, {SHOWN_CHARACTERS}), 'length': length({text})}}"


def _told(name: str, shown: dict[str, Any] | None) -> Stats:
    """A text, or its beginning and how many characters the whole has."""
    if shown is None or shown["text"] is None:
        return {name: None}
    if shown["length"] <= SHOWN_CHARACTERS:
        return {name: shown["text"]}
    return {name: shown["text"], f"{name}_length": shown["length"]}


def _booleans(rows: ChosenRows, column: Column) -> Stats:
    key = quoted(column.key)
    found = rows.one(
        f"count(*) FILTER ({key}), count(*) FILTER (NOT {key}), count(*) FILTER ({key} IS NULL)"
    )
    true, false, nulls = found
    present = [value for value, count in ((False, false), (True, true)) if count]
    return {
        "count": true + false,
        "nulls": nulls,
        "distinct": len(present),
        "min": present[0] if present else None,
        "max": present[-1] if present else None,
        "true": true,
        "false": false,
    }


_SUMMARIES: dict[ColumnType, Callable[[ChosenRows, Column], Stats]] = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: ordered_summaries.whole_numbers,
    ColumnType.NUMBER: ordered_summaries.numbers,
    ColumnType.BOOLEAN: _booleans,
    ColumnType.DATE: ordered_summaries.days,
    ColumnType.DATETIME: ordered_summaries.moments,
}
