"""Whole columns of text at once: what is in their bytes, and lines made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute

from backend.tables.canonical import canonical_text
from backend.tables.exports.blocks import Block, Stored

pc: Any = pyarrow.compute

Part: TypeAlias = "pa.Array[Any] | str"
"""A column of text, or a text that is the same in every row."""

LARGEST_PLAIN = 2**29


def texts_of(block: Block, columns: Sequence[Stored]) -> Block:
    """The cells as `values=text` shows them: as they were written, else the canonical text."""
    return [
        array if stored.written else canonical_text(array)
        for array, stored in zip(block, columns, strict=True)
    ]


def raw_bytes(text: pa.Array[Any]) -> memoryview:
    """All bytes of a column of text, one cell after the other, without a copy."""
    offsets, data = text.buffers()[1], text.buffers()[2]
    if offsets is None or data is None:
        return memoryview(b"")
    wide = pa.types.is_large_string(text.type)
    places = memoryview(offsets).cast("q" if wide else "i")
    return memoryview(data)[places[text.offset] : places[text.offset + len(text)]]


def holds_any(text: pa.Array[Any], characters: bytes) -> bool:
    """Whether any cell has any of a few ASCII characters: far quicker than asking each cell."""
    data = bytes(raw_bytes(text))
    return any(character in data for character in characters)


def holds_controls(text: pa.Array[Any]) -> bool:
    """Whether any cell has a character below the space."""
    return bool((np.frombuffer(raw_bytes(text), np.uint8) < ord(" ")).any())


def joined(parts: Sequence[Part]) -> bytes:
    """Row by row all parts, one behind the other. A null is nothing."""
    held = sum(part.nbytes for part in parts if not isinstance(part, str))
    if held > LARGEST_PLAIN:
        # A plain column of text ends at 2 GiB, and some rows are as long as that.
        parts = [part if isinstance(part, str) else part.cast(pa.large_string()) for part in parts]
    lines = pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")
    return bytes(raw_bytes(lines))
