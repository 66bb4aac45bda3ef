"""Hostile Parquet and Arrow files."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from tests.ingest.hostile.texts import MIB, Write, cut, damaged

TABLE = pa.table(
    {
        "n": list(range(5000)),
        "t": [str(n) for n in range(5000)],
        "d": pa.array(["x", "y"] * 2500).dictionary_encode(),
    }
)


def parquet(path: Path) -> None:
    pq.write_table(TABLE, path)


def arrow(path: Path) -> None:
    with pyarrow.ipc.new_file(str(path), TABLE.schema) as writer:
        writer.write_table(TABLE)


def lying_rows(path: Path) -> None:
    """The number of rows, wherever it is written as a varint, is another."""
    target = io.BytesIO()
    pq.write_table(pa.table({"n": list(range(5000))}), target)
    content = target.getvalue()
    path.write_bytes(content.replace(varint(10_000), varint(12_000)))


def varint(number: int) -> bytes:
    return bytes([number & 0x7F | 0x80, number >> 7])


def amplified(path: Path) -> None:
    """A string of a MB, in a dictionary, for 300,000 rows: 300 GB."""
    word = pa.DictionaryArray.from_arrays(pa.array([0] * 300_000, pa.int8()), pa.array(["x" * MIB]))
    pq.write_table(pa.table({"a": word}), path, compression="zstd")


def zeros(path: Path) -> None:
    """Fifty million zeros in a few kilobytes."""
    column = pa.repeat(0, 5_000_000)
    schema = pa.schema([("a", pa.int64())])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for _ in range(10):
            writer.write_table(pa.table([column], schema=schema))


def wide(path: Path) -> None:
    pq.write_table(pa.table({f"c{n}": [1] for n in range(20_000)}), path)


def lying_offsets(path: Path) -> None:
    """Text whose offsets lead out of its bytes."""
    table = pa.table({"a": ["a", "b"]})
    with pyarrow.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    honest = struct.pack("<iii", 0, 1, 2)
    path.write_bytes(path.read_bytes().replace(honest, struct.pack("<iii", 0, 2**30, 2**31 - 1)))


def lying_indices(path: Path) -> None:
    """A dictionary column whose numbers lead out of the dictionary."""
    column = pa.DictionaryArray.from_arrays(
        pa.array([0, 100, -7], pa.int32()), pa.array(["x"]), safe=False
    )
    table = pa.table({"a": column})
    with pyarrow.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)


def deep(path: Path) -> None:
    kind: Any = pa.int8()
    for _ in range(60):
        kind = pa.list_(kind)
    pq.write_table(pa.table({"a": pa.nulls(3, kind)}), path)


def wordy(path: Path) -> None:
    """Fifty megabytes of remarks about two rows."""
    table = pa.table({"a": [1, 2]}).replace_schema_metadata({"k": "x" * 50 * MIB})
    pq.write_table(table, path)


def many_groups(path: Path) -> None:
    """A footer about 20,000 row groups of one row."""
    pq.write_table(
        pa.table({f"c{n}": list(range(20_000)) for n in range(3)}), path, row_group_size=1
    )


def absurd_lengths(path: Path) -> None:
    """A batch that says it has 2^60 rows."""
    arrow(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<q", 5000), struct.pack("<q", 2**60)))


COLUMNAR: dict[str, tuple[Write, str]] = {
    "a Parquet file with lying row counts": (lying_rows, "corrupt_file|read"),
    "a Parquet file of 300 GB": (amplified, "too_much_memory|took_too_long|output_too_large"),
    "a Parquet file of 50 million zeros": (zeros, "read|took_too_long"),
    "a Parquet file with 20,000 columns": (wide, "too_many_columns|took_too_long"),
    "a Parquet file of many words": (wordy, "read|too_much_memory|corrupt_file"),
    "a Parquet file of 20,000 row groups": (many_groups, "read|took_too_long"),
    "an Arrow file of absurd lengths": (absurd_lengths, "corrupt_file|too_much_memory|parser_died"),
    "a deep Parquet file": (deep, "*"),
    "a cut Parquet file": (cut(parquet, 0.8), "corrupt_file"),
    "a cut Arrow file": (cut(arrow, 0.8), "corrupt_file"),
    "an Arrow file with lying offsets": (lying_offsets, "*"),
    "an Arrow file with lying indices": (lying_indices, "*"),
    **{f"a damaged Parquet file {n}": (damaged(parquet, n, 40), "*") for n in range(3)},
    **{f"a damaged Arrow file {n}": (damaged(arrow, n, 40), "*") for n in range(3)},
}
