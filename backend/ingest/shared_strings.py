"""The shared strings of an XLSX, of which there may be millions: on the disk, found by number.

A cell that names a shared string is marked in the XML before the engine reads it, so that the
engine needs no strings; afterwards each mark is replaced by what it stands for.
"""

from __future__ import annotations

import re
import secrets
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from backend.ingest.books import UnclearSheetError

MARK = f"\ue000{secrets.token_hex(6)}:"
"""Nobody who writes a file can know it."""
SHARED_CELL = re.compile(
    rb"(<(?:\w+:)?c\s(?:[^>]*?\s)?t=)[\"']s[\"']"
    rb"((?:\s[^>]*)?>\s*(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?\s*<(?:\w+:)?v>)(\d+)</"
)
USUAL = b' t="s"><v>'
USUAL_MARKED = b' t="str"><v>' + MARK.encode()
MARKED = rb'\1"str"\2' + MARK.encode() + rb"\3</"
MARKS = re.compile(MARK.encode() + rb"(\d+)")


def mark_strings(xml: bytes) -> tuple[bytes, list[int]]:
    """The XML of cells with shared strings as marks, and the numbers of those strings."""
    marked = xml.replace(USUAL, USUAL_MARKED)
    if b't="s"' in marked or b"t='s'" in marked:
        marked = SHARED_CELL.sub(MARKED, marked)
    return marked, sorted(map(int, set(MARKS.findall(marked))))


class SharedStrings:
    """All strings of a workbook, kept as they are given."""

    def __init__(self, batches: Iterator[Any]) -> None:
        """Batches are arrays of texts."""
        self._file = tempfile.NamedTemporaryFile(suffix=".strings")  # noqa: SIM115 - kept open
        weakref.finalize(self, self._file.close)
        self._starts: list[int] = []
        self._count = 0
        schema = pa.schema([("text", pa.large_string())])
        with pa.ipc.new_file(self._file.name, schema) as writer:
            for texts in batches:
                self._starts.append(self._count)
                self._count += len(texts)
                writer.write_batch(pa.record_batch([texts.cast(pa.large_string())], schema=schema))

    def by_mark(self, numbers: list[int]) -> dict[str, str]:
        """Each mark with its string. Numbers ascend; UnclearSheetError where there is no such."""
        if numbers and numbers[-1] >= self._count:
            raise UnclearSheetError(numbers[-1])
        found: dict[str, str] = {}
        # mapped anew each time: pages that were looked at must not add up to the whole
        with pa.memory_map(self._file.name) as source:
            reader = pa.ipc.open_file(source)
            for at, group in groupby(numbers, lambda n: bisect_right(self._starts, n) - 1):
                some = list(group)
                places: Any = pa.array([n - self._starts[at] for n in some])
                texts: list[Any] = reader.get_batch(at).column(0).take(places).to_pylist()
                found.update(zip((f"{MARK}{n}" for n in some), texts, strict=True))
        return found

    def by_number(self, numbers: Any) -> Any:
        """The string of each number, null where it is empty; UnclearSheetError for no such."""
        if numbers.max() >= self._count or numbers.min() < 0:
            raise UnclearSheetError(numbers.max())
        batch = np.searchsorted(self._starts, numbers, side="right") - 1
        used = [int(at) for at in np.flatnonzero(np.bincount(batch))]
        with pa.memory_map(self._file.name) as source:
            reader = pa.ipc.open_file(source)
            found: list[Any] = [
                reader.get_batch(at)
                .column(0)
                .take(pa.array(numbers[batch == at] - self._starts[at]))
                for at in used
            ]
        texts = found[0]
        if len(used) > 1:
            order = np.concatenate([np.flatnonzero(batch == at) for at in used])
            texts = pa.concat_arrays(found).take(pa.array(np.argsort(order)))
        return texts.cast(pa.string())

    def close(self) -> None:
        """Forget them."""
        self._file.close()
