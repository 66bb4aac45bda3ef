"""Text without the differences of case and accents, as `q` compares it, in SQL.

The letters of LETTERS have no accent to take off (Unicode does not decompose them), yet people
type them without: "brod" finds "Brød". docs/api.md has the same table.
"""

from __future__ import annotations

LETTERS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "ſ": "s",
    "ə": "e",
    "ɓ": "b",
    "ɗ": "d",
    "ƙ": "k",
    "ƴ": "y",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ŋ": "ng",
}
"""In lower case."""


def unaccented(expression: str) -> str:
    """Text in lower case and without accents: all there is to do where no cell has LETTERS."""
    return f"strip_accents(lower({expression}))"


def folded(expression: str) -> str:
    """Text without case and accents, LETTERS replaced."""
    text = unaccented(expression)
    for letter, plain in LETTERS.items():
        text = f"replace({text}, '{letter}', '{plain}')"
    return f"CASE WHEN {_is_ascii(expression)} THEN lower({expression}) ELSE {text} END"


def has_letters(expression: str) -> str:
    """Whether a text has some of LETTERS."""
    found = f"regexp_matches({unaccented(expression)}, '[{''.join(LETTERS)}]')"
    return f"(NOT {_is_ascii(expression)} AND {found})"


def _is_ascii(expression: str) -> str:
    return f"strlen({expression}) = length({expression})"
