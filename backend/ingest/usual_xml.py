"""XML as spreadsheet programs usually write it, taken apart as a whole: its tags are arrays.

Nothing is guessed. What is written in any other way is refused, and read by an engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from backend.ingest.forms import pc

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Places = np.ndarray[Any, np.dtype[np.int64]]
PADDING = bytes(32)
ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
"""The ampersand last: what it stands before must not become another entity."""
ODD = r"&#|_x|\r|^\s|\s$"
"""References by number, `_x000D_`, line breaks that XML would change, and spaces that may count."""


class UnusualError(Exception):
    """It is written in a way that only an engine understands."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Where each tag begins and ends, and what it is (0: none of those that were named)."""

    data: Bytes
    begin: Places
    end: Places
    kind: Bytes

    def words(self, places: Places) -> Any:
        """The eight bytes from each place on, as one number each."""
        count = len(self.data) - 7
        everywhere: Any = np.ndarray((count,), "<u8", self.data.data, strides=(1,))
        return everywhere[places]

    def texts(self, starts: Places, ends: Places) -> Any:
        """What stands from each start to its end, as an array of texts; an empty one is null.

        Raises UnusualError for bytes that are no UTF-8.
        """
        lengths = ends - starts
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
        content = self.data[places]
        found: Any = pa.Array.from_buffers(
            pa.large_binary(),
            len(lengths),
            [None, _buffer(offsets), _buffer(content)],
        )
        try:
            texts: Any = found.cast(pa.string())
        except pa.ArrowInvalid as error:
            raise UnusualError from error
        if not lengths.all():
            texts = pc.if_else(pc.equal(texts, ""), None, texts)
        return texts


def find_tags(xml: bytes, names: Mapping[bytes, int], lengths: Mapping[int, int]) -> Tags:
    """The tags of XML that begins and ends with one. `names` gives the kind of a tag by its first
    two bytes, `lengths` how far it is from `<` to `>` where only one way to write it is usual.

    Raises UnusualError where a `>` stands alone, or a tag is not as long as it should be.
    """
    data = np.frombuffer(xml + PADDING, np.uint8)
    begin, end = np.flatnonzero(data == ord("<")), np.flatnonzero(data == ord(">"))
    if len(begin) != len(end) or not len(begin):
        raise UnusualError
    if (end < begin).any() or (begin[1:] < end[:-1]).any():
        raise UnusualError
    first: Any = data[begin + 1].astype(np.uint16) | (data[begin + 2].astype(np.uint16) << 8)
    kinds = np.zeros(65536, np.uint8)
    for name, kind in names.items():
        kinds[int.from_bytes(name, "little")] = kind
    kind = kinds[first]
    expected = np.zeros(256, np.int64)
    for number, length in lengths.items():
        expected[number] = length
    usual = expected[kind]
    if ((usual != 0) & (usual != end - begin)).any():
        raise UnusualError
    return Tags(data, begin, end, kind)


def odd_texts(texts: Any) -> Any:
    """Which texts only an engine understands, as an array of booleans."""
    odd = pc.match_substring_regex(texts, ODD)
    ampersands = pc.count_substring(texts, "&")
    if not pc.any(pc.greater(ampersands, 0)).as_py():
        return pc.fill_null(odd, False)
    for entity in ENTITIES:
        ampersands = pc.subtract(ampersands, pc.count_substring(texts, entity))
    return pc.fill_null(pc.or_(odd, pc.not_equal(ampersands, 0)), False)


def unescaped(texts: Any) -> Any:
    """Texts, none of them odd, with the five entities resolved."""
    if pc.any(pc.match_substring(texts, "&")).as_py():
        for entity, character in ENTITIES.items():
            texts = pc.replace_substring(texts, entity, character)
    return texts


def _buffer(array: Any) -> pa.Buffer:
    return pa.py_buffer(array)
