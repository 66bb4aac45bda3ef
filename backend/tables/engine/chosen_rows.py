"""The rows of a sheet that a summary looks at, as DuckDB selects them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

BATCH_ROWS = 1 << 20
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

    def where(self, condition: str) -> ChosenRows:
        """Those of these rows that meet a further condition, which has no parameters."""
        return replace(self, condition=f"({self.condition}) AND ({condition})")

    def _sql(self, what: str, tail: str = "") -> str:
        return f"SELECT {what} FROM {self.source} WHERE {self.condition} {tail}"
