"""Column keys: the names columns have in the API, made from the header as uploaded."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

KEY_CHARACTERS = 120


def column_keys(names: Sequence[str]) -> list[str]:
    """A unique key for each header, in order.

    NFKC, case-folded; letters, digits, marks and `_` of any script stay, runs of anything else
    become one `_`; an empty one becomes `column_N`; a duplicate gets the first free `_2`, `_3`…
    """
    taken: set[str] = set()
    keys: list[str] = []
    for number, name in enumerate(names, start=1):
        key = _free(_word(name) or f"column_{number}", taken)
        taken.add(key)
        keys.append(key)
    return keys


def _word(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    spaced = "".join(c if _belongs(c) else " " for c in folded)
    return "_".join(spaced.split())[:KEY_CHARACTERS].strip("_")


def _belongs(character: str) -> bool:
    # Vowel signs of many scripts are marks: without them the word would be another.
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"


def _free(key: str, taken: set[str]) -> str:
    if key not in taken:
        return key
    number = 2
    while f"{key}_{number}" in taken:
        number += 1
    return f"{key}_{number}"
