"""A sheet as an operation sees it: a DuckDB connection and the SQL names of what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import duckdb

from backend.domain import Column, RowQuery
from backend.tables.engine import search
from backend.tables.engine.folding import folded, unaccented
from backend.tables.engine.questions import QueryFailed, Source
from backend.tables.engine.sql import (
    FOLDED_PREFIX,
    ROW,
    TEXT_PREFIX,
    Condition,
    literal,
    order_by,
    quoted,
    shown_text,
    where,
)

__all__ = ["HIDING", "NEEDS_NATIVE", "TEXT_PREFIX", "OpenRows"]

# A column of this name hides the row numbers that DuckDB gives the rows of a Parquet file.
HIDING = "file_row_number"
NEEDS_NATIVE = "needs_native"


class OpenRows:
    """One sheet, opened for one question. `catalog` is where its native file is attached."""

    def __init__(
        self,
        source: Source,
        connection: duckdb.DuckDBPyConnection,
        catalog: str | None,
        stored: frozenset[str] = frozenset(),
    ) -> None:
        """`stored`: the names of all columns of the native file."""
        self.source = source
        self.sheet = source.sheet
        self.connection = connection
        self.columns = {column.key: column for column in source.sheet.columns}
        self._catalog = catalog
        self._stored = stored
        self.go_on: Callable[[], None] = lambda: None
        """To be called between two steps that DuckDB does not see: raises where nobody waits."""

    @property
    def is_native(self) -> bool:
        """Whether the rows come from a native file, where written text stands beside values."""
        return self._catalog is not None

    @property
    def relation(self) -> str:
        """What to put after FROM: every column under its key, and the row number as `ROW`.

        QueryFailed `needs_native` where only a native file can give that.
        """
        if self._catalog is not None:
            return f"{quoted(self._catalog)}.data"
        if HIDING in self.columns:
            raise QueryFailed(NEEDS_NATIVE)
        return _parquet(str(self.source.data))

    @property
    def written_relation(self) -> str:
        """The written text of the columns that have it, under their keys, and `ROW`."""
        if HIDING in self.columns or self.source.written is None:
            raise QueryFailed(NEEDS_NATIVE)
        return _parquet(str(self.source.written))

    def column(self, key: str) -> str:
        """A column as an SQL identifier."""
        return quoted(self.columns[key].key)

    def text(self, key: str) -> str:
        """The cell as `values=text` shows it, as an SQL expression; null stays null.

        QueryFailed `needs_native` for written text beside a Parquet file.
        """
        column = self.columns[key]
        if not column.written:
            return shown_text(quoted(key), column.type)
        if not self.is_native:
            raise QueryFailed(NEEDS_NATIVE)
        return quoted(TEXT_PREFIX + key)

    def folded_text(self, key: str) -> str:
        """The same without case and accents, as `q` compares it, for text and written cells."""
        text = self.text(key)
        if not self.is_native:
            return folded(text)
        # What is not kept folded has none of the letters that this is about.
        kept = FOLDED_PREFIX + key
        return quoted(kept) if kept in self._stored else unaccented(text)

    def where(self, query: RowQuery) -> Condition:
        """The condition of the filters and the search, for after WHERE."""
        return where(query, self.columns, partial(search.condition, self))

    def order_by(self, query: RowQuery) -> str:
        """The terms for after ORDER BY; ties are in the order of the rows."""
        return order_by(query, self.columns)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run one statement."""
        return self.connection.execute(sql, list(parameters))

    def searched(self) -> list[Column]:
        """The columns that `q` looks into: all."""
        return list(self.sheet.columns)


def _parquet(path: str) -> str:
    rows = f"SELECT {HIDING} AS {ROW}, * FROM read_parquet({literal(path)})"
    return f"({rows}) AS data"
