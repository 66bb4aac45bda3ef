"""Filters, search and order as parameters of an address: their form, for whoever takes them.

A schema of a query subclasses `RowQuerySchema` and calls `self.take_wanted(loaded)` in its
`post_load`: that takes `sort`, `q`, `collate` and every `<key>__<operator>` out of the loaded
values and gives a `WantedRows`. `services.row_queries.row_query` holds it against a sheet.
"""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from backend.domain import Operator, SortKey
from backend.schemas.fields import Names, WholeNumber
from backend.services.row_queries import WantedFilter, WantedRows

MAX_SORT_KEYS = 32
MAX_SEARCH_CHARACTERS = 1_000
SEPARATOR = "__"
UNKNOWN = "There is no such parameter."
ELSEWHERE = {
    "revision": f"{UNKNOWN} A revision is part of the address: /s/ID/r/7.csv is the file of "
    "revision 7, /api/v1/shares/ID/revisions/7/rows has its rows."
}
"""Of what is asked for in the wrong place, the right one."""
OPERATORS = ", ".join(Operator)


class SortKeys(fields.String):
    """`-a,b`: by a descending, then by b; loaded as a tuple of SortKey."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        keys = [SortKey(part.removeprefix("-"), part.startswith("-")) for part in text.split(",")]
        names = [key.key for key in keys]
        if not all(names):
            raise ValidationError("Give column keys separated by single commas, as in -amount,id.")
        if len(set(names)) != len(names):
            raise ValidationError("A column is given twice.")
        if len(names) > MAX_SORT_KEYS:
            raise ValidationError(f"Sort by at most {MAX_SORT_KEYS} columns.")
        return tuple(keys)


def has_more_than_accents(text: str) -> None:
    """A search takes no notice of accents, so without them there must be something left."""
    if all(unicodedata.category(part)[0] == "M" for part in unicodedata.normalize("NFD", text)):
        raise ValidationError("Search for more than accents: they are ignored.")


class RowQuerySchema(Schema):
    """Which rows and columns of which sheet, and in which order."""

    takes_filters: ClassVar[bool] = True
    about_filters: ClassVar[str] = (
        "Filters are parameters named after a column: `<key>__<operator>=value`, such as "
        f"`amount__gte=5`, with the operators {OPERATORS}. Any number of them; a row fulfils them "
        "all. docs/api.md says which operator fits which type."
    )
    """Their names depend on the sheet, which no list of parameters can say."""

    class Meta:
        unknown = INCLUDE

    sort = SortKeys(
        load_default=(),
        metadata={
            "description": "Column keys, comma-separated; `-` before one sorts it descending. "
            "Stable, nulls last, ties in the order of the rows.",
            "pattern": "^-?[^-,][^,]*(,-?[^-,][^,]*)*$",
        },
    )
    q = fields.String(
        load_default=None,
        validate=[validate.Length(1, MAX_SEARCH_CHARACTERS), has_more_than_accents],
        metadata={
            "description": "Only rows with this text in some cell as it is shown, whatever the "
            "case and accents."
        },
    )
    collate = fields.String(
        load_default="codepoint",
        validate=validate.OneOf(["codepoint", "natural"]),
        metadata={"description": "`natural`: numbers inside text sort by their value."},
    )

    sheet = fields.String(
        load_default=None, metadata={"description": "By name. Not together with `sheet_index`."}
    )
    sheet_index = WholeNumber(
        load_default=None,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "By position among the visible sheets, from 0."},
    )
    columns = Names(
        load_default=None,
        metadata={
            "description": "Column keys, comma-separated; none twice.",
            "pattern": "^[^,]+(,[^,]+)*$",
        },
    )

    @staticmethod
    def take_wanted(loaded: dict[str, Any], known: set[str]) -> WantedRows:
        """Take all that is about the choice of rows out of `loaded`; `known` are other fields."""
        if loaded["sheet"] is not None and loaded["sheet_index"] is not None:
            raise ValidationError("Give sheet or sheet_index, not both.", "sheet")
        own = {name: loaded.pop(name) for name in ("sort", "q", "collate")}
        extra = {name: loaded.pop(name) for name in list(loaded) if name not in known}
        return WantedRows(
            filters=_filters(extra), search=own["q"], sort=own["sort"], collate=own["collate"]
        )


def _filters(extra: dict[str, list[str]]) -> tuple[WantedFilter, ...]:
    found: list[WantedFilter] = []
    problems: dict[str, list[str]] = {}
    for name, values in extra.items():
        # The operator is the last part: a key may hold the separator itself.
        key, separator, operator = name.rpartition(SEPARATOR)
        if not separator or not key:
            problems[name] = [ELSEWHERE.get(name, UNKNOWN)]
        elif operator not in Operator.__members__.values():
            problems[name] = [
                f"{operator[:50]!r} is no operator. A filter is <key>__<operator>, with one of: "
                f"{OPERATORS}."
            ]
        else:
            found += [WantedFilter(key, Operator(operator), value) for value in values]
    if problems:
        raise ValidationError(problems)
    return tuple(found)
