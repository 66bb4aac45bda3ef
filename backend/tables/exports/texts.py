"""Whole columns of text at once: what is in their bytes, and lines made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from backend.tables.canonical import canonical_text
from backend.tables.exports.blocks import Block, Stored

pc: Any = pyarrow.compute

Part: TypeAlias = "pa.Array[Any] | str"
"""A column of text, or a text that is the same in every row."""

LARGEST_PLAIN = 2**29
LOOKED_AT = 256 * 1024
"""How many bytes are searched at once: what is found in them takes eight times as many."""
FEW = 4
"""A column whose values come so many times each, or more, is spelled value by value."""


def texts_of(block: Block, columns: Sequence[Stored]) -> Block:
    """The cells as `values=text` shows them: as they were written, else the canonical text."""
    return [
        array if stored.written else _spelled(array)
        for array, stored in zip(block, columns, strict=True)
    ]


def _spelled(array: pa.Array[Any]) -> pa.Array[Any]:
    if pa.types.is_timestamp(array.type):
        # Moments are the dearest to spell, and often there are few: four times as fast then.
        encoded = array.dictionary_encode()
        if len(encoded.dictionary) * FEW <= len(array):
            return canonical_text(encoded.dictionary).take(encoded.indices)
    return canonical_text(array)


def raw_bytes(text: pa.Array[Any]) -> memoryview:
    """All bytes of a column of text, one cell after the other, without a copy."""
    offsets, data = text.buffers()[1], text.buffers()[2]
    if offsets is None or data is None:
        return memoryview(b"")
    wide = pa.types.is_large_string(text.type)
    places = memoryview(offsets).cast("q" if wide else "i")
    return memoryview(data)[places[text.offset] : places[text.offset + len(text)]]


def cell_ends(text: pa.Array[Any]) -> npt.NDArray[np.int64]:
    """Where in `raw_bytes` each cell ends. An empty cell and a null end where they begin."""
    offsets = text.buffers()[1]
    if offsets is None:
        return np.zeros(len(text), np.int64)
    kind = "q" if pa.types.is_large_string(text.type) else "i"
    places = np.frombuffer(memoryview(offsets), kind)[text.offset : text.offset + len(text) + 1]
    ends: npt.NDArray[np.int64] = (places[1:] - places[0]).astype(np.int64)
    return ends


def first_bytes(text: pa.Array[Any]) -> npt.NDArray[np.uint8]:
    """The first byte of each cell; 0 where there is none."""
    ends = cell_ends(text)
    if not len(ends) or not ends[-1]:
        return np.zeros(len(text), np.uint8)
    begins = np.concatenate(([0], ends[:-1]))
    data = np.frombuffer(raw_bytes(text), np.uint8)
    return np.where(begins < ends, data[np.minimum(begins, len(data) - 1)], np.uint8(0))


def holds_any(text: pa.Array[Any], characters: bytes) -> bool:
    """Whether any cell has any of a few ASCII characters: far quicker than asking each cell."""
    data = bytes(raw_bytes(text))
    return any(character in data for character in characters)


def cells_holding(text: pa.Array[Any], characters: bytes) -> npt.NDArray[np.bool_]:
    """Which cells have any of a few ASCII characters."""
    data, found = raw_bytes(text), np.zeros(len(text), np.bool_)
    sought = np.zeros(256, np.bool_)
    sought[list(characters)] = True
    for begin in range(0, len(data), LOOKED_AT):
        piece = bytes(data[begin : begin + LOOKED_AT])
        if any(character in piece for character in characters):
            places = np.flatnonzero(sought[np.frombuffer(piece, np.uint8)]) + begin
            found[np.searchsorted(cell_ends(text), places, side="right")] = True
    return found


def holds_controls(text: pa.Array[Any]) -> bool:
    """Whether any cell has a character below the space."""
    return bool((np.frombuffer(raw_bytes(text), np.uint8) < ord(" ")).any())


def enclosed(
    text: pa.Array[Any], where: npt.NDArray[np.bool_], before: str, after: str
) -> pa.Array[Any]:
    """The same texts, those `where` between two others."""
    mask = pa.array(where)
    left, right = (pc.if_else(mask, side, "") if side else "" for side in (before, after))
    made: pa.Array[Any] = pc.binary_join_element_wise(left, text, right, "")
    return made


def joined(parts: Sequence[Part], between: str = "") -> bytes:
    """Row by row all parts, one behind the other, with a text between them. A null is nothing."""
    kind: Any = pa.string()
    if sum(part.nbytes for part in parts if not isinstance(part, str)) > LARGEST_PLAIN:
        # A plain column of text ends at 2 GiB, and some rows are as long as that.
        kind = pa.large_string()
    same_kind = [pa.scalar(one, kind) if isinstance(one, str) else one.cast(kind) for one in parts]
    lines = pc.binary_join_element_wise(
        *same_kind, pa.scalar(between, kind), null_handling="replace", null_replacement=""
    )
    return bytes(raw_bytes(lines))
