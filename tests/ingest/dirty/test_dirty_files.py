"""Dirty files by the thousand: each comes back exact, or a warning names the lines that did not.

`make soak` goes on for longer; TABLECAST_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from backend.domain import ReadingOptions
from backend.ingest.cage import Cage
from backend.ingest.results import Reading
from tests.conftest import Seeded
from tests.ingest.dirty.catalogue import DEFECTS, Defect, damaged
from tests.ingest.dirty.draft import IncompatibleError
from tests.ingest.dirty.verdict import judge
from tests.ingest.reading_back import read

PAIRS = 500
BY_NAME = {defect.__name__: defect for defect in DEFECTS}
FOUND = [
    ("2055910543-290", "words_for_nothing", "repeated_header"),
    ("9002-140", "three_quotes", "lines_of_delimiters"),
    ("9001-251", "a_second_wide_table", "a_third_table"),
    ("9001-1108", "only_a_header", "control_z_at_the_end"),
    ("9001-2794", "unclosed_in_the_header", "embedded_line_ends"),
    ("9002-2393", "two_byte_order_marks", "cut_within_a_character"),
    ("9002-2427", "unclosed_in_the_header", "a_third_table"),
    ("9002-2461", "quote_inside", "embedded_line_ends"),
    ("9002-2960", "a_single_row", "whole_rows_in_quotes"),
    ("9004-403", "cells_in_apostrophes", "whole_rows_in_quotes"),
    ("9005-3", "text_after_the_closing_quote", "mixed_line_ends"),
    ("9004-1973", "three_quotes", "a_second_narrow_table"),
    ("9006-807", "three_quotes", "long_and_short_rows"),
    ("9006-1018", "decimal_commas", "short_rows"),
    ("99-208", "quotes_at_the_start_of_several", "a_quote_alone"),
]
"""Files that were once misread without a word: the seed and the kinds of defect."""


def name_of(defects: Iterable[Defect]) -> str:
    return " + ".join(defect.__name__ for defect in defects)


def lies_about(defects: tuple[Defect, ...], seed: str, seen: Counter[str]) -> list[str]:
    """What the reader got wrong and did not say, each with the words that make the file again."""
    try:
        draft = damaged(seed, defects)
    except IncompatibleError:
        seen["incompatible"] += 1
        return []
    try:
        verdict = judge(draft, read(draft.content()))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return [f"damaged({seed!r}, {name_of(defects)}): {error!r}"]
    seen["exact" if verdict.exact else "warned"] += 1
    return [f"damaged({seed!r}, {name_of(defects)}): {lie}" for lie in verdict.lies[:2]]


def report(seen: Counter[str], lies: list[str]) -> None:
    print(f"{dict(seen)}, inexact and unwarned: {len(lies)}")  # noqa: T201 - the finding itself


def test_there_are_enough_kinds_of_defect() -> None:
    assert len(DEFECTS) == len({defect.__name__ for defect in DEFECTS}) > 100


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: str(defect.__name__))
def test_one_defect_is_read_exactly_or_named(defect: Defect, seeded: Seeded) -> None:
    seen: Counter[str] = Counter()
    rounds = range(seeded.rounds(1))
    seeds = [f"{defect.__name__}-{number}" for number in (0, 1)]  # the same ones in every run
    seeds += [f"{seeded.seed}-{defect.__name__}-{number}" for number in rounds]
    lies = [lie for seed in seeds for lie in lies_about((defect,), seed, seen)]
    report(seen, lies)
    assert lies == []


def test_two_defects_are_read_exactly_or_named(seeded: Seeded) -> None:
    pairs = list(itertools.combinations(DEFECTS, 2))
    seen: Counter[str] = Counter()
    lies: list[str] = []
    for number, pair in enumerate(seeded.random.choices(pairs, k=seeded.rounds(PAIRS))):
        lies += lies_about(pair, f"{seeded.seed}-{number}", seen)
    report(seen, lies)
    assert lies == []


@pytest.mark.parametrize("case", FOUND, ids="-".join)
def test_what_was_once_misread_is_read_exactly_or_named(case: tuple[str, ...]) -> None:
    seed, *names = case
    assert lies_about(tuple(BY_NAME[name] for name in names), seed, Counter()) == []


def test_the_cage_reads_them_in_the_same_way(tmp_path: Path, seeded: Seeded) -> None:
    """In the child process a crash would show, and the report travels as JSON."""
    sample = seeded.random.sample(DEFECTS, 12)
    contents = [damaged(f"{seeded.seed}-caged", (defect,)).content() for defect in sample]

    async def in_the_cage() -> list[Reading]:
        cage = Cage()
        readings = []
        for number, content in enumerate(contents):
            source = tmp_path / f"{number}.csv"
            source.write_bytes(content)
            readings.append(
                await cage.read(
                    source,
                    source.name,
                    ReadingOptions(),
                    tmp_path / f"out-{number}",
                    on_progress=lambda _: None,
                )
            )
        await cage.close()
        return readings

    for content, reading in zip(contents, asyncio.run(in_the_cage()), strict=True):
        assert reading.report == read(content).report
