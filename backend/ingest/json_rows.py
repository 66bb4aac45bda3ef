"""JSON Lines and JSON arrays of objects: an object is a row, the union of all keys the columns."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from backend.domain import Column, ReadingOptions, Sheet
from backend.ingest.columns import column_keys
from backend.ingest.conversion import Converted, Guess
from backend.ingest.encoding import Encoding, detect_encoding, note_doubt, utf8_blocks
from backend.ingest.failure import ReadingError
from backend.ingest.formats import JSONL
from backend.ingest.json_columns import Cells, NeedDigitsError, convert_cells
from backend.ingest.json_cutting import Piece, cut_array, cut_lines
from backend.ingest.json_records import Records, read_exactly, read_quickly
from backend.ingest.limits import Limits
from backend.ingest.report import Warnings
from backend.ingest.results import Reading, SheetFiles
from backend.ingest.writing import Behind, SheetWriter

BLOCK_BYTES = 2 * 1024 * 1024
Progressed = Callable[[int, float | None], None]


@dataclass(slots=True)
class JsonColumn:
    """A key, and what its cells have been found to be."""

    name: str
    guess: Guess = field(default_factory=Guess)
    kinds: set[str] = field(default_factory=set)
    filled: int = 0
    exact: bool = True


@dataclass(slots=True)
class Tally:
    """What a pass has found."""

    rows: int = 0
    warnings: Warnings = field(default_factory=Warnings)
    void: bool = False


class JsonReading:
    """The reading of one JSON text, given as a stream of `size` bytes."""

    def __init__(
        self,
        stream: BinaryIO,
        size: int,
        name: str,
        kind: str,
        options: ReadingOptions,
        output: Path,
        limits: Limits,
        progress: Progressed,
    ) -> None:
        self.stream = stream
        self.size = size
        self.name = name
        self.kind = kind
        self.options = options
        self.output = output
        self.limits = limits
        self.progress = progress
        self.columns: dict[str, JsonColumn] = {}

    def read(self) -> Reading:
        """Reads it all; raises ReadingError."""
        # Records are many objects without cycles: to look for those takes a third of the time.
        gc.disable()
        try:
            return self._read()
        finally:
            gc.enable()

    def _read(self) -> Reading:
        encoding = detect_encoding(self.stream, self.options.encoding)
        first = next(self._pieces(encoding, Warnings()), None)
        if first is not None:
            self._look(first)
        tally = self._pass(encoding)
        while tally.void:
            tally = self._pass(encoding)
        if not self.columns:
            raise ReadingError("empty_file", "The JSON holds no record with a key.")
        return self._reading(encoding, tally)

    def _pieces(self, encoding: Encoding, warnings: Warnings) -> Iterator[Piece]:
        blocks = utf8_blocks(self.stream, encoding, warnings, block_bytes=BLOCK_BYTES)
        cut = cut_lines if self.kind == JSONL else cut_array
        return cut(blocks, self.limits.max_cell_bytes)

    def _look(self, first: Piece) -> None:
        """Guesses from the first piece, so that most files are written in one pass."""
        self._convert(first, Tally())

    def _pass(self, encoding: Encoding) -> Tally:
        """One scan over all records, written as guessed. Corrects guesses that were wrong."""
        tally = Tally()
        for column in self.columns.values():
            column.filled, column.exact, column.kinds = 0, True, set()
        known = list(self.columns.values())
        keys = column_keys([column.name for column in known])
        schema = pa.schema([(k, c.guess.form.arrow) for k, c in zip(keys, known, strict=True)])
        written = [key for key, c in zip(keys, known, strict=True) if c.guess.written]
        with SheetWriter(self.output, 0, schema, written) as self.writer, Behind(2) as behind:
            for piece in self._pieces(encoding, tally.warnings):
                converted = self._convert(piece, tally)
                if not tally.void and converted:
                    texts = [c.texts for c in converted if c.texts is not None]
                    behind.do(self.writer.add, [c.values for c in converted], texts)
                self._report_progress(tally)
        return tally

    def _convert(self, piece: Piece, tally: Tally) -> list[Converted]:
        records = read_quickly(piece)
        if records is not None:
            try:
                return self._take(records, tally)
            except NeedDigitsError:
                records = None
        return self._take(read_exactly(piece), tally)

    def _take(self, records: Records, tally: Tally) -> list[Converted]:
        """The columns of a piece by their guesses; better guesses are kept for the next pass."""
        self._note_new_keys(records, tally)
        found = records.columns(list(self.columns))
        cells = [Cells.of(values, quick=records.quick) for values in found]
        done = [
            convert_cells(one, column.guess)
            for one, column in zip(cells, self.columns.values(), strict=True)
        ]
        for column, one, result in zip(self.columns.values(), cells, done, strict=True):
            column.kinds |= one.kinds
            column.exact &= result.exact
            column.filled += len(one.values) - one.values.count(None)
            if result.better is not None:
                tally.void = True
                column.guess = result.better
        tally.rows += len(records.rows)
        tally.warnings.add("duplicate_keys", records.repeating)
        return done

    def _note_new_keys(self, records: Records, tally: Tally) -> None:
        for name in records.names():
            if name not in self.columns:
                self.columns[name] = JsonColumn(name)
                tally.void = True
        if len(self.columns) > self.limits.max_columns:
            raise ReadingError(
                "too_many_columns",
                f"The records have more than {self.limits.max_columns} different keys.",
            )

    def _report_progress(self, tally: Tally) -> None:
        done = self.stream.tell() / self.size if self.size else None
        self.progress(0 if tally.void else tally.rows, done)

    def _reading(self, encoding: Encoding, tally: Tally) -> Reading:
        known = list(self.columns.values())
        keys = column_keys([column.name for column in known])
        columns = []
        for key, column in zip(keys, known, strict=True):
            guess = column.guess
            nulls = tally.rows - column.filled
            generated = not column.name
            name = column.name or key
            columns.append(
                Column(key, name, guess.form.type, nulls, generated, column.exact, guess.written)
            )
            if "nested" in column.kinds:
                tally.warnings.add("nested_as_text", [], count=1, column=key)
            if len(column.kinds) > 1:
                tally.warnings.add("mixed_types", [], count=1, column=key)
        note_doubt(encoding, tally.warnings)
        sheet = Sheet(0, self.name, tally.rows, tuple(columns), "", None)
        files = SheetFiles(sheet, self.writer.data, self.writer.written)
        return Reading((files,), self._report(encoding, tally))

    def _report(self, encoding: Encoding, tally: Tally) -> dict[str, Any]:
        return {
            "format": self.kind,
            "engine": "orjson",
            "path": "fast",
            "encoding": {"value": encoding.name, "confidence": encoding.confidence},
            "delimiter": None,
            "quote": None,
            "line_end": None,
            "header": {"rows": [], "generated": False, "confidence": 1.0},
            "preamble": {"lines": 0},
            "warnings": tally.warnings.as_json(),
            "sheets": {"hidden": []},
        }
