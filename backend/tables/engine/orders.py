"""The rows of a view, in its order, as a file of row numbers: any slice of it is one short read."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import numpy as np

HEAD = b"TCROWS1\0"
TAIL = b"TCWHOLE\0"
COUNT = struct.Struct("<QQ")
"""How many row numbers follow, and how many bytes each takes."""

FIRST = len(HEAD) + COUNT.size
Numbers = np.ndarray[Any, np.dtype[Any]]


def write_order(path: Path, numbers: Numbers) -> None:
    """Write the row numbers to a new file."""
    with path.open("xb") as file:
        file.write(HEAD + COUNT.pack(len(numbers), numbers.itemsize))
        numbers.tofile(file)
        file.write(TAIL)


def read_order(path: Path, offset: int, limit: int) -> tuple[Numbers, int]:
    """At most `limit` row numbers from `offset` on, and how many there are in all."""
    with path.open("rb") as file:
        count, width = COUNT.unpack(file.read(FIRST)[len(HEAD) :])
        inside = range(count)[offset : offset + limit]
        file.seek(FIRST + inside.start * width)
        data = file.read(len(inside) * width)
    return np.frombuffer(data, np.uint32 if width == 4 else np.uint64), count


def is_whole_order(path: Path) -> bool:
    """Whether the file has all it says it has."""
    with path.open("rb") as file:
        head = file.read(FIRST)
        if len(head) < FIRST:
            return False
        count, width = COUNT.unpack(head[len(HEAD) :])
        if file.seek(0, os.SEEK_END) != FIRST + count * width + len(TAIL):
            return False
        file.seek(-len(TAIL), os.SEEK_END)
        return file.read() == TAIL
