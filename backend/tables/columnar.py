"""The columnar format: what a Parquet file of a sheet looks like. Writers and readers share it.

One file holds the typed values of a sheet, its columns named by `Column.key`. A second one, with
the same rows in the same row groups, holds the written text of the columns with `Column.written`.
Every row group but the last has `row_group_rows(columns)` rows, so a row's group is a division.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain import ColumnType

GROUP_CELLS = 100_000
MIN_GROUP_ROWS = 256
COMPRESSION_LEVEL = 1

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
    return max(MIN_GROUP_ROWS, GROUP_CELLS // max(1, columns))


def arrow_type(column_type: ColumnType, *, zoned: bool = False) -> pa.DataType:
    """The Arrow type that stores a column; `zoned` only matters for a datetime."""
    if zoned and column_type is ColumnType.DATETIME:
        return ZONED_DATETIME
    return ARROW_TYPES[column_type]


def open_writer(
    path: Path, schema: pa.Schema, *, dictionary: Sequence[str] = ()
) -> pq.ParquetWriter:
    """A writer of one columnar file; `dictionary` names the columns with few distinct values.

    The caller hands in whole row groups (`write_table(table, row_group_size=len(table))`).
    """
    few_values: Any = list(dictionary)
    counted: Any = {
        field.name: "DELTA_BINARY_PACKED"
        for field in schema
        if field.name not in dictionary and _is_counted(field.type)
    }
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=few_values,
        # Written and stored faster than plain: numbers and days of neighbouring rows are close.
        column_encoding=counted,
        # Statistics cost time for every cell and are not needed to find a row.
        write_statistics=False,
        store_schema=True,
    )


def _is_counted(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)
