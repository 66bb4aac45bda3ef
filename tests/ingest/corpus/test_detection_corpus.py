"""Encoding and dialect of real tables, saved again in many ways, are found in 99.5 of 100 files."""

from __future__ import annotations

import csv
import io
import itertools
import random
from pathlib import Path

from tests.ingest.reading_back import Back, Table, read, written_by_csv

TABLES = sorted((Path(__file__).parent / "tables").glob("*.csv"))
DELIMITERS = (",", ";", "\t", "|")
QUOTINGS = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
LINE_ENDS = ("\n", "\r\n", "\r")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
WAYS = list(itertools.product(DELIMITERS, QUOTINGS, LINE_ENDS, ENCODINGS))
WAYS_EACH = 5
WANTED = 0.995


def table_of(path: Path) -> Table:
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))


def can_be_saved(table: Table, encoding: str) -> bool:
    try:
        "".join(cell for row in table for cell in row).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def rows_read(back: Back) -> Table:
    """All rows, whether the first was taken for a header or not."""
    columns = back.sheet.columns
    if all(column.generated for column in columns):
        return back.texts
    return [["" if column.generated else column.name for column in columns], *back.texts]


def test_real_tables_are_read_as_they_were_meant() -> None:
    chance = random.Random(3)
    tried = 0
    wrong: list[str] = []
    for path in TABLES:
        table = table_of(path)
        for delimiter, quoting, line_end, encoding in chance.sample(WAYS, WAYS_EACH):
            if not can_be_saved(table, encoding):
                continue
            content = written_by_csv(
                table, delimiter=delimiter, quoting=quoting, line_end=line_end, encoding=encoding
            )
            tried += 1
            back = read(content)
            if rows_read(back) != table:
                found = {name: back.report[name] for name in ("encoding", "delimiter", "quote")}
                wrong.append(
                    f"{path.name} {delimiter!r} {quoting} {line_end!r} {encoding}: {found}"
                )
    print(f"{tried - len(wrong)} of {tried} right; wrong: {wrong}")  # noqa: T201 - the finding
    assert tried >= 300
    assert 1 - len(wrong) / tried >= WANTED, wrong
