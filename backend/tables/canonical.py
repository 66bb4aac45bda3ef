"""Canonical text: the one way a typed value is written, as a value and as a whole column.

Ingest compares it with what the file holds to decide whether a column needs its written text kept;
pages give it back for `values=text`. Both therefore use this module and nothing else.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute

# The published stubs of the compute functions are narrower than the functions.
pc: Any = pyarrow.compute


def canonical_value(value: Any) -> str | None:
    """The canonical text of one value: never an exponent, no `.0`, ISO 8601; None stays None.

    A datetime with a zone is given in UTC with a `Z`.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return canonical_number(value)
    if isinstance(value, datetime):
        return _canonical_datetime(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def canonical_number(value: float) -> str:
    """The shortest digits that give `value` back, in plain notation: `12`, `12.5`, `0.00001`.

    Infinities and NaN are written `inf`, `-inf` and `nan`; -0.0 is written `0`.
    """
    if value != value or value in (float("inf"), float("-inf")):
        return repr(value)
    if value == 0:
        return "0"
    text = format(Decimal(repr(value)), "f")
    return text[:-2] if text.endswith(".0") else text


def canonical_text(values: pa.Array[Any] | pa.ChunkedArray[Any]) -> pa.Array[Any]:
    """The canonical text of a column of any columnar type, as an array of strings; nulls stay."""
    if isinstance(values, pa.ChunkedArray):
        parts = [canonical_text(chunk) for chunk in values.chunks]
        return pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    array = values
    if pa.types.is_string(array.type):
        return array
    if pa.types.is_floating(array.type):
        return _number_text(array)
    if pa.types.is_timestamp(array.type):
        return _datetime_text(array)
    written: pa.Array[Any] = pc.cast(array, pa.string())
    return written


def _canonical_datetime(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _number_text(array: pa.Array[Any]) -> pa.Array[Any]:
    text: pa.Array[Any] = pc.cast(array, pa.string())
    # Arrow writes an exponent for small, big and some long numbers, and keeps the sign of zero.
    plain = pc.or_(pc.match_substring(text, "e"), pc.equal(array, 0.0))
    plain = pc.or_(plain, pc.invert(pc.is_finite(array)))
    if not pc.any(plain).as_py():
        return text
    values: list[Any] = array.filter(plain).to_pylist()
    replacements = [canonical_number(value) for value in values]
    mask = pc.fill_null(plain, False)
    replaced: pa.Array[Any] = pc.replace_with_mask(text, mask, pa.array(replacements, pa.string()))
    return replaced


def _datetime_text(array: pa.Array[Any]) -> pa.Array[Any]:
    zoned = array.type.tz is not None
    naive = pc.cast(array, pa.timestamp("us"))
    text = pc.binary_replace_slice(pc.cast(naive, pa.string()), 10, 11, "T")
    whole = pc.ends_with(text, ".000000")
    text = pc.if_else(whole, pc.utf8_slice_codeunits(text, 0, 19), text)
    canonical: pa.Array[Any] = pc.binary_join_element_wise(text, "Z", "") if zoned else text
    return canonical
