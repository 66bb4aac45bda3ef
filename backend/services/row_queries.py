"""From what a caller writes to a RowQuery: for rows, summaries and exports alike.

The schema (`schemas/row_queries.py`) reads the general form into a `WantedRows`; here
`row_query(wanted, sheet)` holds it against the columns of one sheet. Errors name the parameter, the
value, and what to do instead.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from backend.domain import Column, ColumnType, Filter, Operator, RowQuery, Sheet, SortKey
from backend.errors import InvalidParameterError
from backend.tables.near import unknown_column

MAX_FILTERS = 100
MAX_IN_VALUES = 1_000
SHOWN = 100
INT64 = range(-(2**63), 2**63)
WHOLE = re.compile(r"[-+]?[0-9]{1,40}")
DECIMAL = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,5})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
BLANK_FOR_PLUS = re.compile(r"(:[0-9.]+) ([0-9]{2}:?[0-9]{2})$")
TRUTHS = {"true": True, "false": False}

_EQUAL = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.ISNULL})
_ORDERED = _EQUAL | {Operator.LT, Operator.LTE, Operator.GT, Operator.GTE}
OPERATORS: dict[ColumnType, frozenset[Operator]] = {
    ColumnType.TEXT: _ORDERED | {Operator.CONTAINS, Operator.STARTSWITH},
    ColumnType.INTEGER: _ORDERED,
    ColumnType.NUMBER: _ORDERED,
    ColumnType.BOOLEAN: _EQUAL,
    ColumnType.DATE: _ORDERED,
    ColumnType.DATETIME: _ORDERED,
}
"""Which operators a column of a type can be filtered with."""


@dataclass(frozen=True, slots=True)
class WantedFilter:
    """A filter as it was written: the parameter `key__operator` and its value."""

    key: str
    operator: Operator
    value: str

    @property
    def parameter(self) -> str:
        """Its name in the address."""
        return f"{self.key}__{self.operator}"


@dataclass(frozen=True, slots=True)
class WantedRows:
    """What a caller wrote of filters, search and order; not yet held against any column."""

    filters: tuple[WantedFilter, ...] = ()
    search: str | None = None
    sort: tuple[SortKey, ...] = ()
    collate: str = "codepoint"

    def parameters(self) -> list[tuple[str, str]]:
        """The same as parameters of an address, for `next`."""
        written = [(one.parameter, one.value) for one in self.filters]
        if self.search is not None:
            written.append(("q", self.search))
        if self.sort:
            keys = ("-" * key.descending + key.key for key in self.sort)
            written.append(("sort", ",".join(keys)))
        if self.collate != "codepoint":
            written.append(("collate", self.collate))
        return written


def row_query(wanted: WantedRows, sheet: Sheet) -> RowQuery:
    """The query of these wishes on this sheet.

    Raises UnknownColumnError with near matches, and InvalidParameterError naming the parameter,
    its value and what it may be.
    """
    columns = {column.key: column for column in sheet.columns}
    if len(wanted.filters) > MAX_FILTERS:
        raise InvalidParameterError(f"There are more than {MAX_FILTERS} filters.")
    for key in (*(one.key for one in wanted.filters), *(one.key for one in wanted.sort)):
        if key not in columns:
            raise unknown_column(sheet, key)
    return RowQuery(
        filters=tuple(_filter(one, columns[one.key]) for one in wanted.filters),
        search=wanted.search,
        sort=wanted.sort,
        # Without text to sort by it changes nothing, and one view should not be kept twice.
        collate=wanted.collate if _sorts_text(wanted.sort, columns) else "codepoint",
    )


def _sorts_text(sort: Sequence[SortKey], columns: dict[str, Column]) -> bool:
    return any(columns[key.key].type is ColumnType.TEXT for key in sort)


def _filter(wanted: WantedFilter, column: Column) -> Filter:
    allowed = OPERATORS[column.type]
    if wanted.operator not in allowed:
        told = ", ".join(f"{wanted.key}__{one}" for one in Operator if one in allowed)
        raise _refused(
            wanted,
            f"The column {column.key!r} is of type {column.type}, which the operator "
            f"{wanted.operator} does not fit. Use one of: {told}.",
        )
    return Filter(wanted.key, wanted.operator, _values(wanted, column))


def _values(wanted: WantedFilter, column: Column) -> tuple[Any, ...]:
    if wanted.operator is Operator.ISNULL:
        return (_read(wanted, wanted.value, ColumnType.BOOLEAN),)
    if wanted.operator is not Operator.IN:
        return (_read(wanted, wanted.value, column.type),)
    values = _separated(wanted)
    if len(values) > MAX_IN_VALUES:
        raise _refused(wanted, f"Give at most {MAX_IN_VALUES} values.")
    return tuple(_read(wanted, value, column.type) for value in values)


def _separated(wanted: WantedFilter) -> list[str]:
    """The values of `in`: one record of a CSV file, so that a value may hold a comma."""
    try:
        records = list(csv.reader([wanted.value], strict=True))
    except csv.Error as error:
        raise _refused(
            wanted,
            "Separate the values by commas; put a value that has a comma or a quote into double "
            'quotes, and double the quotes in it: north,"a, b","say ""yes""".',
        ) from error
    return records[0] if records and records[0] else [""]


def _read(wanted: WantedFilter, text: str, type: ColumnType) -> Any:
    read, meant = _READERS[type]
    try:
        return read(text)
    except (ValueError, OverflowError) as error:
        raise _refused(wanted, f"{_short(text)} is not {meant}.") from error


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise ValueError(text)
    value = int(text)
    if value not in INT64:
        raise ValueError(text)
    return value


def _number(text: str) -> float:
    if not DECIMAL.fullmatch(text):
        raise ValueError(text)
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _truth(text: str) -> bool:
    if text not in TRUTHS:
        raise ValueError(text)
    return TRUTHS[text]


def _day(text: str) -> date:
    if not DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _moment(text: str) -> datetime:
    """A moment without a zone: one that has a zone becomes the same in UTC."""
    # A plus in an address is a blank, and most people do not know.
    value = datetime.fromisoformat(BLANK_FOR_PLUS.sub(r"\1+\2", text[:64]))
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


_READERS: dict[ColumnType, tuple[Callable[[str], Any], str]] = {
    ColumnType.TEXT: (str, "text"),
    ColumnType.INTEGER: (_whole, "a whole number of at most 64 bits, such as 12 or -3"),
    ColumnType.NUMBER: (_number, "a number such as 12, -0.5 or 1e6"),
    ColumnType.BOOLEAN: (_truth, "true or false"),
    ColumnType.DATE: (_day, "a day such as 2024-01-31"),
    ColumnType.DATETIME: (
        _moment,
        "a day or a moment such as 2024-01-31 or 2024-01-31T08:30:00, with Z where it is UTC",
    ),
}


def _refused(wanted: WantedFilter, detail: str) -> InvalidParameterError:
    problem = {
        "parameter": wanted.parameter,
        "column": wanted.key,
        "operator": wanted.operator.value,
        "value": wanted.value[:SHOWN],
        "detail": detail,
    }
    return InvalidParameterError(f"{wanted.parameter}: {detail}", errors=[problem])


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
