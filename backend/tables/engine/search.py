"""`q`: found in any column, in the cell as it is shown, whatever its case and accents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend.domain import Column, ColumnType
from backend.tables.engine.sql import ROW, Condition, any_of, folded, quoted, shown_text

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
    """The condition that some cell of a row contains `wanted`."""
    found: list[Condition] = []
    beside: list[Column] = []
    for column in rows.searched():
        if column.written and not rows.is_native:
            beside.append(column)
        elif column.written:
            found.append(_contains(rows.text(column.key), wanted))
        elif can_hold(column.type, wanted):
            found.append(_contains(shown_text(quoted(column.key), column.type), wanted))
    if beside:
        found.append(_beside(rows, beside, wanted))
    return any_of(found)


def can_hold(type: ColumnType, wanted: str) -> bool:
    """Whether the canonical text of a column of this type could contain `wanted`."""
    alphabet = ALPHABETS.get(type)
    # Accents are left to the database; what is not ASCII may fold to anything.
    return alphabet is None or not wanted.isascii() or bool(alphabet.fullmatch(wanted.lower()))


def _contains(expression: str, wanted: str) -> Condition:
    return Condition(f"contains({folded(expression)}, {folded('?')})", (wanted,))


def _beside(rows: OpenRows, columns: list[Column], wanted: str) -> Condition:
    """Found in the companion file, whose rows are those of the data file."""
    inside = any_of([_contains(quoted(column.key), wanted) for column in columns])
    found = f"SELECT {ROW} FROM {rows.written_relation} WHERE {inside.sql}"
    return Condition(f"{ROW} IN ({found})", inside.parameters)
