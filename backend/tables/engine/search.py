"""`q`: found in any column, in the cell as it is shown, whatever its case and accents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend.domain import Column, ColumnType
from backend.tables.engine.folding import folded
from backend.tables.engine.sql import ROW, Condition, any_of, quoted, shown_text

if TYPE_CHECKING:
    from backend.tables.engine.opened import OpenRows

# What the canonical text of a type can be made of. A search for anything else passes it by.
ALPHABETS: dict[ColumnType, re.Pattern[str]] = {
    ColumnType.INTEGER: re.compile(r"[-0-9]*"),
    ColumnType.NUMBER: re.compile(r"[-.0-9]*|[-infa]*"),
    ColumnType.BOOLEAN: re.compile(r"[truefals]*"),
    ColumnType.DATE: re.compile(r"[-0-9]*"),
    ColumnType.DATETIME: re.compile(r"[-0-9tz:.]*"),
}


def condition(rows: OpenRows, wanted: str) -> Condition:
    """The condition that some cell of a row contains `wanted`; none does if it is accents only."""
    (sought,) = rows.execute(f"SELECT {folded('CAST($1 AS VARCHAR)')}", (wanted,)).fetchall()[0]
    found: list[Condition] = []
    beside: list[Column] = []
    for column in rows.searched() if sought else ():
        if column.written and not rows.is_native:
            beside.append(column)
        elif column.written or column.type is ColumnType.TEXT:
            found.append(_contains(rows.folded_text(column.key), sought))
        elif can_hold(column.type, sought):
            found.append(_in_column(column, sought))
    if beside:
        found.append(_beside(rows, beside, sought))
    return any_of(found)


def can_hold(type: ColumnType, sought: str) -> bool:
    """Whether the canonical text of a column of this type could contain a folded text."""
    return ALPHABETS[type].fullmatch(sought) is not None


def _in_column(column: Column, sought: str) -> Condition:
    """Typed cells are ASCII."""
    name = quoted(column.key)
    if column.type is ColumnType.NUMBER:
        return _in_numbers(name, sought)
    if column.type is ColumnType.DATETIME:
        return _in_moments(name, sought)
    return _contains(shown_text(name, column.type), sought)


def _in_numbers(name: str, sought: str) -> Condition:
    """Most numbers are shown as the database casts them, or the same with `.0` at the end."""
    shown, cast = shown_text(name, ColumnType.NUMBER), f"CAST({name} AS VARCHAR)"
    if sought == "0" or sought.endswith((".", ".0")):
        return Condition(f"contains({shown}, ?)", (sought,))
    # Zero and what may have an exponent, generously; the rest costs one cast.
    apart = f"abs({name}) < 1e-3 OR abs({name}) >= 1e15"
    return Condition(
        f"CASE WHEN {apart} THEN contains({shown}, ?) ELSE contains({cast}, ?) END",
        (sought, sought),
    )


def _in_moments(name: str, sought: str) -> Condition:
    """The cast of a moment lacks the T, and at its end zeros and the Z: most searches do too."""
    if sought.endswith(("0", "z")):
        shown = shown_text(name, ColumnType.DATETIME)
        return Condition(f"contains({shown}, ?)", (sought.upper(),))
    cast = f"CAST(CAST({name} AS TIMESTAMP) AS VARCHAR)"
    return Condition(f"contains({cast}, ?)", (sought.replace("t", " "),))


def _contains(expression: str, sought: str) -> Condition:
    return Condition(f"contains({expression}, ?)", (sought,))


def _beside(rows: OpenRows, columns: list[Column], sought: str) -> Condition:
    """Found in the companion file, whose rows are those of the data file."""
    inside = any_of([_contains(folded(quoted(column.key)), sought) for column in columns])
    found = f"SELECT {ROW} FROM {rows.written_relation} WHERE {inside.sql}"
    return Condition(f"{ROW} IN ({found})", inside.parameters)
