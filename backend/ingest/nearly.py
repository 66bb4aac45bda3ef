"""Columns that would be numbers or days but for words that say there is nothing: NA, n/a, -.

Such a word is a cell like any other and stays; which column it keeps from a type is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from backend.domain import ColumnType
from backend.ingest.forms import INTEGER, NOTHING, NUMBER, TEXT, Form, first_form, pc
from backend.ingest.report import Warnings

WORDS = pa.array(
    [
        "NA", "N/A", "na", "n/a", "Na", "N/a", "n.a.", "N.A.", "#N/A", "NaN", "nan", "NAN", "null",
        "NULL", "Null", "none", "None", "NONE", "nil", "-", "--", "---", "–", "—", ".", "..", "...",
        "…", "?", "*", ":", "unknown", "Unknown", "missing", "Missing",
    ]
)  # fmt: skip
TYPES = {
    ColumnType.NUMBER: "numbers",
    ColumnType.DATE: "days",
    ColumnType.DATETIME: "moments",
    ColumnType.BOOLEAN: "true or false",
}
COUNTED_LINES = 1_000_000
"""Of a longer file only so many lines, about, are looked at: a closer look at all of ten million
would cost seconds."""
SHOWN_COLUMNS = 10
SHOWN_WORDS = 3
Words = Counter[str]


def form_but_for_words(texts: Any) -> Form | None:
    """The form of all cells that are no such word; None if there is none, or no such word."""
    said = pc.is_in(texts, value_set=WORDS)
    if not pc.any(said).as_py():
        return None
    form = first_form(pc.if_else(said, None, texts))
    if form in (TEXT, NOTHING):
        return None
    return NUMBER if form is INTEGER else form  # a later cell may have decimals


def words_beside(texts: Any, form: Form) -> Words | None:
    """Which such words stand among cells of this form, and how often; None: other cells do too."""
    said = pc.is_in(texts, value_set=WORDS)
    if form.read(pc.if_else(said, None, texts)) is None:
        return None
    counts = pc.value_counts(texts.filter(said)).to_pylist()
    return Counter({one["values"]: one["counts"] for one in counts})


def note_nearly_typed(
    keys: Sequence[str],
    forms: Sequence[Form | None],
    words: Sequence[Words | None],
    warnings: Warnings,
    *,
    part: bool,
) -> None:
    """Say of each column what it would be, but for how many cells with which words; `part`: not
    all lines were looked at."""
    told = list(_told(keys, forms, words))
    more = f"; and {len(told) - SHOWN_COLUMNS} more columns" if len(told) > SHOWN_COLUMNS else ""
    detail = "; ".join(sentence for *_, sentence in told[:SHOWN_COLUMNS]) + more + "."
    if part:
        detail = f"In about the first {COUNTED_LINES:,} lines: {detail}"
    for key, count, _ in told:
        warnings.add("nearly_typed", [], count=count, column=key, detail=detail)


def _told(
    keys: Sequence[str], forms: Sequence[Form | None], words: Sequence[Words | None]
) -> Iterator[tuple[str, int, str]]:
    for key, form, found in zip(keys, forms, words, strict=True):
        if form is not None and found:
            count = found.total()
            quoted = ", ".join(f"“{word}”" for word, _ in found.most_common(SHOWN_WORDS))
            cells = "1 cell" if count == 1 else f"{count:,} cells"
            yield key, count, f"{key} would be {TYPES[form.type]} but for {cells} with {quoted}"
