"""Rows in slabs come in the order of the sheet, whoever looks into them, and keep their defects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.ingest.sheet_ends import SheetEnds
from backend.ingest.slabs import SheetRows, Slab
from tests.ingest.reading_back import read
from tests.ingest.test_usual_xml import written


def slabs_of(counts: list[int]) -> Iterator[list[Any] | Slab]:
    """Slabs of so many rows; a count of 0 is a single row."""
    number = 1
    for count in counts:
        numbers = list(range(number, number + max(1, count)))
        if count:
            yield Slab(number, count, [pa.array([str(n) for n in numbers]), pa.array(numbers)])
        else:
            yield [str(number), number]
        number += len(numbers)


@settings(max_examples=60)
@given(
    counts=st.lists(st.sampled_from([0, 1, 5, 300, 2_000]), max_size=6),
    looks=st.lists(st.integers(0, 700), max_size=8),
)
def test_rows_come_in_order_by_ones_and_by_slabs(counts: list[int], looks: list[int]) -> None:
    source = SheetRows(slabs_of(counts))
    given: list[int] = []
    for look in looks:
        taken = [row for _, row in zip(range(look), source, strict=False)]
        given += [number for number, _ in taken]
        slab = source.whole()
        if slab is not None:
            source.skip_whole()
            given += [number for number, _ in slab.rows()]
    given += [number for number, _ in source]
    assert given == list(range(1, sum(max(1, count) for count in counts) + 1))


ROWS = 3_000
DEFECTS = {
    "blank": (1_500, ""),
    "header": (1_700, '<c r="A{n}" t="s"><v>0</v></c><c r="B{n}" t="s"><v>1</v></c>'),
    "error": (1_900, '<c r="A{n}" t="s"><v>6</v></c><c r="B{n}" t="e"><v>#N/A</v></c>'),
    "hole": (2_100, '<c r="A{n}" t="s"><v>6</v></c>'),
    "note": (ROWS + 2, '<c r="A{n}" t="inlineStr"><is><t>Source: me</t></is></c>'),
}


@pytest.mark.parametrize("together", [False, True])
def test_defects_within_slabs_are_found_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, together: bool
) -> None:
    special = {at: cells.format(n=at) for at, cells in DEFECTS.values()}
    usual = '<c r="A{n}" t="s"><v>6</v></c><c r="B{n}"><v>{n}</v></c>'
    head = '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
    rows = {1: head} | {n: special.get(n) or usual.format(n=n) for n in range(2, ROWS)} | special
    rows[1_500] = ""
    xml = "".join(f'<row r="{n}">{rows[n]}</row>' for n in sorted(rows))
    content = written(tmp_path / "sheet.xlsx", xml).read_bytes()
    monkeypatch.setattr("backend.ingest.opening.is_small", lambda _: together)
    back = read(content)
    assert back.sheet.rows == ROWS - 4
    assert {code: found["rows"] for code, found in back.warnings.items()} == {
        "repeated_header": [1_700], "blank_rows_skipped": [1_500], "mixed_types": [],
        "footer": [ROWS + 2],
    }  # fmt: skip
    expected = [None if n == 2_100 else "#N/A" if n == 1_900 else str(n) for n in range(2, ROWS)]
    del expected[1_700 - 2], expected[1_500 - 2]
    assert [row[1] for row in back.values] == expected


def test_a_slab_goes_whole_only_where_nothing_is_to_be_said() -> None:
    first = [(n, [str(n), n]) for n in range(1, 50)]
    ends = SheetEnds(first, None)
    parts = list(ends.rows(SheetRows(slabs_of([60, 3_000]))))
    assert isinstance(parts[-1], Slab)
    rows = [row for part in parts for row in (part.rows() if isinstance(part, Slab) else [part])]
    assert [number for number, _ in rows] == list(range(1, 3_061))
