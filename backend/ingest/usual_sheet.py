"""From sheet XML as programs usually write it to columns, without a look at each single cell.

What a style makes of a number, a day for example, is asked of the engine: each distinct number is
put before it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from backend.ingest.books import check_area
from backend.ingest.cells import GatheredColumn
from backend.ingest.forms import pc
from backend.ingest.slabs import Slab
from backend.ingest.usual_cells import TEXT, VALUE, Cells, Manner, find_cells
from backend.ingest.usual_xml import Places, UnusualError, odd_texts, unescaped

MOST_BYTES = 16 * 1024 * 1024
"""A piece of the usual size has at most one long row more; arrays of more tags take memory."""
MOST_SPREAD = 4
"""More rows than this for each that is written are gaps: for the engine."""
FEWEST_ROWS = 1_000
NUMBER = r"^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$"
Strings = Callable[[Any], Any]
"""Numbers of shared strings → the strings, an empty one as null."""
Dated = Callable[[int, list[str]], list[Any] | None]
"""What numbers become in a style; None: they stay numbers."""


def read_usual(
    name: str, xml: bytes, strings: Strings, dated: Dated
) -> tuple[list[int], Slab | None]:
    """The numbers of rows with formulas that nobody has calculated, and all rows of a piece of the
    sheet `name`; None if it holds none. Raises UnusualError."""
    if not xml.strip():
        return [], None
    if len(xml) > MOST_BYTES:
        raise UnusualError
    cells = find_cells(xml)
    filled = _filled(cells)
    uncalculated = cells.rows[cells.row[cells.formula & ~filled]] + 1
    if not filled.any():
        return uncalculated.tolist(), None
    row, column = cells.rows[cells.row[filled]], cells.column[filled]
    first, count, width = int(row[0]), int(row[-1] - row[0]) + 1, int(column.max()) + 1
    if count > MOST_SPREAD * len(cells.rows) + FEWEST_ROWS or width > FEWEST_ROWS:
        raise UnusualError
    check_area(name, count, width, len(row))
    reader = _Reader(cells, strings, dated, filled, first, count)
    return uncalculated.tolist(), Slab(first + 1, count, reader.columns(width))


def _filled(cells: Cells) -> Any:
    """Which cells have a text. Raises UnusualError where what holds it is not what it should be."""
    in_value, in_text = cells.holder == VALUE, cells.holder == TEXT
    if not len(cells.manner):
        return in_value
    inline = np.array([manner.kind == "inlineStr" for manner in cells.manners], bool)
    shared = np.array([manner.kind == "s" for manner in cells.manners], bool)
    if (in_text != inline[cells.manner])[in_text | in_value].any():
        raise UnusualError
    long = cells.end > cells.start
    if (in_value & ~long & shared[cells.manner]).any():
        raise UnusualError
    return (in_value | in_text) & long


class _Reader:
    def __init__(
        self, cells: Cells, strings: Strings, dated: Dated, filled: Any, first: int, count: int
    ) -> None:
        self.cells = cells
        self.strings = strings
        self.dated = dated
        self.filled = filled
        self.count = count
        self.row = cells.rows[cells.row] - first
        """For each cell its row in the slab."""

    def columns(self, width: int) -> list[Any]:
        order = np.argsort(self.cells.column.astype(np.int16), kind="stable")
        order = order[self.filled[order]]
        counts = np.bincount(self.cells.column[order], minlength=width)
        parts = np.split(order, np.cumsum(counts)[:-1]) if width else []
        return [self._column(part) for part in parts]

    def _column(self, part: Places) -> Any:
        """The cells of one column, of which these have a text."""
        if not len(part):
            return pa.nulls(self.count)
        manner = self.cells.manner[part]
        used = np.flatnonzero(np.bincount(manner))
        values = [self._values(part[manner == one], self.cells.manners[one]) for one in used]
        if len(used) == 1 and not isinstance(values[0], list):
            return self._in_rows(part, values[0])
        order = np.concatenate([np.flatnonzero(manner == one) for one in used])
        if len({_type(value) for value in values} | {None}) == 2:
            together = pa.concat_arrays(values).take(pa.array(np.argsort(order)))
            return self._in_rows(part, together)
        cells: list[Any] = [None] * self.count
        for one, value in zip(used, values, strict=True):
            some = value if isinstance(value, list) else value.to_pylist()
            for at, cell in zip(self.row[part[manner == one]], some, strict=True):
                cells[at] = cell
        return cells

    def _in_rows(self, part: Places, values: Any) -> Any:
        """Values put where their rows are; what lies between is null."""
        if len(values) == self.count:
            return values
        places = np.full(self.count, -1, np.int64)
        places[self.row[part]] = np.arange(len(part))
        return values.take(pa.array(places, mask=places < 0))

    def _values(self, part: Places, manner: Manner) -> Any:
        """The values of cells that are written alike."""
        texts = self.cells.tags.texts(self.cells.start[part], self.cells.end[part])
        read = _READERS.get(manner.kind)
        if read is None:
            raise UnusualError
        return read(self, texts, manner)

    def _numbers(self, texts: Any, manner: Manner) -> Any:
        numbers = _floats(texts)
        if manner.style is None:
            return numbers
        distinct = texts.dictionary_encode()
        values = self.dated(manner.style, distinct.dictionary.to_pylist())
        if values is None:
            return numbers
        column = GatheredColumn()
        array = column.take(values)
        if column.mixed:
            return [values[at] for at in distinct.indices.to_pylist()]
        return array.take(distinct.indices)

    def _shared(self, texts: Any, _: Manner) -> Any:
        try:
            return self.strings(pc.cast(texts, pa.int64()).to_numpy())
        except pa.ArrowInvalid as error:
            raise UnusualError from error

    def _texts(self, texts: Any, _: Manner) -> Any:
        if pc.any(odd_texts(texts)).as_py():
            raise UnusualError
        return unescaped(texts)

    def _booleans(self, texts: Any, _: Manner) -> Any:
        known = pa.array(["0", "1"])
        if not pc.all(pc.is_in(texts, known)).as_py():
            raise UnusualError
        return pc.equal(texts, "1")

    def _errors(self, texts: Any, _: Manner) -> Any:
        return texts


_READERS: Mapping[str, Callable[[_Reader, Any, Manner], Any]] = {
    "n": _Reader._numbers,
    "s": _Reader._shared,
    "str": _Reader._texts,
    "inlineStr": _Reader._texts,
    "b": _Reader._booleans,
    "e": _Reader._errors,
}


def _floats(texts: Any) -> Any:
    if not pc.all(pc.match_substring_regex(texts, NUMBER)).as_py():
        raise UnusualError
    numbers = pc.cast(texts, pa.float64())
    if not pc.all(pc.is_finite(numbers)).as_py():
        raise UnusualError
    return numbers


def _type(values: Any) -> Any:
    return None if isinstance(values, list) else values.type
