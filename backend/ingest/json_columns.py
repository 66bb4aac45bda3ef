"""Cells of JSON records as columns of one type each.

Numbers and booleans are what JSON says they are; strings may be days and moments, never numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from backend.ingest.conversion import Converted, Guess, is_exact
from backend.ingest.forms import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NOTHING,
    NUMBER,
    TEXT,
    ZONED_DATETIME,
    Form,
    first_form,
    is_canonical,
)
from backend.ingest.json_records import Digits, Pairs, nested_text
from backend.tables.canonical import canonical_value

FORMS_OF = {
    "number": (INTEGER, NUMBER, TEXT),
    "boolean": (BOOLEAN, TEXT),
    "string": (DATE, DATETIME, ZONED_DATETIME, TEXT),
    "nested": (TEXT,),
}
KIND_OF: dict[type, str] = {
    int: "number",
    float: "number",
    Digits: "number",
    bool: "boolean",
    str: "string",
    list: "nested",
    dict: "nested",
    Pairs: "nested",
}


_nulls: Any = pa.nulls  # the published stubs have no overload for a type known at run time


class NeedDigitsError(Exception):
    """A cell must be kept as it is written, and its piece was read quickly."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column of a piece, and the kinds of them."""

    values: Sequence[Any]
    types: frozenset[type]
    quick: bool
    """Whether numbers came as numbers, which no longer tell how they were written."""

    @classmethod
    def of(cls, values: Sequence[Any], *, quick: bool) -> Cells:
        """Looks at the types."""
        return cls(values, frozenset(map(type, values)) - {type(None)}, quick)

    @property
    def kinds(self) -> set[str]:
        """number, boolean, string, nested: none of them where all cells are null."""
        return {KIND_OF[type_] for type_ in self.types}

    def texts(self) -> Any:
        """The cells as text; numbers as they are written."""
        if self.quick and self.types & {float, list, dict}:
            raise NeedDigitsError
        if self.types <= {str}:
            return _strings(self.values)
        return _strings([_text(value) for value in self.values])


def convert_cells(cells: Cells, guess: Guess) -> Converted:
    """The values of one column of a piece."""
    kinds = cells.kinds
    if not kinds:
        nothing = _nulls(len(cells.values), guess.form.arrow)
        return Converted(nothing, _no_texts(cells, guess), None, exact=True)
    forms: tuple[Form, ...] = FORMS_OF[next(iter(kinds))] if len(kinds) == 1 else (TEXT,)
    if guess.form is not NOTHING and guess.form not in forms:
        return Converted(None, None, Guess(TEXT), exact=True)
    values = None if guess.form is NOTHING else _read(cells, guess.form)
    if values is None:
        return Converted(None, None, _better(cells, forms, guess), exact=True)
    if guess.written or kinds != {"string"}:
        texts = cells.texts() if guess.written else None
        return Converted(values, texts, None, is_exact(guess.form, values))
    if is_canonical(cells.texts(), values, guess.form):
        return Converted(values, None, None, exact=True)
    return Converted(None, None, Guess(guess.form, written=True), exact=True)


def _no_texts(cells: Cells, guess: Guess) -> Any | None:
    return _nulls(len(cells.values), pa.string()) if guess.written else None


def _better(cells: Cells, forms: tuple[Form, ...], guess: Guess) -> Guess:
    """The first form these cells have among those that the column may still be."""
    left = forms[forms.index(guess.form) + 1 :] if guess.form in forms else forms
    if cells.kinds == {"string"}:
        texts = cells.texts()
        form = first_form(texts, left if guess.form is NOTHING else (TEXT,))
        return Guess(form, written=not is_canonical(texts, form.read(texts), form))
    for form in left:
        if _read(cells, form) is not None:
            return Guess(form)
    return Guess(TEXT)


def _read(cells: Cells, form: Form) -> Any | None:
    """By the form, or without the way over text where a cell is a number or a boolean already."""
    if form is TEXT:
        return cells.texts()
    if form is BOOLEAN or cells.types <= {int, float}:
        if form is INTEGER and float in cells.types:
            return None
        try:
            return pa.array(cells.values, form.arrow)
        except (pa.ArrowInvalid, OverflowError):
            return None
    return form.read(cells.texts())


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, Digits):
        return str(value)
    if isinstance(value, list):
        return nested_text(value)
    return canonical_value(value)


def _strings(values: Sequence[Any]) -> Any:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can escape
        return pa.array([None if v is None else _repaired(v) for v in values], pa.string())


def _repaired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
