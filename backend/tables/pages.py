"""Pages: a slice of the rows of one sheet, at the same price at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pyarrow as pa

from backend.domain import Column, Page, PageQuery, Sheet
from backend.tables.cells import json_bytes, text_cells, typed_cells
from backend.tables.engine.sql import TEXT_PREFIX
from backend.tables.exports.json_lines import json_cells, json_text
from backend.tables.files import DamagedFileError, Fetch, FileCache
from backend.tables.near import chosen_columns
from backend.tables.page_budget import PageBudget
from backend.tables.ranges import Ranges
from backend.tables.row_groups import DecodedCache, RowGroups
from backend.tables.spelled_rows import spelled_rows

Arrays = list["pa.Array[Any]"]
"""The values of one column, part by part."""

SPELLED_CELLS = 20_000
"""From so many cells on it is quicker to spell a page as whole columns."""

SMALL_CELLS = 2_000
SMALL_BYTES = 128 * 1024
"""A page up to this size is made in half a millisecond."""


class PageReader:
    """Reads pages of sheets whose blobs `fetch` brings. Blocking, and safe to share by threads."""

    def __init__(
        self,
        files: FileCache,
        fetch: Fetch,
        *,
        row_group_cache_bytes: int,
        max_page_bytes: int,
        ranges: Ranges | None = None,
    ) -> None:
        """With `ranges`, pages of a large blob do not wait until all of it is on this node."""
        self._groups = RowGroups(files, fetch, row_group_cache_bytes, ranges)
        self._max_page_bytes = max_page_bytes

    @property
    def decoded(self) -> DecodedCache:
        """The cache of decoded row groups, for its counters."""
        return self._groups.decoded

    def read(self, sheet: Sheet, query: PageQuery, *, null_text: str | None = None) -> Page:
        """The rows that `query` asks for, ready for JSON; none where the offset is past the end.

        `null_text` is what a null becomes with `values=text`. UnknownColumnError names the column
        and its near matches, PageTooLargeError says what to ask for instead. DamagedFileError if a
        blob is not the table that `sheet` describes.
        """
        columns = chosen_columns(sheet, query.columns)
        rows = _rows(sheet, query)
        budget = _budget(self._max_page_bytes, rows, columns, query)
        arrays: dict[str, Arrays] = {}
        for blob_id, stored in _sources(sheet, columns, query):
            parts = self._parts(blob_id, stored, rows, sheet, budget) if rows else []
            arrays |= _by_key(stored, parts)
        return _page(columns, [arrays[column.key] for column in columns], rows, query, null_text)

    def read_kept(
        self, sheet: Sheet, query: PageQuery, *, null_text: str | None = None
    ) -> Page | None:
        """What `read` gives, if it is decoded already and small; None otherwise.

        Touches no disk and takes less than a millisecond: an event loop may wait for it, which
        costs it less than to wait for another thread.
        """
        columns = chosen_columns(sheet, query.columns)
        rows = _rows(sheet, query)
        if len(rows) * len(columns) > SMALL_CELLS:
            return None
        budget = _budget(self._max_page_bytes, rows, columns, query)
        arrays: dict[str, Arrays] = {}
        for blob_id, stored in _sources(sheet, columns, query):
            parts = self._groups.kept(blob_id, [one.key for one in stored], rows, sheet.rows)
            if parts is None or sum(map(json_bytes, parts)) > SMALL_BYTES:
                return None
            for part in parts:
                budget.spend(part)
            arrays |= _by_key(stored, parts)
        return _page(columns, [arrays[column.key] for column in columns], rows, query, null_text)

    def page_of(
        self, sheet: Sheet, query: PageQuery, table: pa.Table, *, null_text: str | None = None
    ) -> Page:
        """The page whose rows the query process has found: written text under `#text:` + key.

        Errors as of `read`.
        """
        columns = chosen_columns(sheet, query.columns)
        rows = range(table.num_rows)
        budget = _budget(self._max_page_bytes, rows, columns, query)
        arrays = [_column_of(table, column, query) for column in columns]
        if rows:
            budget.spend(pa.RecordBatch.from_arrays(arrays, names=[one.key for one in columns]))
        # without rows the values may come without their types
        return _page(columns, [[one] if rows else [] for one in arrays], rows, query, null_text)

    def close(self) -> None:
        """Close the open files and forget what was decoded."""
        self._groups.open_files.close_all()
        self._groups.decoded.clear()

    def _parts(
        self, blob_id: str, stored: list[Column], rows: range, sheet: Sheet, budget: PageBudget
    ) -> list[pa.RecordBatch]:
        """The Arrow values of `rows`; nothing is converted before all of them fit the budget."""
        parts: list[pa.RecordBatch] = []
        keys = [column.key for column in stored]
        with closing(self._groups.read(blob_id, keys, rows, sheet.rows)) as reading:
            for part in reading:
                budget.spend(part)
                parts.append(part)
        return parts


def is_small(found: bytes, sheet: Sheet, query: PageQuery) -> bool:
    """Whether it takes less than a millisecond to make a page of what was found."""
    columns = len(sheet.columns) if query.columns is None else len(query.columns)
    return query.limit * columns <= SMALL_CELLS and len(found) <= SMALL_BYTES


def _rows(sheet: Sheet, query: PageQuery) -> range:
    return range(sheet.rows)[query.offset : query.offset + query.limit]


def _by_key(stored: Sequence[Column], parts: Sequence[pa.RecordBatch]) -> dict[str, Arrays]:
    columns_of = [part.columns for part in parts]
    return {
        one.key: [columns[position] for columns in columns_of]
        for position, one in enumerate(stored)
    }


def _sources(
    sheet: Sheet, columns: Sequence[Column], query: PageQuery
) -> Iterator[tuple[str, list[Column]]]:
    """Which blob holds which columns, each column once."""
    as_text = query.values == "text"
    distinct = {column.key: column for column in columns}.values()
    written = [column for column in distinct if as_text and column.written]
    typed = [column for column in distinct if not (as_text and column.written)]
    if written:
        if sheet.written is None:
            raise DamagedFileError(f"sheet {sheet.name!r} has lost its written text")
        yield sheet.written, written
    if typed:
        yield sheet.data, typed


def read_found(found: bytes) -> tuple[pa.Table, int]:
    """What the query process answers with: rows, and how many there are in all."""
    with pa.ipc.open_stream(found) as stream:
        table = stream.read_all()
    return table, int((table.schema.metadata or {})[b"total"])


def _column_of(table: pa.Table, column: Column, query: PageQuery) -> pa.Array[Any]:
    as_text = query.values == "text" and column.written
    found = table.column(TEXT_PREFIX + column.key if as_text else column.key)
    chunks = found.chunks
    # not an empty list as an array: Arrow would import pandas for that, 0.2 s
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays([pa.nulls(0, found.type), *chunks])


def _budget(max_bytes: int, rows: range, columns: Sequence[Column], query: PageQuery) -> PageBudget:
    return PageBudget(max_bytes, len(rows), columns, objects=query.shape == "objects")


def _page(
    columns: tuple[Column, ...],
    arrays: Sequence[Arrays],
    rows: range,
    query: PageQuery,
    null_text: str | None,
) -> Page:
    """The page of these values: of each column those of all its rows, in one array or several."""
    as_objects = query.shape == "objects"
    if as_objects and len(rows) * len(columns) >= SPELLED_CELLS:
        return Page(columns, _spelled(columns, arrays, rows, query, null_text))
    cells = _cells(columns, arrays, query, null_text)
    return Page(columns, _objects(columns, cells, rows) if as_objects else _arrays(cells, rows))


def _spelled(
    columns: Sequence[Column],
    arrays: Sequence[Arrays],
    rows: range,
    query: PageQuery,
    null_text: str | None,
) -> Any:
    """The rows as JSON text."""
    found = _by_kind(columns, arrays)
    if query.values == "text":
        cells = [(positions, json_text(together, null_text)) for positions, together in found]
    else:
        cells = [
            (positions, json_cells(together, columns[positions[0]]))
            for positions, together in found
        ]
    return spelled_rows(columns, cells, len(rows))


def _cells(
    columns: Sequence[Column],
    arrays: Sequence[Arrays],
    query: PageQuery,
    null_text: str | None,
) -> list[list[Any]]:
    """The cells of each column."""
    cells: list[list[Any]] = [[] for _ in columns]
    for positions, together in _by_kind(columns, arrays):
        if query.values == "text":
            values = text_cells(together, null_text)
        else:
            values = typed_cells(together, columns[positions[0]])
        begin = 0
        for at in positions:
            end = begin + sum(map(len, arrays[at]))
            cells[at] = values[begin:end]
            begin = end
    return cells


def _by_kind(
    columns: Sequence[Column], arrays: Sequence[Arrays]
) -> Iterator[tuple[list[int], pa.Array[Any]]]:
    """The positions of the columns of each kind, and their values one after the other.

    Each conversion costs more than a hundred cells do, and a sheet may have 2,000 columns.
    """
    kinds: dict[tuple[Any, ...], list[int]] = {}
    for position, (column, parts) in enumerate(zip(columns, arrays, strict=True)):
        if parts:
            kinds.setdefault((column.type, column.exact, parts[0].type), []).append(position)
    for positions in kinds.values():
        yield positions, pa.concat_arrays([part for at in positions for part in arrays[at]])


def _objects(
    columns: Sequence[Column], cells: list[list[Any]], rows: range
) -> list[dict[str, Any]]:
    if not cells:
        return [{} for _ in rows]
    keys = [column.key for column in columns]
    return [dict(zip(keys, row, strict=True)) for row in zip(*cells, strict=True)]


def _arrays(cells: list[list[Any]], rows: range) -> list[list[Any]]:
    if not cells:
        return [[] for _ in rows]
    return [list(row) for row in zip(*cells, strict=True)]
