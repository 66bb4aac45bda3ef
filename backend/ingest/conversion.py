"""From columns of text to typed columns, checked cell by cell against the form they were taken for.

The form of a column is a guess until the last chunk has been converted. A chunk that proves a guess
wrong says what the column may still be; then the sheet is written again. No check is skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.domain import ColumnType
from backend.ingest.forms import (
    EXACT_INTEGERS,
    FALLS_TO,
    NOTHING,
    NUMBER,
    TEXT,
    Form,
    first_form,
    is_canonical,
    pc,
)
from backend.ingest.local_forms import NUMBER_MARKS
from backend.ingest.nearly import Words, form_but_for_words, words_beside

COMMA_NUMBERS = frozenset(name for name, (_, decimal) in NUMBER_MARKS.items() if decimal == ",")
LIKE_THOUSANDS = r"^-?(?:0|[1-9][0-9]{0,2}(?:\.[0-9]{3})?)$"
"""A cell that is a thousand and more to some, a decimal to others, or says nothing of it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column is taken for, and whether its written text must be kept beside the values."""

    form: Form = NOTHING
    written: bool = False
    nearly: Form | None = None
    """What a column of text would be but for words that say there is nothing."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Values and, where the guess says so, texts; `better` is a new guess if this one is wrong."""

    values: Any
    texts: Any | None
    better: Guess | None
    exact: bool
    words: Words | None = field(default_factory=Counter)
    """Such words among the cells, if the guess has a form for all others; None: it has not."""


def convert(texts: Any, guess: Guess) -> Converted:
    """The values of one column of a chunk."""
    values = guess.form.read(texts)
    if values is None:
        form = first_form(texts, FALLS_TO.get(guess.form.name, (TEXT,)))
        written = form is not TEXT and (
            guess.written or not is_canonical(texts, form.read(texts), form)
        )
        nearly = form_but_for_words(texts) if form is TEXT else None
        return Converted(None, None, Guess(form, written, nearly), exact=True)
    if not guess.written and not is_canonical(texts, values, guess.form):
        return Converted(None, None, Guess(guess.form, written=True), exact=True)
    words = words_beside(texts, guess.nearly) if guess.nearly else Counter()
    kept = texts if guess.written else None
    return Converted(values, kept, None, is_exact(guess.form, values), words)


def convert_columns(columns: Sequence[Any], guesses: Sequence[Guess]) -> list[Converted]:
    """All columns of a chunk, each by its guess."""
    return [convert(texts, guess) for texts, guess in zip(columns, guesses, strict=True)]


def guess_from(columns: Sequence[Any], guesses: Sequence[Guess]) -> list[Guess]:
    """Guesses improved by a sample of the file."""
    improved = [
        convert(texts, guess).better or guess for texts, guess in zip(columns, guesses, strict=True)
    ]
    return without_thousands(improved, [like_thousands(texts) for texts in columns])


def without_thousands(guesses: Sequence[Guess], like: Sequence[bool]) -> list[Guess]:
    """The guesses, those columns being text that leave a doubt.

    `1.234` is a thousand and more where another column writes decimals with a comma; `like` tells
    which columns hold nothing but such cells.
    """
    if not any(guess.form.name in COMMA_NUMBERS for guess in guesses):
        return list(guesses)
    return [
        Guess(TEXT) if guess.form is NUMBER and doubtful else guess
        for guess, doubtful in zip(guesses, like, strict=True)
    ]


def like_thousands(texts: Any) -> bool:
    """Whether all cells are whole numbers below a thousand, or have a point before three digits."""
    return pc.all(pc.match_substring_regex(texts, LIKE_THOUSANDS)).as_py() is not False


def is_exact(form: Form, values: Any) -> bool:
    """Whether a JSON number, a double, holds every integer of the column."""
    if form.type is not ColumnType.INTEGER:
        return True
    extremes = pc.min_max(values).as_py()
    return extremes["min"] is None or (
        extremes["min"] >= -EXACT_INTEGERS and extremes["max"] <= EXACT_INTEGERS
    )
