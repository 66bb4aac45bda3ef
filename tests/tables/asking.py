"""Questions to a sheet, as the query process answers them, without the process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from backend.domain import Column, ColumnType, Filter, Operator, RowQuery, Sheet, SortKey
from backend.tables.columnar import open_writer
from backend.tables.engine import building
from backend.tables.engine.database import QueryDatabase
from backend.tables.engine.derived import is_whole_derived
from backend.tables.engine.questions import Question, Source
from backend.tables.pages import read_found
from tests.asking_pandas import KINDS, Row

GROUP_ROWS = 5
UNLIMITED = {"max_bytes": 2**30, "objects": True}


def write(path: Path, keys: list[str], kinds: list[str], cells: list[Row]) -> None:
    """A columnar file with short row groups."""
    columns = [
        pa.array([row[at] for row in cells], KINDS[kind][0]) for at, kind in enumerate(kinds)
    ]
    table = pa.table(columns, names=keys)
    with open_writer(path, table.schema) as writer:
        for start in range(0, len(cells), GROUP_ROWS):
            writer.write_table(table.slice(start, GROUP_ROWS), row_group_size=GROUP_ROWS)


def source_of(folder: Path, keys: list[str], kinds: list[str], cells: list[Row]) -> Source:
    """The files of a sheet, as ingest leaves them."""
    write(folder / "data", keys, kinds, cells)
    columns = tuple(
        Column(key, key, ColumnType(kind), 0) for key, kind in zip(keys, kinds, strict=True)
    )
    # a process keeps files open under the id of their blob
    return Source(Sheet(0, "sheet", len(cells), columns, str(folder)), folder / "data")


def build(database: QueryDatabase, source: Source, folder: Path) -> Source:
    """The same with its native and its flat file."""
    for name, operation in (
        ("native", building.build_native),
        ("flat", building.build_flat),
    ):
        path = folder / name
        with database.open(source) as opened:
            operation(opened, Question(source, arguments={"path": str(path)}))
        assert is_whole_derived(path)
    return Source(source.sheet, source.data, source.written, folder / "native", folder / "flat")


def query_of(question: Any) -> RowQuery:
    """A question as the service hands it on."""
    filters, search, sort, is_natural, _ = question
    return RowQuery(
        tuple(
            Filter(key, Operator(name), tuple(value) if name == "in" else (value,))
            for key, name, value in filters
        ),
        search,
        tuple(SortKey(key, descending) for key, descending in sort),
        "natural" if is_natural else "codepoint",
    )


def answer(
    database: QueryDatabase, operation: Any, source: Source, query: RowQuery, **arguments: Any
) -> tuple[list[dict[str, Any]], int]:
    """The rows and the total."""
    keys = [column.key for column in source.sheet.columns]
    given = {"offset": 0, "limit": 1000, "keys": keys, "texts": [], **UNLIMITED, **arguments}
    with database.open(source) as opened:
        table, total = read_found(operation(opened, Question(source, query, given)))
    return table.to_pylist(), total
