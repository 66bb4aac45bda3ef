"""Files of very many lines, or of one: each costs about what its bytes cost."""

from __future__ import annotations

import time

import pytest

from backend.ingest.limits import Limits
from tests.ingest.reading_back import failure_code, read

MANY = 3_000_000
# Line by line in Python it took 6 s of computing, and a gigabyte.
ENOUGH_CPU_S = 4.0


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_millions_of_blank_lines_are_counted_at_once(line_end: str) -> None:
    content = f"a,b{line_end}1,2{line_end}{line_end * MANY}3,4{line_end}".encode()
    begun = time.process_time()
    back = read(content)
    assert time.process_time() - begun < ENOUGH_CPU_S
    assert back.values == [[1, 2], [3, 4]]
    warning = back.warnings["blank_rows_skipped"]
    assert (warning["count"], warning["rows"]) == (MANY, list(range(3, 23)))


def test_blank_lines_between_rows_are_placed() -> None:
    lines = [f"{n},{n}\n" + "\n" * (n % 3 == 0) for n in range(1, 200)]
    back = read(("a,b\n" + "".join(lines)).encode())
    assert back.sheet.rows == 199
    warning = back.warnings["blank_rows_skipped"]
    assert (warning["count"], warning["rows"][:3]) == (66, [5, 9, 13])


def test_a_line_without_end_is_refused_by_its_length() -> None:
    begun = time.process_time()
    assert failure_code(b"x" * 150_000_000, Limits(max_cell_bytes=100_000)) == "record_too_long"
    assert time.process_time() - begun < ENOUGH_CPU_S
