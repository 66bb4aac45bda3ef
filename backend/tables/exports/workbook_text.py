"""Cells of a workbook as XML (ECMA-376, part 1, section 18.3): whole columns at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute

from backend.domain import Column, ColumnType
from backend.tables.canonical import canonical_text
from backend.tables.exports.formulas import runs
from backend.tables.exports.texts import holds_any, holds_controls, raw_bytes

pc: Any = pyarrow.compute


class Style(IntEnum):
    """Positions in the list of cell formats that `workbook_parts.STYLES` holds."""

    GENERAL = 0
    WHOLE = 1
    DAY = 2
    MOMENT = 3
    HEADER = 4
    QUOTED = 5
    """Text that is not to be run: what an apostrophe before it makes in the program."""


@dataclass(frozen=True, slots=True)
class CellText:
    """A column of cells: `before` and `after` are the XML around each text; a null has no cell."""

    before: pa.Array[Any] | str
    """What follows the reference, from the quote that closes it."""
    text: pa.Array[Any]
    after: pa.Array[Any] | str


DAY_ZERO = 25_569
"""1970-01-01 as spreadsheet programs count days."""
FIRST_RIGHT_DAY = 61
"""1900-03-01: before it, those programs count a day that never was."""
LAST_DAY = 2_958_465
MICROSECONDS = 86_400_000_000
LARGEST_NUMBER = 9.99e307

# What XML 1.0 cannot hold, and what would be read as the way to write it.
NOT_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
NOT_XML_BYTES = (b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"_x")

NUMBER = ('"><v>', "</v></c>")
INLINE = ('" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>")
QUOTED_INLINE = f'" s="{Style.QUOTED:d}{INLINE[0]}'


def cell_text(array: pa.Array[Any], column: Column, *, raw: bool) -> CellText:
    """The cells of a column with their types; what a workbook cannot hold as a value is text."""
    if column.type is ColumnType.NUMBER:
        return _numbers(array)
    if column.type is ColumnType.INTEGER and column.exact:
        return CellText(f'" s="{Style.WHOLE:d}"><v>', pc.cast(array, pa.string()), NUMBER[1])
    if column.type is ColumnType.BOOLEAN:
        return CellText('" t="b"><v>', pc.cast(pc.cast(array, pa.int8()), pa.string()), NUMBER[1])
    if column.type is ColumnType.DATE:
        return _days(array)
    if column.type is ColumnType.DATETIME:
        return _moments(array)
    text = canonical_text(array)
    before: pa.Array[Any] | str = INLINE[0]
    if column.type is ColumnType.TEXT and not raw and (risky := runs(text)).any():
        before = pc.if_else(pa.array(risky), QUOTED_INLINE, INLINE[0])
    return CellText(before, escaped(text), INLINE[1])


def escaped(text: pa.Array[Any]) -> pa.Array[Any]:
    """Text as XML has it; characters that XML has not are written `_x0007_` (section 22.9.2.19)."""
    data = bytes(raw_bytes(text))
    if holds_controls(text) or any(piece in data for piece in NOT_XML_BYTES):
        text = pa.array([_spelled(cell) for cell in text.to_pylist()], pa.string())
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if holds_any(text, character.encode()):
            text = pc.replace_substring(text, character, entity)
    return text


def escaped_value(text: str) -> str:
    """The same for one text, within an attribute too."""
    return escape(_spelled(text) or "", {'"': "&quot;"})


def _spelled(text: str | None) -> str | None:
    if text is None:
        return None
    return NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _numbers(array: pa.Array[Any]) -> CellText:
    held = pc.less_equal(pc.abs(array), LARGEST_NUMBER)
    return _value_or_text(array, held, pc.cast(array, pa.string()), NUMBER[0])


def _days(array: pa.Array[Any]) -> CellText:
    days = pc.add(pc.cast(array, pa.int32()), DAY_ZERO)
    held = pc.and_(pc.greater_equal(days, FIRST_RIGHT_DAY), pc.less_equal(days, LAST_DAY))
    return _value_or_text(array, held, pc.cast(days, pa.string()), _styled(Style.DAY))


def _moments(array: pa.Array[Any]) -> CellText:
    instants = pc.cast(pc.cast(array, pa.timestamp("us")), pa.int64())
    days = pc.add(pc.divide(pc.cast(instants, pa.float64(), safe=False), MICROSECONDS), DAY_ZERO)
    held = pc.and_(pc.greater_equal(days, FIRST_RIGHT_DAY), pc.less(days, LAST_DAY + 1))
    return _value_or_text(array, held, pc.cast(days, pa.string()), _styled(Style.MOMENT))


def _styled(style: Style) -> str:
    return f'" s="{style:d}{NUMBER[0]}'


def _value_or_text(
    array: pa.Array[Any], held: pa.Array[Any], text: pa.Array[Any], before: str
) -> CellText:
    """Values where `held`; the canonical text of those that a workbook has no value for."""
    if pc.all(held).as_py() is not False:
        return CellText(before, text, NUMBER[1])
    held = pc.fill_null(held, False)
    return CellText(
        pc.if_else(held, before, INLINE[0]),
        pc.if_else(held, text, canonical_text(array)),
        pc.if_else(held, NUMBER[1], INLINE[1]),
    )
