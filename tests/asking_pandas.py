"""Random tables, random questions to them, and what pandas answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

LETTERS = "aAbB019 .,-_%'\"\\éÉøØßÆıü東\n"
TEXT = st.text(alphabet=LETTERS, max_size=6)
INTEGERS = st.sampled_from([0, 1, -1, 7, 10, 2**53 + 1, 2**53, -(2**63), 2**63 - 1])
NUMBERS = st.sampled_from([0.0, -0.0, 1.5, -2.25, 1e16, 1e-7, 12.0, 0.1, 1.7e308, 123456.789])
DAYS = st.dates(date(1999, 12, 30), date(2000, 1, 3))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2000, 1, 2)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 250_000 * 250_000)
)
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any], Any]] = {
    "text": (pa.string(), TEXT, "object"),
    "integer": (pa.int64(), INTEGERS, "Int64"),
    "number": (pa.float64(), NUMBERS, "Float64"),
    "boolean": (pa.bool_(), st.booleans(), "boolean"),
    "date": (pa.date32(), DAYS, "object"),
    "datetime": (pa.timestamp("us"), MOMENTS, "object"),
}
# Keys that could be taken for something else; the last ones are hard for SQL and for addresses.
KEYS = [
    "a",
    "a__eq",
    "b__b",
    "売上高",
    "rowid",
    "file_row_number",
    "select",
    "offset",
    "x",
    "c__in",
]

Row = list[Any]
Filters = list[tuple[str, str, Any]]


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[str], list[Row]]:
    """Keys, kinds, and rows of cells, some of them null. The first column numbers the rows."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    kinds = [draw(st.sampled_from(sorted(KINDS))) for _ in keys]
    cells = [st.none() | KINDS[kind][1] for kind in kinds]
    rows = draw(st.lists(st.tuples(*cells).map(list), min_size=1, max_size=25))
    numbered = [[number, *row] for number, row in enumerate(rows)]
    return ["number", *keys], ["integer", *kinds], numbered


@st.composite
def questions(draw: st.DrawFn, keys: list[str], kinds: list[str], rows: list[Row]) -> Any:
    """Filters with values that often occur, a search, a sort, and the length of a page."""
    filters: Filters = []
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(keys) - 1))
        operator = draw(st.sampled_from(operators(kinds[at])))
        present = [row[at] for row in rows if row[at] is not None]
        values = KINDS[kinds[at]][1] | (st.sampled_from(present) if present else st.nothing())
        value: Any = draw(values)
        if operator == "isnull":
            value = draw(st.booleans())
        elif operator == "in":
            value = draw(st.lists(values, min_size=1, max_size=3))
        filters.append((keys[at], operator, value))
    words = "a É e o ß s sa æ I 1 12 .5 -0 true 2000-01 t00 % 0 00 .0 00z 12."
    found = st.sampled_from(words.split())
    search = draw(st.none() | found)
    order = st.lists(st.sampled_from(keys), max_size=3, unique=True)
    sort = [(key, draw(st.booleans())) for key in draw(order)]
    return filters, search, sort, draw(st.booleans()), draw(st.integers(1, 9))


def operators(kind: str) -> list[str]:
    """Those that fit a type."""
    names = ["eq", "ne", "in", "isnull"]
    if kind != "boolean":
        names += ["lt", "lte", "gt", "gte"]
    return names + (["contains", "startswith"] if kind == "text" else [])


def frame(keys: list[str], kinds: list[str], rows: list[Row]) -> pd.DataFrame:
    """The table as pandas has it, with nulls that are nulls."""
    return pd.DataFrame(
        {
            at: pd.Series([row[at] for row in rows], dtype=KINDS[kind][2])
            for at, kind in enumerate(kinds)
        }
    ).set_axis(keys, axis=1)


MASKS: dict[str, Callable[[pd.Series[Any], Any], pd.Series[bool]]] = {
    "eq": lambda column, value: column == value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "in": lambda column, value: column.isin(value),
    "contains": lambda column, value: column.str.contains(value, regex=False),
    "startswith": lambda column, value: column.str.startswith(value),
}


def mask(column: pd.Series[Any], operator: str, value: Any) -> pd.Series[bool]:
    """Which cells fulfil a filter."""
    known = column.notna()
    if operator == "isnull":
        return ~known if value else known
    if operator == "ne":
        return ~mask(column, "eq", value)
    result = pd.Series(False, index=column.index)
    if known.any():
        result[known] = MASKS[operator](column[known], value).astype(bool)
    return result


def shown(cell: Any, kind: str) -> str:
    """A cell as text, by the words of docs/api.md and not by our code."""
    if kind == "boolean":
        return str(cell).lower()
    if kind == "number":
        if float(cell) == 0:
            return "0"
        return format(Decimal(repr(float(cell))), "f").removesuffix(".0")
    return cell.isoformat() if kind in ("date", "datetime") else str(cell)


# Of the table in docs/api.md, those that occur here.
PLAIN = str.maketrans({"ø": "o", "ß": "ss", "æ": "ae", "ı": "i"})


def fold(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFD", text.lower())
    plain = "".join(part for part in parts if unicodedata.category(part) != "Mn")
    return plain.translate(PLAIN)


def natural(text: str) -> list[Any]:
    """Numbers inside text by value, where a digit would stand."""
    parts = re.findall(r"[0-9]+|[^0-9]", text)
    return [(ord("0"), int(part)) if part.isdecimal() else (ord(part), 0) for part in parts]


def expected(keys: list[str], kinds: list[str], rows: list[Row], question: Any) -> list[int]:
    """The numbers of the rows, in order."""
    filters, search, sort, is_natural, _ = question
    table = frame(keys, kinds, rows)
    kept = pd.Series(True, index=table.index)
    for key, operator, value in filters:
        kept &= mask(table[key], operator, value)
    if search is not None:
        hit = [
            any(
                cell is not None and fold(search) in fold(shown(cell, kind))
                for cell, kind in zip(row, kinds, strict=True)
            )
            for row in rows
        ]
        kept &= pd.Series(hit, index=table.index)
    table = table[kept]
    # one stable sort by each key, the last key first
    for key, descending in reversed(sort):
        by_text = is_natural and kinds[keys.index(key)] == "text"
        table = table.sort_values(
            key,
            ascending=not descending,
            na_position="last",
            kind="stable",
            key=(lambda column: column.map(natural, na_action="ignore")) if by_text else None,
        )
    return [int(number) for number in table.index]
