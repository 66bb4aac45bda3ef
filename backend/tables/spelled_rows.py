"""Rows of a page of very many cells as JSON text, which Arrow puts together.

A Python value and a place in a dictionary for each of 200,000 cells take twice as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute

from backend.domain import Column
from backend.tables.exports.texts import raw_bytes

pc: Any = pyarrow.compute

Spelled = tuple[Sequence[int], "pa.Array[Any]"]
"""Cells as JSON text, of one column after the other, and the positions of these columns."""


def spelled_rows(columns: Sequence[Column], cells: Sequence[Spelled], rows: int) -> orjson.Fragment:
    """A JSON array of `rows` objects by column key; neither rows nor columns may be missing."""
    row_by_row = np.empty((rows, len(columns)), np.int64)
    begin = 0
    for positions, texts in cells:
        places = np.arange(begin, begin + len(texts)).reshape(len(positions), rows)
        row_by_row[:, positions] = places.T
        begin += len(texts)
    together = pa.concat_arrays([texts for _, texts in cells])
    # handed over as they are, the places would have Arrow import pandas first
    indices = pa.Array.from_buffers(pa.int64(), row_by_row.size, [None, _buffer(row_by_row)])
    spelled = pc.binary_join_element_wise(_keys(columns, rows), together.take(indices), "")
    return orjson.Fragment(b"".join((b"[", raw_bytes(spelled)[len(b"},") :], b"}]")))


def _keys(columns: Sequence[Column], rows: int) -> pa.Array[Any]:
    """What stands before each cell of so many rows: a row ends where the next one begins."""
    keys = [b",%b:" % orjson.dumps(column.key) for column in columns]
    keys[0] = b"},{" + keys[0][1:]
    row = b"".join(keys)
    ends = np.cumsum([len(key) for key in keys])
    offsets = np.zeros(rows * len(keys) + 1, np.int32)
    offsets[1:] = (np.arange(rows)[:, None] * len(row) + ends).ravel()
    buffers = [None, _buffer(offsets), pa.py_buffer(row * rows)]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


def _buffer(numbers: Any) -> pa.Buffer:
    return pa.py_buffer(numbers)
