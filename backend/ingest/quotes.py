"""Which quotes of a text are structure, which are just characters, and where the rules are broken.

Counting from a record's start, quotes alternate between opening and closing; a doubled quote inside
a cell closes and opens again. An opening one follows a delimiter or a line break, a closing one
precedes one. A quote inside a cell that did not open with one is a character (RFC 4180 has no word
for it, every engine agrees). Anything else breaks the rules: an offence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.ingest.dialect import Dialect

NOTHING: Any = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Structure:
    """Positions: of structural quotes, of quotes that are characters, of the first offence.

    The offence is the text's length if there is none.
    """

    quotes: Any
    strays: Any
    offence: int


def find_structure(data: bytes, dialect: Dialect, *, final: bool) -> Structure:
    """The structure of a text that starts at a record; `final`: nothing follows it."""
    quote = dialect.quote_bytes
    if quote is None or quote not in data:
        return Structure(NOTHING, NOTHING, len(data))
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == quote[0])
    edges = np.zeros(256, dtype=bool)
    edges[list(dialect.delimiter_bytes + b"\r\n")] = True
    opens = edges[array[quotes - 1]] | (quotes == 0)
    closes = edges[array[np.minimum(quotes + 1, len(data) - 1)]] | (quotes == len(data) - 1)
    if not (final and len(quotes) % 2) and _is_regular(quotes, opens, closes):
        return Structure(quotes, NOTHING, len(data))
    return _walk(quotes, opens, closes, len(data), final=final)


def _is_regular(quotes: Any, opens: Any, closes: Any) -> bool:
    """Whether all quotes alternate by the rules; the usual case, decided at once."""
    touching = np.zeros(len(quotes) + 1, dtype=bool)
    touching[1:-1] = quotes[1:] == quotes[:-1] + 1
    opening = opens[0::2] | touching[:-1][0::2]
    closing = closes[1::2] | touching[1:][1::2]
    return bool(opening.all() and closing.all())


def _walk(quotes: Any, opens: Any, closes: Any, length: int, *, final: bool) -> Structure:
    """Quote by quote, as a reader of the text would."""
    places, opens, closes = quotes.tolist(), opens.tolist(), closes.tolist()
    structural: list[int] = []
    strays: list[int] = []
    at, offence = 0, length
    while at < len(places):
        if not opens[at]:
            strays.append(places[at])
            at += 1
            continue
        after = _closing(places, closes, at)
        if after is None:
            offence = places[at]
            break
        if after > len(places) and final:
            offence = places[at]
            break
        structural += places[at:after]
        at = after
    return Structure(np.array(structural, np.int64), np.array(strays, np.int64), offence)


def _closing(places: list[int], closes: list[bool], opening: int) -> int | None:
    """Index after the quote that closes; beyond the end if none does; None if one is irregular."""
    at = opening + 1
    while at < len(places):
        doubled = at + 1 < len(places) and places[at + 1] == places[at] + 1
        if not doubled:
            return at + 1 if closes[at] else None
        at += 2
    return len(places) + 1
