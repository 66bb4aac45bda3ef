"""Forms of text that survive a type exactly. A column is typed only if every cell has its form.

Each form reads an array of written text into an array of values, or refuses (None). To add a way of
writing values (decimal commas, another date order) is to add a form and to name it in FORMS.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute

from backend.domain import ColumnType
from backend.ingest.local_forms import (
    DAY_ORDERS,
    MOMENT_ORDERS,
    NUMBER_MARKS,
    day_decider,
    day_reader,
    moment_reader,
    number_decider,
    number_reader,
)
from backend.ingest.spelling import doubtful_decimals, spelled_otherwise
from backend.tables.canonical import canonical_text
from backend.tables.columnar import arrow_type

pc: Any = pyarrow.compute
Texts = Any
Values = Any

# 15 significant digits always survive a double; more must be looked at one by one.
SAFE_DIGITS = 15
SMALLEST_SAFE = 1e-300
PADDED_INTEGER = r"^ *-?(?:0|[1-9][0-9]*) *$"
CODE = r"^ *-?[0-9]+E[0-9]"  # 1E5: a code. A program would write 1e5, 1E+05 or 1.0E5
MARKED_NUMBER = r"^(?:\+|-?0[0-9])"  # +47…, 007: a number that lost its sign or zeros is another
PLAIN_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z", re.ASCII)
TRUE_WORDS = pa.array(["true", "True", "TRUE"])
BOOLEAN_WORDS = pa.array(["true", "True", "TRUE", "false", "False", "FALSE"])
FIRST_DAY = -719162  # 0001-01-01, in days from 1970-01-01
FIRST_MICROSECOND = FIRST_DAY * 86_400_000_000
LAST_MICROSECOND = 253_402_300_800_000_000  # 10000-01-01
SHORTEST_DATETIME = 16  # 2024-01-02T03:04
EXACT_INTEGERS = 2**53
LONGEST_VALUE = 4096  # to try all forms on a text of megabytes takes seconds


@dataclass(frozen=True, slots=True)
class Form:
    """How the cells of a column are written, and the type they survive."""

    name: str
    type: ColumnType
    read: Callable[[Texts], Values | None]
    zoned: bool = False
    decides: Callable[[Texts], bool] = lambda _: True
    """Whether cells which have this form leave no doubt that it is meant."""
    local: bool = False
    """Whether its cells are not what Arrow itself would take for such values."""

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of the values this form reads."""
        return arrow_type(self.type, zoned=self.zoned)


def is_canonical(texts: Texts, values: Values, form: Form) -> bool:
    """Whether every cell is written exactly as its value, read by the form, would be."""
    if values is texts:
        return True
    otherwise = None if form.local else spelled_otherwise(texts, values.type)
    if otherwise is not None:
        if not otherwise.any():
            return True
        chosen = pa.array(otherwise)
        texts, values = texts.filter(chosen), values.filter(chosen)
    return pc.all(pc.equal(canonical_text(values), texts)).as_py() is not False


def read_nothing(texts: Texts) -> Values | None:
    """A column without a single value, so far."""
    return texts if texts.null_count == len(texts) else None


def read_text(texts: Texts) -> Values:
    """Text is its own value."""
    return texts


def read_integer(texts: Texts) -> Values | None:
    """Whole numbers of 64 bits without leading zeros or `+`; spaces around them are fine."""
    values = _cast_trimmed(texts, pa.int64())
    if values is None:
        return None
    otherwise = spelled_otherwise(texts, pa.int64())
    if otherwise is None or not otherwise.any():
        return values
    chosen = pa.array(otherwise)
    odd = texts.filter(chosen)
    odd = odd.filter(pc.not_equal(pc.cast(values.filter(chosen), pa.string()), odd))
    if len(odd) and not _every(pc.match_substring_regex(odd, PADDED_INTEGER)):
        return None
    if len(odd) and _some(pc.match_substring(odd, "-0")):
        return None
    return values


def read_number(texts: Texts) -> Values | None:
    """Decimals that a double gives back digit for digit: Decimal(text) == Decimal(repr(value))."""
    values = _cast_trimmed(texts, pa.float64())
    if values is None:
        return None
    doubtful = doubtful_decimals(texts)
    if doubtful.any():
        chosen = pa.array(doubtful)
        return values if _are_exact(texts.filter(chosen), values.filter(chosen)) else None
    return values


def _are_exact(texts: Texts, values: Values) -> bool:
    if not _every(pc.is_finite(values)):
        return False
    doubtful = pc.or_(
        pc.greater(pc.binary_length(texts), SAFE_DIGITS),
        pc.less(pc.abs(values), SMALLEST_SAFE),
    )
    if _is_marked(texts) or _some(pc.match_substring_regex(texts, CODE)):
        return False
    return not _some(doubtful) or _survive(texts.filter(doubtful), values.filter(doubtful))


def read_boolean(texts: Texts) -> Values | None:
    """The words true and false; yes, no, 0 and 1 are not among them."""
    present = texts.drop_null()
    if not _every(pc.is_in(present, value_set=BOOLEAN_WORDS)):
        return None
    values = pc.is_in(texts, value_set=TRUE_WORDS)
    return pc.if_else(pc.is_valid(texts), values, pa.scalar(None, pa.bool_()))


