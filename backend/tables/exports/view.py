"""The operation of the query process that makes a filtered or sorted view a file of its own."""

from __future__ import annotations

from typing import Any

from backend.tables.columnar import row_group_rows
from backend.tables.engine.opened import TEXT_PREFIX, OpenRows
from backend.tables.engine.questions import Question
from backend.tables.engine.registry import operation
from backend.tables.engine.sql import ROW, quoted
from backend.tables.exports.blocks import stored_name

LEAST_GROUP_ROWS = 2_048


@operation("export_rows")
def export_rows(rows: OpenRows, question: Question) -> Any:
    """Write the rows of a view, in its order, to the Parquet file `path`; how many they are.

    Arguments: `path`, and `columns`: pairs of a key and whether its written text is wanted.
    """
    wanted = question.arguments["columns"]
    condition = rows.where(question.query)
    apart = not rows.is_native and any(written for _, written in wanted)
    places = ", ".join(
        f"{quoted(TEXT_PREFIX + key if written else key)} AS {quoted(stored_name(position))}"
        for position, (key, written) in enumerate(wanted)
    )
    source = f"(SELECT * FROM {rows.relation} WHERE {condition.sql}) AS chosen"
    if apart:
        texts = ", ".join(
            f"{quoted(key)} AS {quoted(TEXT_PREFIX + key)}" for key, written in wanted if written
        )
        source += f" JOIN (SELECT {ROW}, {texts} FROM {rows.written_relation}) USING ({ROW})"
    order = f" ORDER BY {rows.order_by(question.query)}" if question.query.sort or apart else ""
    made = rows.connection.sql(
        f"SELECT {places} FROM {source}{order}", params=list(condition.parameters)
    )
    group_rows = max(LEAST_GROUP_ROWS, row_group_rows(len(wanted)))
    made.write_parquet(question.arguments["path"], compression="zstd", row_group_size=group_rows)
    return None
