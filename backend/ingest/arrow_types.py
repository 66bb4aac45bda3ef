"""Arrow's types as ours: for each type the ways it may be kept, the most telling one first.

A way converts an array, or refuses (None) where a value would not survive; the last never refuses.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from backend.domain import ColumnType
from backend.ingest.cells import cell_text
from backend.ingest.forms import (
    FIRST_DAY,
    FIRST_MICROSECOND,
    LAST_MICROSECOND,
    pc,
    read_integer,
    read_number,
)
from backend.tables.columnar import arrow_type

LAST_DAY = 2_932_896  # 9999-12-31, in days from 1970-01-01
Array = Any


@dataclass(frozen=True, slots=True)
class Way:
    """A column type, how to get there, and the warning that goes with it."""

    type: ColumnType
    convert: Callable[[Array], Array | None]
    warning: str | None = None
    zoned: bool = False

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that stores the converted values."""
        return arrow_type(self.type, zoned=self.zoned)


def ways_of(kind: pa.DataType) -> tuple[Way, ...]:
    """How values of an Arrow type may be kept."""
    for fits, ways in WAYS:
        if fits(kind):
            return ways
    zoned = getattr(kind, "tz", None) is not None
    if pa.types.is_timestamp(kind):
        return (Way(ColumnType.DATETIME, _to_moments, zoned=zoned), MOMENT_TEXT)
    if pa.types.is_dictionary(kind):
        return tuple(_after(_decoded, way) for way in ways_of(kind.value_type))
    if isinstance(kind, pa.BaseExtensionType) and not _is_uuid(kind):
        return tuple(_after(_stored, way) for way in ways_of(kind.storage_type))
    return (NESTED,)


def _after(first: Callable[[Array], Array], way: Way) -> Way:
    return Way(way.type, lambda array: way.convert(first(array)), way.warning, way.zoned)


def _decoded(array: Array) -> Array:
    return array.dictionary_decode()


def _stored(array: Array) -> Array:
    return array.storage


def _is_uuid(kind: Any) -> bool:
    return getattr(kind, "extension_name", "") == "arrow.uuid"


def _cast(array: Array, target: pa.DataType) -> Array | None:
    try:
        return pc.cast(array, target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _to_integers(array: Array) -> Array | None:
    return _cast(array, pa.int64())


def _to_numbers(array: Array) -> Array | None:
    return _cast(array, pa.float64())


def _to_booleans(array: Array) -> Array:
    return array


def _to_days(array: Array) -> Array | None:
    days = _cast(array, pa.date32())
    if days is None:
        return None
    numbers = pc.cast(days, pa.int32())
    outside = pc.or_(pc.less(numbers, FIRST_DAY), pc.greater(numbers, LAST_DAY))
    return None if pc.any(outside).as_py() else days


def _to_moments(array: Array) -> Array | None:
    moments = _cast(array, pa.timestamp("us", tz="UTC" if array.type.tz else None))
    if moments is None:  # nanoseconds, or beyond the years that have four digits
        return None
    ticks = pc.cast(moments, pa.int64())
    outside = pc.or_(pc.less(ticks, FIRST_MICROSECOND), pc.greater_equal(ticks, LAST_MICROSECOND))
    return None if pc.any(outside).as_py() else moments


def _decimals_to_integers(array: Array) -> Array | None:
    return None if array.type.scale else read_integer(pc.cast(array, pa.string()))


def _decimals_to_numbers(array: Array) -> Array | None:
    return read_number(pc.cast(array, pa.string()))


def _to_text(array: Array) -> Array | None:
    """Arrow's own text of a value; None where bytes are not UTF-8."""
    if pa.types.is_fixed_size_binary(array.type):
        array = pc.cast(array, pa.binary())
    text = _cast(array, pa.string())
    if text is None:
        return None
    try:
        text.validate(full=True)  # readers of files do not look
    except pa.ArrowInvalid:
        return None
    return text


def _to_some_text(array: Array) -> Array:
    text = _to_text(array)
    return _to_json(array) if text is None else text


def _moment_text(array: Array) -> Array:
    return pc.replace_substring_regex(pc.cast(array, pa.string()), r"^(\S+) ", r"\1T")


def _clock_text(array: Array) -> Array:
    return pc.replace_substring_regex(pc.cast(array, pa.string()), r"\.0+$", "")


def _length_text(array: Array) -> Array:
    ticks = pc.cast(array, pa.int64()).to_pylist()
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
    return pa.array([_length(tick, per_second) for tick in ticks], pa.string())


def _length(ticks: int | None, per_second: int) -> str | None:
    if ticks is None:
        return None
    seconds, rest = divmod(abs(ticks), per_second)
    sign = "-" if ticks < 0 else ""
    fraction = f".{rest:0{len(str(per_second)) - 1}d}" if rest else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


def _to_base64(array: Array) -> Array:
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = array.view(pa.binary() if pa.types.is_string(array.type) else pa.large_binary())
    cells = pc.cast(array, pa.large_binary()).to_pylist()
    return pa.array(
        [None if cell is None else base64.b64encode(cell).decode() for cell in cells], pa.string()
    )


def _to_json(array: Array) -> Array:
    return pa.array([_json(cell) for cell in array.to_pylist()], pa.string())


def _json(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if not isinstance(cell, dict | list | tuple):
        return str(cell)
    return json.dumps(cell, ensure_ascii=False, default=_json_leaf, separators=(",", ":"))


def _json_leaf(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, timedelta):
        return cell_text(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


AS_TEXT = Way(ColumnType.TEXT, _to_some_text)
MOMENT_TEXT = Way(ColumnType.TEXT, _moment_text)
NESTED = Way(ColumnType.TEXT, _to_json, "nested_as_text")
BYTES = Way(ColumnType.TEXT, _to_base64, "binary_as_text")
TEXTS = (Way(ColumnType.TEXT, _to_text), BYTES)
is_: Any = pa.types
WAYS: tuple[tuple[Callable[[Any], bool], tuple[Way, ...]], ...] = (
    (is_.is_null, (AS_TEXT,)),
    (is_.is_boolean, (Way(ColumnType.BOOLEAN, _to_booleans),)),
    (is_.is_integer, (Way(ColumnType.INTEGER, _to_integers), AS_TEXT)),
    (is_.is_floating, (Way(ColumnType.NUMBER, _to_numbers), AS_TEXT)),
    (
        is_.is_decimal,
        (
            Way(ColumnType.INTEGER, _decimals_to_integers),
            Way(ColumnType.NUMBER, _decimals_to_numbers),
            AS_TEXT,
        ),
    ),
    (is_.is_string, TEXTS),
    (is_.is_large_string, TEXTS),
    (is_.is_string_view, TEXTS),
    (is_.is_binary, TEXTS),
    (is_.is_large_binary, TEXTS),
    (is_.is_binary_view, TEXTS),
    (is_.is_fixed_size_binary, TEXTS),
    (is_.is_date, (Way(ColumnType.DATE, _to_days), AS_TEXT)),
    (is_.is_time, (Way(ColumnType.TEXT, _clock_text),)),
    (is_.is_duration, (Way(ColumnType.TEXT, _length_text),)),
)