def read_date(texts: Texts) -> Values | None:
    """Calendar days as `YYYY-MM-DD`."""
    values = _cast(texts, pa.date32())
    if values is None or not _every(pc.greater_equal(pc.cast(values, pa.int32()), FIRST_DAY)):
        return None
    return values


def read_datetime(texts: Texts) -> Values | None:
    """ISO 8601 days with a time and without a zone: `YYYY-MM-DD[T ]HH:MM[:SS[.ffffff]]`."""
    return _read_timestamp(texts, pa.timestamp("us"))


def read_zoned_datetime(texts: Texts) -> Values | None:
    """ISO 8601 days with a time and a zone; the value is the instant in UTC."""
    return _read_timestamp(texts, pa.timestamp("us", tz="UTC"))


def _read_timestamp(texts: Texts, target: pa.DataType) -> Values | None:
    if not _every(pc.greater_equal(pc.binary_length(texts), SHORTEST_DATETIME)):
        return None
    values = _cast(texts, target)
    if values is None:
        return None
    ticks = pc.cast(values, pa.int64())
    early, late = pc.less(ticks, FIRST_MICROSECOND), pc.greater_equal(ticks, LAST_MICROSECOND)
    return None if _some(pc.or_(early, late)) else values


def _cast(texts: Texts, target: pa.DataType) -> Values | None:
    try:
        return pc.cast(texts, target)
    except pa.ArrowInvalid:
        return None


def _cast_trimmed(texts: Texts, target: pa.DataType) -> Values | None:
    values = _cast(texts, target)
    if values is not None:
        return values
    # `1, 2` is how many people write a list: the space is kept in the written text.
    spaced = pc.or_(pc.starts_with(texts, " "), pc.ends_with(texts, " "))
    return _cast(pc.utf8_trim(texts, " "), target) if _some(spaced) else None


def _survive(texts: Texts, values: Values) -> bool:
    """Whether each text says exactly the value it was read as; the slow, certain way."""
    odd = pc.not_equal(canonical_text(values), texts)
    written, read = texts.filter(odd).to_pylist(), values.filter(odd).to_pylist()
    return all(
        PLAIN_NUMBER.match(text.strip(" ")) and Decimal(text.strip(" ")) == Decimal(repr(value))
        for text, value in set(zip(written, read, strict=True))
    )


def _is_marked(texts: Texts) -> bool:
    suspects = pc.starts_with(texts, "0")
    for start in ("-0", "+", " "):
        suspects = pc.or_(suspects, pc.starts_with(texts, start))
    if not _some(suspects):
        return False
    trimmed = pc.utf8_trim(texts.filter(suspects), " ")
    return _some(pc.match_substring_regex(trimmed, MARKED_NUMBER))


def _every(condition: Any) -> bool:
    return pc.all(condition).as_py() is not False


def _some(condition: Any) -> bool:
    return pc.any(condition).as_py() is True


NOTHING = Form("nothing", ColumnType.TEXT, read_nothing)
TEXT = Form("text", ColumnType.TEXT, read_text)
INTEGER = Form("integer", ColumnType.INTEGER, read_integer)
NUMBER = Form("number", ColumnType.NUMBER, read_number)
BOOLEAN = Form("boolean", ColumnType.BOOLEAN, read_boolean)
DATE = Form("date", ColumnType.DATE, read_date)
DATETIME = Form("datetime", ColumnType.DATETIME, read_datetime)
ZONED_DATETIME = Form("zoned datetime", ColumnType.DATETIME, read_zoned_datetime, zoned=True)
LOCAL_NUMBERS = tuple(
    Form(
        name,
        ColumnType.NUMBER,
        number_reader(*marks, read_number),
        decides=number_decider(*marks),
        local=True,
    )
    for name, marks in NUMBER_MARKS.items()
)
LOCAL_DAYS = tuple(
    Form(name, ColumnType.DATE, day_reader(*order), decides=day_decider(*order), local=True)
    for name, order in DAY_ORDERS.items()
)
LOCAL_MOMENTS = tuple(
    Form(
        name,
        ColumnType.DATETIME,
        moment_reader(*order),
        decides=day_decider(*order[:2]),
        local=True,
    )
    for name, order in MOMENT_ORDERS.items()
)
FORMS = (
    NOTHING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    DATE,
    DATETIME,
    ZONED_DATETIME,
    *LOCAL_NUMBERS,
    *LOCAL_DAYS,
    *LOCAL_MOMENTS,
    TEXT,
)
FALLS_TO = {
    "nothing": FORMS[1:],
    "integer": (NUMBER, *LOCAL_NUMBERS, TEXT),
    "number": (*LOCAL_NUMBERS, TEXT),
}
"""What a column may still be once a cell has refused its form; text for all others."""


def first_form(texts: Texts, candidates: tuple[Form, ...] = FORMS) -> Form:
    """The first form that every one of these cells has, and which they leave no doubt of."""
    if (pc.max(pc.binary_length(texts)).as_py() or 0) > LONGEST_VALUE:
        return TEXT
    return next(form for form in candidates if form.read(texts) is not None and form.decides(texts))
