"""Arrow streams and Parquet files: the values with their types, columns by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa

from backend.tables.columnar import open_writer
from backend.tables.exports.blocks import Block, Stored, schema_of


class ArrowStreamFormat:
    """The streaming format of Arrow's IPC: a schema, record batches, an end."""

    def __init__(self, columns: Sequence[Stored]) -> None:
        self._schema = schema_of(columns)
        self._written = BytesIO()
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def begin(self) -> bytes:
        """The schema."""
        self._writer = pa.ipc.new_stream(self._written, self._schema)
        return self._taken()

    def block(self, block: Block) -> bytes:
        """One record batch."""
        assert self._writer is not None
        self._writer.write_batch(pa.RecordBatch.from_arrays(block, schema=self._schema))
        return self._taken()

    def end(self) -> bytes:
        """The mark of the end: a reader knows by it that nothing is missing."""
        assert self._writer is not None
        self._writer.close()
        return self._taken()

    def _taken(self) -> bytes:
        data = self._written.getvalue()
        self._written.seek(0)
        self._written.truncate()
        return data


def write_parquet(path: Path, columns: Sequence[Stored], blocks: Iterable[Block]) -> None:
    """A Parquet file; each block becomes a row group."""
    schema = schema_of(columns)
    with open_writer(path, schema) as writer:
        for block in blocks:
            table = pa.Table.from_arrays(block, schema=schema)
            writer.write_table(table, row_group_size=max(1, len(table)))
