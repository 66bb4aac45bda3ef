"""Operations that find rows: the first ones of a view, or all of any view, kept as a file.

Answers are an Arrow stream of the rows asked for, whose schema tells the exact total.
Arguments: `offset`, `limit`, `keys` (typed columns), `texts` (columns as they were written),
`max_bytes` and `objects` (what `PageBudget` is to hold the page to), and `order`: the path to read
the row numbers from, or to write them to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from backend.domain import ColumnType
from backend.tables.engine.gathering import gather
from backend.tables.engine.opened import OpenRows
from backend.tables.engine.orders import Numbers, read_order, write_order
from backend.tables.engine.questions import Question
from backend.tables.engine.registry import operation
from backend.tables.engine.sql import ROW, Condition, comparable, sort_expression
from backend.tables.page_budget import PageBudget

TOTAL = b"total"
STREAMED = pa.ipc.IpcWriteOptions()
"""Given, or Arrow looks through the environment for each answer."""


@operation("first_rows")
def first_rows(rows: OpenRows, question: Question) -> bytes:
    """The rows at the beginning of a view, without the numbers of all the others."""
    wanted = question.arguments["offset"] + question.arguments["limit"]
    condition = rows.where(question.query)
    total = count_rows(rows, question, condition)
    numbers = _first_numbers(rows, question, condition, min(wanted, total))
    return _answer(rows, question, numbers[question.arguments["offset"] :], total)


@operation("select_rows")
def select_rows(rows: OpenRows, question: Question) -> bytes:
    """All rows of a view: their numbers go to the file `order`, and a slice of them comes back."""
    numbers = row_numbers(rows, question)
    write_order(Path(question.arguments["order"]), numbers)
    begin = question.arguments["offset"]
    slice = numbers[begin : begin + question.arguments["limit"]]
    return _answer(rows, question, slice, len(numbers))


@operation("rows_of_order")
def rows_of_order(rows: OpenRows, question: Question) -> bytes:
    """A slice of a view whose order is kept."""
    path = Path(question.arguments["order"])
    numbers, total = read_order(path, question.arguments["offset"], question.arguments["limit"])
    return _answer(rows, question, numbers, total)


def row_numbers(rows: OpenRows, question: Question) -> Numbers:
    """The numbers of all rows of a view, in its order: uint32 where that is wide enough."""
    query = question.query
    condition = rows.where(query)
    width = "UINTEGER" if rows.sheet.rows < 2**32 else "UBIGINT"
    sql = f"SELECT CAST({ROW} AS {width}) AS number FROM {rows.relation} WHERE {condition.sql}"
    if query.sort:
        sql += f" ORDER BY {rows.order_by(query)}"
    numbers = _numbers(rows, sql, condition.parameters)
    if query.sort or np.all(numbers[:-1] < numbers[1:]):
        return np.ascontiguousarray(numbers)
    return np.sort(numbers)


def count_rows(rows: OpenRows, question: Question, condition: Condition) -> int:
    """How many rows a view has."""
    if not (question.query.filters or question.query.search):
        return rows.sheet.rows
    sql = f"SELECT count(*) FROM {rows.relation} WHERE {condition.sql}"
    return int(_one(rows.execute(sql, condition.parameters).fetchone()))


def _first_numbers(rows: OpenRows, question: Question, condition: Condition, count: int) -> Numbers:
    query = question.query
    if count == 0:
        return np.empty(0, np.int64)
    if len(query.sort) == 1:
        return _first_by_one(rows, question, condition, count)
    sql = (
        f"SELECT {ROW} AS number FROM {rows.relation} WHERE {condition.sql} "
        f"ORDER BY {rows.order_by(query)} LIMIT {count}"
    )
    return _numbers(rows, sql, condition.parameters)


def _first_by_one(rows: OpenRows, question: Question, condition: Condition, count: int) -> Numbers:
    """By one column: without a tie-breaker the database can pass most rows by.

    Of the rows that share the last value it may then have taken any; these are asked for again,
    unless the row that would come next has another value.
    """
    key = question.query.sort[0]
    column = rows.columns[key.key]

    def first(value: str) -> list[tuple[Any, int]]:
        direction = "DESC" if key.descending else "ASC"
        return rows.execute(
            f"SELECT {value} AS value, {ROW} AS number FROM {rows.relation} "
            f"WHERE {condition.sql} ORDER BY value {direction} NULLS LAST LIMIT {count + 1}",
            condition.parameters,
        ).fetchall()

    is_number = column.type is ColumnType.NUMBER
    value = comparable(column) if is_number else sort_expression(column, question.query.collate)
    found = first(value)
    if any(one != one for one, _ in found):
        # Few tables have NaN: only here it costs the passing by of rows to have it last.
        value = sort_expression(column, question.query.collate)
        found = first(value)
    if len(found) <= count or found[count][0] != found[count - 1][0]:
        return np.array(_in_row_order(found[:count]), np.int64)
    last = found[-1][0]
    before = [number for value, number in found if value != last]
    # Equal values stand together; among them the rows keep their order.
    ahead = _in_row_order(found[: len(before)])
    same = f"{value} IS NULL" if last is None else f"{value} = ?"
    ties = _numbers(
        rows,
        f"SELECT {ROW} AS number FROM {rows.relation} WHERE ({condition.sql}) AND {same} "
        f"ORDER BY {ROW} LIMIT {count - len(ahead)}",
        (*condition.parameters, *(() if last is None else (last,))),
    )
    return np.concatenate([np.array(ahead, np.int64), ties.astype(np.int64)])


def _numbers(rows: OpenRows, sql: str, parameters: Sequence[Any]) -> Numbers:
    return np.asarray(rows.execute(sql, parameters).fetchnumpy()["number"])


def _in_row_order(found: list[tuple[Any, int]]) -> list[int]:
    numbers: list[int] = []
    tied: list[int] = []
    for at, (value, number) in enumerate(found):
        if at and value != found[at - 1][0]:
            numbers += sorted(tied)
            tied = []
        tied.append(number)
    return numbers + sorted(tied)


def _answer(rows: OpenRows, question: Question, numbers: Numbers, total: int) -> bytes:
    keys, texts = question.arguments["keys"], question.arguments["texts"]
    columns = [rows.columns[key] for key in (*keys, *texts)]
    objects, most = question.arguments["objects"], question.arguments["max_bytes"]
    budget = PageBudget(most, len(numbers), columns, objects=objects)
    table = gather(rows, numbers, keys, texts, budget.spend)
    table = table.replace_schema_metadata({TOTAL: str(total).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=STREAMED) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def _one(row: tuple[Any, ...] | None) -> Any:
    assert row is not None
    return row[0]
