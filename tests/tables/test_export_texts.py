"""What is asked of whole columns of text at once is what a loop over their cells would find."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain import Column, ColumnType
from backend.tables.canonical import canonical_text
from backend.tables.exports import texts
from backend.tables.exports.blocks import Stored
from backend.tables.exports.formulas import BEGINNING, HARMLESS, neutral
from backend.tables.exports.texts import cells_holding, enclosed, first_bytes, joined, texts_of

CELLS = st.lists(
    st.none() | st.text("=+-@\t\r\n＝－1.,' e\"aé😀\x00", max_size=5), min_size=1, max_size=12
)
BEGINS = re.compile(BEGINNING)
STAYS = re.compile(HARMLESS.replace(r"\x{00A0}\x{202F}", "\u00a0\u202f").removesuffix("$") + r"\Z")


def column_of(cells: list[str | None]) -> pa.Array[Any]:
    """The cells in the middle of a longer column: nothing may be taken from their neighbours."""
    return pa.array(["=", *cells, '"'], pa.string()).slice(1, len(cells))


def marked(cell: str | None) -> str | None:
    """What the rule of `formulas` makes of one cell."""
    if cell is None or not BEGINS.match(cell) or STAYS.match(cell):
        return cell
    return "'" + cell


@settings(max_examples=60)
@given(CELLS)
def test_exactly_the_cells_that_would_be_run_are_marked(cells: list[str | None]) -> None:
    assert neutral(column_of(cells)).to_pylist() == [marked(cell) for cell in cells]


@settings(max_examples=60)
@given(CELLS)
def test_cells_are_found_by_what_they_hold_and_begin_with(cells: list[str | None]) -> None:
    column = column_of(cells)
    wanted = [any(one in (cell or "") for one in '",\n') for cell in cells]
    assert cells_holding(column, b'",\n').tolist() == wanted
    first = [cell.encode()[0] if cell else 0 for cell in cells]
    assert first_bytes(column).tolist() == first
    between = enclosed(column, cells_holding(column, b","), "<", ">").to_pylist()
    assert between == [f"<{cell}>" if cell and "," in cell else cell for cell in cells]


def test_what_is_found_does_not_depend_on_how_much_is_searched_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = ["a,b", "", None, "é,", "xyz" * 9, ",", "last"]
    whole = cells_holding(column_of(cells), b",").tolist()
    monkeypatch.setattr(texts, "LOOKED_AT", 2)
    assert cells_holding(column_of(cells), b",").tolist() == whole
    assert whole == [True, False, False, True, False, True, False]


def test_rows_too_long_for_a_plain_column_of_text_are_joined_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts: list[texts.Part] = [column_of(["a", None]), "-", column_of(["b", "c"])]
    assert joined(parts, between="|") == b"a|-|b|-|c"
    monkeypatch.setattr(texts, "LARGEST_PLAIN", 0)
    assert joined(parts, between="|") == b"a|-|b|-|c"


@pytest.mark.parametrize("different", [2, 40])
def test_moments_are_spelled_alike_whether_they_repeat_or_not(different: int) -> None:
    begin = datetime(1899, 12, 31, 23, 59, 59, 5)
    moments = [begin + timedelta(seconds=row % different) for row in range(40)]
    column = Stored(Column("at", "at", ColumnType.DATETIME, 0), None, "at")  # type: ignore[arg-type]
    for zone in (None, "UTC"):
        array = pa.array([*moments, None], pa.timestamp("us", zone))
        assert texts_of([array], [column]) == [canonical_text(array)]
