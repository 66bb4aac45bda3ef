"""RowQuery as SQL: WHERE and ORDER BY from parameters and quoted identifiers only.

Text compares by code point (DuckDB's binary order of UTF-8 is that order). What a row filter means
is said in docs/api.md; this module and `services/row_queries.py` are the two halves of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.domain import Column, ColumnType, Filter, Operator, RowQuery, SortKey

ROW = '"#row"'
"""The number of a row, from 0. No column key can be this: keys are word characters."""

TEXT_PREFIX = "#text:"
"""Before a key: the written text of that column, where it stands beside the values."""

FOLDED_PREFIX = "#folded:"
"""Before a key: that text without case and accents, in a native file, where `q` needs it."""

NAN = "'NaN'::DOUBLE"

NUMBER_WIDTH = 8
"""Digits that say how long a number inside text is, for the natural order."""

COMPARISONS: dict[Operator, str] = {
    Operator.EQ: "{column} = {value}",
    # A cell that is null is not equal to any value: eq and ne together are all rows.
    Operator.NE: "{column} IS DISTINCT FROM {value}",
    Operator.LT: "{column} < {value}",
    Operator.LTE: "{column} <= {value}",
    Operator.GT: "{column} > {value}",
    Operator.GTE: "{column} >= {value}",
    Operator.CONTAINS: "contains({column}, {value})",
    Operator.STARTSWITH: "starts_with({column}, {value})",
}

SQL_TYPES: dict[ColumnType, str] = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.NUMBER: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL and the values of its question marks, in order."""

    sql: str
    parameters: tuple[Any, ...] = ()


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal, for the few places (file names) that take no parameter."""
    return "'" + text.replace("'", "''") + "'"


def comparable(column: Column) -> str:
    """The column as it compares: moments with a zone become moments in UTC."""
    name = quoted(column.key)
    return f"CAST({name} AS TIMESTAMP)" if column.type is ColumnType.DATETIME else name


def filter_condition(wanted: Filter, column: Column) -> Condition:
    """One filter. Its values are of the column's type."""
    name = comparable(column)
    if wanted.operator is Operator.ISNULL:
        return Condition(f"{name} IS {'' if wanted.values[0] else 'NOT '}NULL")
    value = f"CAST(? AS {SQL_TYPES[column.type]})"
    if column.type is ColumnType.NUMBER and wanted.operator in (Operator.GT, Operator.GTE):
        # To the database NaN is more than every number; to everybody else it compares false.
        above = COMPARISONS[wanted.operator].format(column=name, value=value)
        return Condition(f"{above} AND {name} <= 'Infinity'::DOUBLE", wanted.values)
    if wanted.operator is Operator.IN:
        places = ", ".join([value] * len(wanted.values))
        return Condition(f"{name} IN ({places})", wanted.values)
    return Condition(COMPARISONS[wanted.operator].format(column=name, value=value), wanted.values)


def all_of(conditions: Sequence[Condition]) -> Condition:
    """Every one of them; with none, every row."""
    if not conditions:
        return Condition("TRUE")
    parameters = tuple(value for one in conditions for value in one.parameters)
    return Condition(" AND ".join(f"({one.sql})" for one in conditions), parameters)


def any_of(conditions: Sequence[Condition]) -> Condition:
    """At least one of them; with none, no row."""
    if not conditions:
        return Condition("FALSE")
    parameters = tuple(value for one in conditions for value in one.parameters)
    return Condition(" OR ".join(f"({one.sql})" for one in conditions), parameters)


def where(
    query: RowQuery,
    columns: Mapping[str, Column],
    search: Callable[[str], Condition],
) -> Condition:
    """What a row must fulfil; `search` makes the condition of `q`."""
    conditions = [filter_condition(one, columns[one.key]) for one in query.filters]
    if query.search is not None:
        conditions.append(search(query.search))
    return all_of(conditions)


def sort_expression(column: Column, collate: str) -> str:
    """What sorting by a column compares; what is last either way is null."""
    name = comparable(column)
    if column.type is ColumnType.NUMBER:
        return f"nullif({name}, {NAN})"
    natural = collate == "natural" and column.type is ColumnType.TEXT
    return natural_key(name) if natural else name


def sort_term(key: SortKey, column: Column, collate: str) -> str:
    """One term of ORDER BY. Nulls come last either way."""
    direction = "DESC" if key.descending else "ASC"
    return f"{sort_expression(column, collate)} {direction} NULLS LAST"


def order_by(query: RowQuery, columns: Mapping[str, Column]) -> str:
    """The whole ORDER BY list; ties are in the order of the rows."""
    terms = [sort_term(key, columns[key.key], query.collate) for key in query.sort]
    return ", ".join([*terms, ROW])


def natural_key(expression: str) -> str:
    """Text whose code-point order is the natural order of `expression`.

    Each run of ASCII digits becomes `0`, the number of its digits, and the digits, without leading
    zeros: so it compares by value, and stands where a digit would stand.
    """
    digits = "ltrim(piece, '0')"
    width = f"lpad(CAST(length({digits}) AS VARCHAR), {NUMBER_WIDTH}, '0')"
    piece = f"CASE WHEN piece[1] BETWEEN '0' AND '9' THEN '0' || {width} || {digits} ELSE piece END"
    pieces = f"regexp_extract_all({expression}, '[0-9]+|[^0-9]+')"
    return f"array_to_string(list_transform({pieces}, lambda piece: {piece}), '')"


def shown_text(name: str, type: ColumnType) -> str:
    """The canonical text of a column (see `tables/canonical.py`) as an SQL expression."""
    if type is ColumnType.NUMBER:
        return _number_text(name)
    if type is ColumnType.DATETIME:
        return _moment_text(name)
    return name if type is ColumnType.TEXT else f"CAST({name} AS VARCHAR)"


def _moment_text(name: str) -> str:
    text = f"replace(CAST(CAST({name} AS TIMESTAMP) AS VARCHAR), ' ', 'T')"
    # DuckDB leaves the zeros at the end of a fraction out; canonical text has six digits.
    padded = f"CASE WHEN contains({text}, '.') THEN rpad({text}, 26, '0') ELSE {text} END"
    zone = f"CASE WHEN typeof({name}) = 'TIMESTAMP WITH TIME ZONE' THEN 'Z' ELSE '' END"
    return f"({padded} || {zone})"


def _number_text(name: str) -> str:
    text = f"CAST({name} AS VARCHAR)"
    sign = f"CASE WHEN {name} < 0 THEN '-' ELSE '' END"
    mantissa = f"ltrim(split_part({text}, 'e', 1), '-')"
    digits = f"replace({mantissa}, '.', '')"
    exponent = f"CAST(split_part({text}, 'e', 2) AS INTEGER)"
    large = f"rpad({digits}, {exponent} + 1, '0')"
    small = f"'0.' || repeat('0', -{exponent} - 1) || {digits}"
    plain = f"CASE WHEN {exponent} > 0 THEN {large} ELSE {small} END"
    return (
        f"CASE WHEN {name} = 0 THEN '0' "
        f"WHEN ends_with({text}, '.0') THEN left({text}, length({text}) - 2) "
        f"WHEN contains({text}, 'e') THEN {sign} || {plain} "
        f"ELSE {text} END"
    )
