"""JSON: one object a row, by column key; a line each, or all in one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute

from backend.domain import Column, ColumnType
from backend.tables.canonical import canonical_text
from backend.tables.exports.blocks import Block, Stored
from backend.tables.exports.texts import Part, holds_any, holds_controls, joined

pc: Any = pyarrow.compute

# What JSON has no number for is told by name, as in pages.
NOT_FINITE = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


PART_ROWS = 2_048


class JsonLinesFormat:
    """One object a line. The values are those of pages with `values=typed`."""

    between = b""
    before_row = ""
    after_row = "\n"

    def __init__(self, columns: Sequence[Stored]) -> None:
        self._columns = [one.column for one in columns]

    def begin(self) -> bytes:
        """Nothing comes before the first row."""
        return b""

    def block(self, block: Block) -> bytes:
        """Some rows."""
        # Spelling a row takes many times its bytes: a part of the rows at a time does with less.
        starts = range(0, len(block[0]), PART_ROWS)
        return b"".join(
            self._spelled([array.slice(start, PART_ROWS) for array in block]) for start in starts
        )

    def _spelled(self, block: Block) -> bytes:
        parts: list[Part] = []
        before = self.before_row + "{"
        for array, column in zip(block, self._columns, strict=True):
            parts += [f"{before}{orjson.dumps(column.key).decode()}:", json_cells(array, column)]
            before = ","
        return joined([*parts, "}" + self.after_row])

    def end(self) -> bytes:
        """Nothing comes after the last one."""
        return b""


class JsonFormat(JsonLinesFormat):
    """One array of the same objects, each on a line of its own."""

    between = b","
    before_row = ",\n"
    after_row = ""

    def begin(self) -> bytes:
        """The array begins."""
        return b"["

    def block(self, block: Block) -> bytes:
        """Some rows, with a comma between two."""
        return super().block(block)[1:]

    def end(self) -> bytes:
        """The array ends."""
        return b"\n]\n"


def json_cells(array: pa.Array[Any], column: Column) -> pa.Array[Any]:
    """The cells of a column, each as the JSON text of its value."""
    if column.type is ColumnType.NUMBER:
        # Not the canonical text: without its exponent a large number would be read as an integer.
        text = _numbers(array, _with_points(array, pc.cast(array, pa.string())))
    else:
        text = canonical_text(array)
    if column.type is ColumnType.TEXT:
        text = _quoted(_escaped(text))
    elif column.type in (ColumnType.DATE, ColumnType.DATETIME) or not column.exact:
        text = _quoted(text)
    cells: pa.Array[Any] = pc.fill_null(text, "null")
    return cells


def json_text(array: pa.Array[Any], null_text: str | None) -> pa.Array[Any]:
    """The cells as they were written, or canonical, as JSON texts; a null is `null_text`."""
    text = _quoted(_escaped(canonical_text(array)))
    null = orjson.dumps(null_text).decode()
    cells: pa.Array[Any] = pc.fill_null(text, null)
    return cells


def _quoted(text: pa.Array[Any]) -> pa.Array[Any]:
    quoted: pa.Array[Any] = pc.binary_join_element_wise('"', text, '"', "")
    return quoted


def _numbers(array: pa.Array[Any], text: pa.Array[Any]) -> pa.Array[Any]:
    finite = pc.is_finite(array)
    if pc.all(finite).as_py() is not False:
        return text
    named = pa.array([NOT_FINITE.get(cell or "") for cell in text.to_pylist()], pa.string())
    replaced: pa.Array[Any] = pc.if_else(pc.fill_null(finite, True), text, named)
    return replaced


def _with_points(array: pa.Array[Any], text: pa.Array[Any]) -> pa.Array[Any]:
    """`600.0` instead of Arrow's `600`, as in pages: to many readers that is another type."""
    whole = pc.and_(pc.equal(pc.floor(array), array), pc.is_finite(array))
    if not pc.any(whole).as_py():
        return text
    whole = pc.fill_null(pc.and_not(whole, pc.match_substring(text, "e")), False)
    pointed: pa.Array[Any] = pc.if_else(whole, pc.binary_join_element_wise(text, "0", "."), text)
    return pointed


def _escaped(text: pa.Array[Any]) -> pa.Array[Any]:
    if not holds_any(text, b'"\\') and not holds_controls(text):
        return text
    where = pc.fill_null(pc.match_substring_regex(text, '["\\\\\\x00-\\x1f]'), False)
    cells = [orjson.dumps(cell)[1:-1].decode() for cell in text.filter(where).to_pylist()]
    escaped: pa.Array[Any] = pc.replace_with_mask(text, where, pa.array(cells, pa.string()))
    return escaped
