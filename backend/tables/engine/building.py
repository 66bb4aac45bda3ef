"""Operations that build what later questions are answered from. They write to `path`, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain import ColumnType
from backend.tables.engine.folding import folded, has_letters
from backend.tables.engine.opened import HIDING, OpenRows
from backend.tables.engine.questions import Question
from backend.tables.engine.registry import operation
from backend.tables.engine.sql import FOLDED_PREFIX, ROW, TEXT_PREFIX, literal, quoted
from backend.tables.open_files import ColumnarFile

BATCH_BYTES = 64 * 1024 * 1024
READ_ROWS = 65_536
COLUMNS_AT_ONCE = 100
# The published stubs do not know this function.
concat_batches: Any = pyarrow.concat_batches  # type: ignore[attr-defined]


@operation("build_native")
def build_native(rows: OpenRows, question: Question) -> None:
    """A DuckDB file with one table `data`: the row number, the columns, the written text.

    Beside those, folded, the text of columns that have letters which `q` takes for others: to do
    that in each search took longer than all the rest of it.
    """
    path = question.arguments["path"]
    rows.execute(f"ATTACH {literal(path)} AS built")
    try:
        rows.execute(f"CREATE TABLE built.data AS {_native_select(rows)}")
        rows.execute("CHECKPOINT built")
    finally:
        rows.execute("DETACH built")


def _native_select(rows: OpenRows) -> str:
    source = rows.source
    width = "UINTEGER" if source.sheet.rows < 2**32 else "UBIGINT"
    names = [f"source.{quoted(column.key)}" for column in source.sheet.columns]
    table = "numbered" if HIDING in rows.columns else f"read_parquet({literal(str(source.data))})"
    number = ROW if HIDING in rows.columns else f"source.{HIDING}"
    if HIDING in rows.columns:
        rows.connection.register("numbered", _numbered(source.data))
    from_clause = f"{table} AS source"
    texts = [column.key for column in source.sheet.columns if column.type is ColumnType.TEXT]
    names += _folded(rows, source.data, "source", texts)
    if source.written is not None:
        written = [column.key for column in source.sheet.columns if column.written]
        names += [f"written.{quoted(key)} AS {quoted(TEXT_PREFIX + key)}" for key in written]
        names += _folded(rows, source.written, "written", written)
        beside = f"read_parquet({literal(str(source.written))})"
        from_clause += f" POSITIONAL JOIN {beside} AS written"
    return f"SELECT CAST({number} AS {width}) AS {ROW}, {', '.join(names)} FROM {from_clause}"


def _folded(rows: OpenRows, path: Path, table: str, keys: Sequence[str]) -> list[str]:
    """Of those columns of a file that need it, the folded text."""
    found: list[str] = []
    for begin in range(0, len(keys), COLUMNS_AT_ONCE):
        part = keys[begin : begin + COLUMNS_AT_ONCE]
        wanted = ", ".join(f"bool_or({has_letters(quoted(key))})" for key in part)
        sql = f"SELECT {wanted} FROM read_parquet({literal(str(path))})"
        has = rows.execute(sql).fetchall()[0]
        found += [key for key, needs in zip(part, has, strict=True) if needs]
    return [f"{folded(f'{table}.{quoted(key)}')} AS {quoted(FOLDED_PREFIX + key)}" for key in found]


def _numbered(path: Path) -> pa.RecordBatchReader:
    """The rows of a file with their numbers, where DuckDB cannot give them."""
    file = pq.ParquetFile(path)
    schema = file.schema_arrow.insert(0, pa.field(ROW.strip('"'), pa.uint64()))

    def batches() -> Iterator[pa.RecordBatch]:
        at = 0
        for batch in file.iter_batches(READ_ROWS):
            numbers: Any = pa.array(range(at, at + batch.num_rows), pa.uint64())
            yield pa.RecordBatch.from_arrays([numbers, *batch.columns], schema=schema)
            at += batch.num_rows

    return pa.RecordBatchReader.from_batches(schema, batches())


@operation("build_flat")
def build_flat(rows: OpenRows, question: Question) -> None:
    """An uncompressed Arrow file of the same rows, the written text after the columns."""
    source = rows.source
    files = [(pq.ParquetFile(source.data), "")]
    if source.written is not None:
        files.append((pq.ParquetFile(source.written), TEXT_PREFIX))
    at_once = min(_rows_at_once(path) for path in (source.data, source.written) if path)
    schema = pa.schema(
        field.with_name(prefix + field.name).remove_metadata()
        for file, prefix in files
        for field in file.schema_arrow
    )
    with pa.OSFile(question.arguments["path"], "wb") as sink, pa.ipc.new_file(sink, schema) as out:
        for batch in _large_batches(files, schema, at_once):
            out.write_batch(batch)


def _rows_at_once(path: Path) -> int:
    """So many rows of a file take at most BATCH_BYTES, wherever they are."""
    file = ColumnarFile(path)
    row_bytes = max(
        (file.whole_group_bytes(group) // (stop - start) for group, start, stop in file.groups()),
        default=1,
    )
    file.close()
    return max(1, min(READ_ROWS, BATCH_BYTES // max(1, row_bytes)))


def _large_batches(
    files: list[tuple[pq.ParquetFile, str]], schema: pa.Schema, at_once: int
) -> Iterator[pa.RecordBatch]:
    """The rows of all files side by side, in batches of about BATCH_BYTES."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    readers = [file.iter_batches(at_once) for file, _ in files]
    for parts in zip(*readers, strict=True):
        columns = [column for part in parts for column in part.columns]
        waiting.append(pa.RecordBatch.from_arrays(columns, schema=schema))
        size += waiting[-1].nbytes
        if size >= BATCH_BYTES:
            yield concat_batches(waiting)
            waiting, size = [], 0
    if waiting:
        yield concat_batches(waiting)
