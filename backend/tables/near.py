"""The columns that a caller names, and what to say when there is no such column."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice

from backend.domain import Column, Sheet
from backend.errors import UnknownColumnError

NEAR_MATCHES = 3
# A sheet may have thousands of columns with names of any length; comparing all would take seconds.
COMPARED_COLUMNS = 2_000
COMPARED_CHARACTERS = 64


def chosen_columns(sheet: Sheet, keys: Sequence[str] | None) -> tuple[Column, ...]:
    """The columns of these keys, in their order; None: all. UnknownColumnError names the key."""
    if keys is None:
        return sheet.columns
    by_key = {column.key: column for column in sheet.columns}
    for key in keys:
        if key not in by_key:
            raise unknown_column(sheet, key)
    return tuple(by_key[key] for key in keys)


def unknown_column(sheet: Sheet, key: str) -> UnknownColumnError:
    """The error for a key that a sheet does not have, with its near matches."""
    near = _near(sheet, key[:COMPARED_CHARACTERS].casefold())
    instead = f" Did you mean {', '.join(near)}?" if near else ""
    shown = key if len(key) <= COMPARED_CHARACTERS else f"{key[:COMPARED_CHARACTERS]}…"
    return UnknownColumnError(
        f"This sheet has no column {shown!r}.{instead}",
        errors=[{"column": shown, "code": UnknownColumnError.code}],
        near=near,
    )


def _near(sheet: Sheet, key: str) -> list[str]:
    """Keys that look like `key`, or whose header does."""
    spelled: dict[str, str] = {}
    for column in islice(sheet.columns, COMPARED_COLUMNS):
        if len(column.key) <= COMPARED_CHARACTERS:
            spelled[column.name[:COMPARED_CHARACTERS].casefold()] = column.key
            spelled[column.key.casefold()] = column.key
    matches = get_close_matches(key, spelled, n=NEAR_MATCHES)
    return list(dict.fromkeys(spelled[match] for match in matches))
