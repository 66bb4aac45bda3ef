"""What is said of a file that costs too much: what, how far it was read, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.domain import Failure
from backend.ingest.advice import with_advice


@pytest.mark.parametrize(
    ("content", "advice"),
    [(b"PK\x03\x04", "as CSV"), (b"\xd0\xcf\x11\xe0", "as CSV"), (b"a,b\n", "Split it")],
)
def test_a_costly_file_is_told_where_it_stopped_and_what_to_do(
    tmp_path: Path, content: bytes, advice: str
) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    told = with_advice(Failure("too_much_memory", "Too large."), 1_234, source)
    assert told.detail.startswith("Too large. It had been read up to row 1,234. ")
    assert advice in told.detail
    assert with_advice(told, 9, source) == told
    assert "row" not in with_advice(Failure("took_too_long", "Too slow."), 0, source).detail


def test_other_failures_say_enough_themselves(tmp_path: Path) -> None:
    failure = Failure("corrupt_file", "Line 3 is cut.")
    assert with_advice(failure, 5, tmp_path / "gone") == failure
    assert "retry" in with_advice(Failure("took_too_long", "Slow."), 5, tmp_path / "gone").detail
