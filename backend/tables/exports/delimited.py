"""CSV and TSV (RFC 4180, with LF): every cell as it was written, quoted only where it has to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute

from backend.domain import ColumnType
from backend.tables.exports.blocks import Block, Stored
from backend.tables.exports.formulas import neutral, neutral_header
from backend.tables.exports.texts import Part, holds_any, joined, texts_of

pc: Any = pyarrow.compute


class DelimitedFormat:
    """Lines of cells. `raw` leaves text that a spreadsheet program would run as it is."""

    def __init__(self, columns: Sequence[Stored], delimiter: str, *, raw: bool) -> None:
        self._columns = columns
        self._delimiter = delimiter
        self._raw = raw

    def begin(self) -> bytes:
        """The header: the names as they were uploaded."""
        names = [one.column.name or one.column.key for one in self._columns]
        shown = names if self._raw else [neutral_header(name) for name in names]
        cells = self._quoted(pa.array(shown, pa.string())).to_pylist()
        return self._delimiter.join(cell or "" for cell in cells).encode() + b"\n"

    def block(self, block: Block) -> bytes:
        """The lines of some rows."""
        parts: list[Part] = []
        for text, stored in zip(texts_of(block, self._columns), self._columns, strict=True):
            parts += [self._cells(text, stored), self._delimiter]
        return joined([*parts[:-1], "\n"])

    def end(self) -> bytes:
        """Nothing follows the last line."""
        return b""

    def _cells(self, text: pa.Array[Any], stored: Stored) -> pa.Array[Any]:
        is_text = stored.column.type is ColumnType.TEXT
        if is_text and not self._raw:
            text = neutral(text)
        if is_text or stored.written:
            text = self._quoted(text)
        if len(self._columns) == 1:
            # An empty line is no row to most readers.
            text = pc.fill_null(text, '""')
        return text

    def _quoted(self, text: pa.Array[Any]) -> pa.Array[Any]:
        # Nothing at all is a null; a text without characters is not.
        where = pc.equal(text, "")
        if holds_any(text, b'"\r\n' + self._delimiter.encode()):
            special = pc.match_substring_regex(text, f'["\r\n{self._delimiter}]')
            where = pc.or_(where, special)
        return self._wrapped(text, where) if pc.any(where).as_py() else text

    @staticmethod
    def _wrapped(text: pa.Array[Any], where: pa.Array[Any]) -> pa.Array[Any]:
        doubled = pc.replace_substring(text, '"', '""')
        wrapped: pa.Array[Any] = pc.if_else(
            where, pc.binary_join_element_wise('"', doubled, '"', ""), text
        )
        return wrapped
