"""The columnar format: what a Parquet file of a sheet looks like. Writers and readers share it.

One file holds the typed values of a sheet, its columns named by `Column.key`. A second one, with
the same rows in the same row groups, holds the written text of the columns with `Column.written`.
Every row group but the last has `row_group_rows(columns)` rows, so a row's group is a division.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.config import Config
from backend.domain import ColumnType

GROUP_CELLS = 100_000
MIN_GROUP_ROWS = 300
COMPRESSION_LEVEL = 1
DICTIONARY_BYTES = 16 * 1024
TEXT_BYTES = "text_bytes"
WIDE_COLUMNS = 100
"""Beyond these a chunk is so small that what is paid for each chunk decides: nothing but LZ4."""

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.DATETIME: pa.timestamp("us"),
}
ZONED_DATETIME: pa.DataType = pa.timestamp("us", tz="UTC")


def row_group_rows(columns: int) -> int:
    """How many rows a row group of a sheet with `columns` columns holds.

    The companion file takes the number of columns of the *sheet*, so that its groups line up.
    """
    rows = max(MIN_GROUP_ROWS, GROUP_CELLS // max(1, columns))
    # Pages of the default size lie in one group each: two cost twice as much.
    return rows - rows % Config.default_page_rows


def arrow_type(column_type: ColumnType, *, zoned: bool = False) -> pa.DataType:
    """The Arrow type that stores a column; `zoned` only matters for a datetime."""
    if zoned and column_type is ColumnType.DATETIME:
        return ZONED_DATETIME
    return ARROW_TYPES[column_type]


class ColumnarWriter(pq.ParquetWriter):
    """Writes one columnar file. The caller hands in whole row groups.

    A dictionary hides how large text becomes, so the footer tells: for each column that has one,
    the bytes of its text in the row group where that is most (`TEXT_BYTES`, a JSON object).
    """

    def __init__(self, path: Path, schema: pa.Schema, *, dictionaries: bool = True) -> None:
        wide = len(schema) > WIDE_COLUMNS
        packed = [one.name for one in schema if pa.types.is_string(one.type) and not wide]
        few_values: Any = packed if dictionaries else []
        self._text_bytes = dict.fromkeys(few_values, 0)
        codecs: Any = {name: "zstd" if name in packed else "lz4" for name in schema.names}
        levels: Any = dict.fromkeys(packed, COMPRESSION_LEVEL)
        counted: Any = {field.name: "DELTA_BINARY_PACKED" for field in schema if _is_counted(field)}
        super().__init__(
            path,
            schema,
            # LZ4 is read twice as fast; of numbers it leaves a sixth more, of text too much.
            compression=codecs,
            compression_level=levels,
            # Text of few values is filtered five times as fast; a chunk with more drops it early.
            use_dictionary=few_values,
            dictionary_pagesize_limit=DICTIONARY_BYTES,
            # Written and stored faster than plain: numbers and days of neighbours are close.
            column_encoding=counted,
            # Statistics cost time for every cell and are not needed to find a row.
            write_statistics=False,
            store_schema=True,
        )

    def write_table(self, table: pa.Table, row_group_size: int | None = None) -> None:
        """Append rows in groups of `row_group_size`."""
        size = row_group_size or max(1, len(table))
        for start in range(0, len(table) if self._text_bytes else 0, size):
            group = table.slice(start, size)
            for name, most in self._text_bytes.items():
                self._text_bytes[name] = max(most, group.column(name).nbytes)
        super().write_table(table, row_group_size)

    def close(self) -> None:
        """Write the footer."""
        if self.is_open and self._text_bytes:
            self.add_key_value_metadata({TEXT_BYTES: json.dumps(self._text_bytes)})
        super().close()


def open_writer(path: Path, schema: pa.Schema, *, dictionaries: bool = True) -> ColumnarWriter:
    """A writer of one columnar file, which takes `write_table(table, row_group_size)`.

    Without `dictionaries` for a file that is not filtered: what is tried in vain costs a quarter.
    """
    return ColumnarWriter(path, schema, dictionaries=dictionaries)


def text_bytes(footer: pq.FileMetaData) -> dict[str, int]:
    """What `ColumnarWriter` has told of the text in a file; nothing of files of other writers."""
    told: dict[str, int] = json.loads((footer.metadata or {}).get(TEXT_BYTES.encode(), b"{}"))
    return told


def _is_counted(field: pa.Field[Any]) -> bool:
    kind = field.type
    return pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)
