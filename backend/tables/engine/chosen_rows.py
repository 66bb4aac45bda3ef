"""The rows of a sheet that a summary looks at, as DuckDB selects them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from backend.domain import Column, ColumnType, RowQuery
from backend.tables.engine.opened import OpenRows
from backend.tables.engine.sql import ROW, quoted

BATCH_ROWS = 1 << 20
COPIED_CELLS = 8_000_000
"""So many cells of chosen rows are copied aside, instead of being chosen for each column anew."""
FETCHED_AT_ONCE = 100
GROUPED = (ColumnType.TEXT, ColumnType.BOOLEAN)
"""What the database counts by itself."""
HELD_VALUES = 24_000_000
"""192 MB of numbers; sorting them takes as much again."""


@dataclass(frozen=True, slots=True)
class ChosenRows:
    """What stands after FROM, and a condition with its parameters."""

    connection: DuckDBPyConnection
    source: str
    condition: str = "true"
    parameters: tuple[Any, ...] = ()
    held_values: int = HELD_VALUES
    """How many values of a column may be held in memory; larger columns are read several times."""
    fetched: Mapping[str, pa.ChunkedArray[Any]] = field(default_factory=dict)
    """Columns brought together: a question for each takes milliseconds, and there may be 2,000."""

    def one(self, what: str, *, grouped: str = "") -> Any:
        """One row of aggregates: over these rows, or over the rows of the SELECT `grouped`."""
        sql = f"SELECT {what} FROM ({self._sql(grouped, 'GROUP BY 1')})" if grouped else ""
        return self.connection.execute(sql or self._sql(what), self.parameters).fetchall()[0]

    def batches(self, what: str, tail: str = "") -> pa.RecordBatchReader:
        """`what` of these rows as a stream, then whatever SQL follows WHERE."""
        # a relation streams where a cursor would hold the whole result first
        relation: Any = self.connection.sql(self._sql(what, tail), params=list(self.parameters))
        reader: pa.RecordBatchReader = relation.to_arrow_reader(BATCH_ROWS)
        return reader

    @contextmanager
    def column(self, key: str) -> Iterator[tuple[pa.DataType, Iterable[pa.Array[Any]]]]:
        """The type of a column and its values, part by part, until the block ends."""
        if (fetched := self.fetched.get(key)) is not None:
            yield fetched.type, fetched.chunks
            return
        # closed, or the connection takes no other query
        with closing(self.batches(quoted(key))) as reader:
            yield reader.schema.field(0).type, (batch.column(0) for batch in reader)

    def where(self, condition: str) -> ChosenRows:
        """Those of these rows that meet a further condition, which has no parameters."""
        return replace(self, condition=f"({self.condition}) AND ({condition})")

    def _sql(self, what: str, tail: str = "") -> str:
        return f"SELECT {what} FROM {self.source} WHERE {self.condition} {tail}"


def chosen_rows(rows: OpenRows, query: RowQuery, columns: Sequence[Column]) -> ChosenRows:
    """The rows of a query, chosen once however many columns are looked at.

    Few cells are copied aside: then a column of a very wide sheet costs no look at all others.
    """
    wanted = rows.where(query)
    found = ChosenRows(rows.connection, rows.relation, wanted.sql, wanted.parameters)
    if len(columns) == 1:
        return found
    is_whole = not (query.filters or query.search)
    (count,) = (rows.sheet.rows,) if is_whole else found.one("count(*)")
    # What a connection makes for itself goes when it is closed.
    make = f"CREATE TEMP TABLE chosen AS SELECT {{}} FROM {found.source} WHERE {found.condition}"
    if count * len(columns) <= COPIED_CELLS:
        names = ", ".join(quoted(key) for key in dict.fromkeys(column.key for column in columns))
        rows.execute(make.format(names), found.parameters).fetchall()
        return ChosenRows(rows.connection, "temp.chosen", fetched=_fetched(rows, columns))
    if is_whole:
        return found
    rows.execute(make.format(f"{ROW} AS number"), found.parameters).fetchall()
    numbered = f"{ROW} IN (SELECT number FROM temp.chosen)"
    return ChosenRows(rows.connection, rows.relation, numbered)


def _fetched(rows: OpenRows, columns: Sequence[Column]) -> dict[str, pa.ChunkedArray[Any]]:
    """Those of the rows copied aside whose values are looked at one by one."""
    keys = list(dict.fromkeys(column.key for column in columns if column.type not in GROUPED))
    fetched: dict[str, Any] = {}
    for begin in range(0, len(keys), FETCHED_AT_ONCE):
        names = ", ".join(quoted(key) for key in keys[begin : begin + FETCHED_AT_ONCE])
        table: Any = rows.connection.sql(f"SELECT {names} FROM temp.chosen").to_arrow_table()
        fetched |= zip(table.column_names, table.columns, strict=True)
        rows.go_on()
    return fetched
