"""Arrow streams and Parquet files: the values with their types, columns by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from backend.tables.columnar import open_writer
from backend.tables.exports.blocks import Block, Stored, schema_of

END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"


class ArrowStreamFormat:
    """The streaming format of Arrow's IPC: a schema, record batches, an end."""

    between = b""

    def __init__(self, columns: Sequence[Stored]) -> None:
        self._schema = schema_of(columns)

    def begin(self) -> bytes:
        """The schema."""
        return self._schema.serialize().to_pybytes()

    def block(self, block: Block) -> bytes:
        """One record batch."""
        return pa.RecordBatch.from_arrays(block, schema=self._schema).serialize().to_pybytes()

    def end(self) -> bytes:
        """The mark of the end: a reader knows by it that nothing is missing."""
        return END_OF_STREAM


def write_parquet(path: Path, columns: Sequence[Stored], blocks: Iterable[Block]) -> None:
    """A Parquet file; each block becomes a row group."""
    schema = schema_of(columns)
    with open_writer(path, schema) as writer:
        for block in blocks:
            table = pa.Table.from_arrays(block, schema=schema)
            writer.write_table(table, row_group_size=max(1, len(table)))
