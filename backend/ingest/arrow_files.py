"""Parquet and Arrow files: typed already, so that types are kept and no header is looked for."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from backend.domain import Column, ColumnType, Sheet
from backend.ingest.arrow_types import Way, ways_of
from backend.ingest.columns import column_keys
from backend.ingest.failure import ReadingError
from backend.ingest.formats import PARQUET
from backend.ingest.forms import EXACT_INTEGERS, pc
from backend.ingest.limits import Limits
from backend.ingest.report import Warnings
from backend.ingest.results import Reading, SheetFiles
from backend.ingest.writing import SheetWriter

BATCH_CELLS = 100_000
MIN_BATCH_ROWS = 256
IPC_MAGIC = b"ARROW1"
Progressed = Callable[[int, float | None], None]


class TableFile(Protocol):
    """An opened file: its schema, the rows it promises (if it does), and its rows in slices."""

    schema: pa.Schema
    promised: int | None

    def batches(self, rows: int) -> Iterator[tuple[Any, float | None]]:
        """Record batches of at most so many rows, each with the part of the file done."""


class ParquetTable:
    """A Parquet file, read page by page."""

    def __init__(self, source: Path) -> None:
        self._file = pq.ParquetFile(
            source, memory_map=False, buffer_size=1024 * 1024, pre_buffer=False
        )
        self.schema = self._file.schema_arrow
        self.promised: int | None = self._file.metadata.num_rows

    def batches(self, rows: int) -> Iterator[tuple[Any, float | None]]:
        """Slices of row groups; a promise of rows that are not there ends in an error."""
        done = 0
        for batch in self._file.iter_batches(batch_size=rows, use_threads=False):
            done += batch.num_rows
            yield batch, done / self.promised if self.promised else None


class ArrowTable:
    """An Arrow IPC file or stream, mapped; pages that were read do not stay in memory."""

    promised: int | None = None

    def __init__(self, source: Path) -> None:
        with source.open("rb") as stream:
            self._mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        buffer: Any = pa.py_buffer(self._mapped)
        if self._mapped[:6] == IPC_MAGIC:
            self._file: Any = pyarrow.ipc.open_file(buffer)
        else:
            self._file = pyarrow.ipc.open_stream(buffer)
        self.schema = self._file.schema

    def batches(self, rows: int) -> Iterator[tuple[Any, float | None]]:
        """Slices of record batches."""
        for part, batch in self._parts():
            for start in range(0, batch.num_rows, rows):
                slice_ = batch.slice(start, rows)
                slice_.validate(full=True)
                yield slice_, part
                if hasattr(mmap, "MADV_DONTNEED"):
                    self._mapped.madvise(mmap.MADV_DONTNEED)

    def _parts(self) -> Iterator[tuple[float | None, Any]]:
        count = getattr(self._file, "num_record_batches", None)
        if count is None:
            yield from ((None, batch) for batch in self._file)
            return
        for number in range(count):
            yield (number + 1) / count, self._file.get_batch(number)


class ArrowReading:
    """The reading of one Parquet or Arrow file."""

    def __init__(
        self,
        source: Path,
        kind: str,
        name: str,
        output: Path,
        limits: Limits,
        progress: Progressed,
    ) -> None:
        self.source = source
        self.kind = kind
        self.name = name
        self.output = output
        self.limits = limits
        self.progress = progress

    def read(self) -> Reading:
        """Reads it all; raises ReadingError."""
        try:
            return self._read()
        except pa.ArrowMemoryError:
            raise
        except pa.ArrowNotImplementedError as error:
            raise ReadingError(
                "unsupported_format", f"The file holds what is not read here: {error}"[:300]
            ) from error
        except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
            raise _corrupt(str(error)) from error

    def _read(self) -> Reading:
        file = self._open()
        fields = list(file.schema)
        if not fields:
            raise ReadingError("empty_file", "The file has no columns.")
        if len(fields) > self.limits.max_columns:
            raise ReadingError(
                "too_many_columns",
                f"The table has {len(fields)} columns; at most {self.limits.max_columns} are read.",
            )
        ways = [list(ways_of(field.type)) for field in fields]
        keys = column_keys([field.name for field in fields])
        while True:
            attempt = _Pass(self, keys, ways)
            if attempt.run(file):
                return self._reading(fields, attempt)
            file = self._open()

    def _open(self) -> TableFile:
        return ParquetTable(self.source) if self.kind == PARQUET else ArrowTable(self.source)

    def _reading(self, fields: list[Any], done: _Pass) -> Reading:
        warnings = Warnings()
        columns = []
        for field, key, way, nulls, exact in zip(
            fields, done.keys, done.ways, done.nulls, done.exact, strict=True
        ):
            columns.append(Column(key, field.name or key, way.type, nulls, not field.name, exact))
            if way.warning:
                warnings.add(way.warning, [], count=1, column=key)
        sheet = Sheet(0, self.name, done.rows, tuple(columns), "", None)
        report: dict[str, Any] = {
            "format": self.kind,
            "engine": "pyarrow",
            "path": "fast",
            "encoding": None,
            "delimiter": None,
            "quote": None,
            "line_end": None,
            "header": {"rows": [], "generated": False, "confidence": 1.0},
            "preamble": {"lines": 0},
            "warnings": warnings.as_json(),
            "sheets": {"hidden": []},
        }
        return Reading((SheetFiles(sheet, done.data, None),), report)


class _Pass:
    """One scan of all rows. A value that does not survive makes its column try the next way."""

    def __init__(self, reading: ArrowReading, keys: list[str], choices: list[list[Way]]) -> None:
        self.reading = reading
        self.keys = keys
        self.choices = choices
        self.ways = [ways[0] for ways in choices]
        self.rows = 0
        self.nulls = [0] * len(keys)
        self.exact = [True] * len(keys)
        self.void = False

    def run(self, file: TableFile) -> bool:
        """Whether every column was what it was taken for."""
        schema = pa.schema([(k, w.arrow) for k, w in zip(self.keys, self.ways, strict=True)])
        size = max(MIN_BATCH_ROWS, BATCH_CELLS // len(self.keys))
        with SheetWriter(self.reading.output, 0, schema) as writer:
            self.data = writer.data
            for batch, part in file.batches(size):
                columns = [self._convert(i, array) for i, array in enumerate(batch.columns)]
                self.rows += batch.num_rows
                if not self.void:
                    writer.add(columns)
                self.reading.progress(0 if self.void else self.rows, part)
        if file.promised is not None and file.promised != self.rows:
            raise _corrupt(f"it promises {file.promised} rows and holds {self.rows}")
        return not self.void

    def _convert(self, index: int, array: Any) -> Any:
        choices = self.choices[index]
        values = choices[0].convert(array)
        while values is None:
            self.void = True
            del choices[0]
            values = choices[0].convert(array)
        self.nulls[index] += values.null_count
        if self.ways[index].type is ColumnType.INTEGER and not self.void:
            self.exact[index] &= _are_exact(values)
        return values


def _are_exact(values: Any) -> bool:
    """Whether a JSON number, a double, holds every one of these integers."""
    extremes = pc.min_max(values).as_py()
    return extremes["min"] is None or (
        extremes["min"] >= -EXACT_INTEGERS and extremes["max"] <= EXACT_INTEGERS
    )


def _corrupt(reason: str) -> ReadingError:
    return ReadingError("corrupt_file", f"The file is damaged or cut short: {reason}."[:300])
