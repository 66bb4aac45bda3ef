"""Columns that would be numbers or days but for words such as NA: told, and nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.ingest import delimited, nearly
from backend.ingest.nearly import WORDS
from tests.ingest.reading_back import Back, read


def told(back: Back) -> dict[str, Any] | None:
    return back.warnings.get("nearly_typed")


def column(cells: list[str], name: str = "delay") -> bytes:
    return (f"id,{name}\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells))).encode()


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["2", "NA", "-3", "NA"], "delay would be numbers but for 2 cells with “NA”."),
        (["2.5", "n/a", "-3"], "delay would be numbers but for 1 cell with “n/a”."),
        (["2", "", "-", "-", "NA"], "delay would be numbers but for 3 cells with “-”, “NA”."),
        (["2024-01-01", "NA"], "delay would be days but for 1 cell with “NA”."),
        (["2024-01-01 10:00", "NULL"], "delay would be moments but for 1 cell with “NULL”."),
        (["true", "NA"], "delay would be true or false but for 1 cell with “NA”."),
        (["31.12.2024", "01.12.2024", "?"], "delay would be days but for 1 cell with “?”."),
    ],
)
def test_a_word_that_keeps_a_column_from_a_type_is_told(cells: list[str], sentence: str) -> None:
    back = read(column(cells))
    assert back.types[1] == "text"
    assert [row[1] for row in back.texts] == cells
    found = told(back)
    assert found is not None
    assert found["detail"] == sentence
    assert found["columns"] == ["delay"]
    assert found["count"] == sum(cell in WORDS.to_pylist() for cell in cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["a", "NA", "b"], ["NA", "NA"], ["1", "NA", "b"], ["007", "NA"], ["1", "2"], ["", "NA"],
        ["1", "none of these"],
    ],
)  # fmt: skip
def test_a_column_of_other_words_is_text_without_a_word(cells: list[str]) -> None:
    assert told(read(column(cells))) is None


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["1", "2.5", "-3", "", "NA", "n/a", "-"]), min_size=1, max_size=40))
def test_the_count_is_that_of_the_words(cells: list[str]) -> None:
    back = read(column(cells), header_row=1)
    words = [cell for cell in cells if cell in ("NA", "n/a", "-")]
    numbers = [cell for cell in cells if cell and cell not in words]
    found = told(back)
    assert (found is not None) is bool(words and numbers)
    assert found is None or found["count"] == len(words)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("last", ["5", "late"])
def test_the_whole_file_counts(last: str) -> None:
    cells = ["7"] * 15_000 + ["NA"] * 3 + ["8.5"] * 15_000 + ["n.a.", last]
    back = read(column(cells))
    assert back.types[1] == "text"
    assert (told(back) is not None) is (last == "5")
    if last == "5":
        assert back.warnings["nearly_typed"]["count"] == 4


def test_of_many_columns_the_first_are_named() -> None:
    names = ",".join(f"c{n}" for n in range(14))
    back = read(f"{names}\n{','.join('1' * 14)}\n{','.join(['NA'] * 14)}\n".encode(), header_row=1)
    found = told(back)
    assert found is not None
    assert found["count"] == 14
    assert found["detail"].endswith("; and 4 more columns.")


@pytest.mark.usefixtures("small_blocks")
def test_of_a_very_long_file_the_beginning_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (nearly, delimited):
        monkeypatch.setattr(module, "COUNTED_LINES", 10_000)
    back = read(column(["7", "NA"] * 10_000 + ["late"] * 10_000))
    found = told(back)
    assert found is not None
    assert found["detail"].startswith("In about the first 10,000 lines: delay would be numbers")
    assert 5_000 <= found["count"] < 10_000
