"""What a reading can say is in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.ingest.failure import CODES, ReadingError
from backend.ingest.report import SENTENCES, Warnings

PAGE = (Path(__file__).parents[2] / "docs" / "reading.md").read_text()


@pytest.mark.parametrize("code", [*CODES, *SENTENCES])
def test_every_code_is_documented(code: str) -> None:
    assert f"`{code}`" in PAGE


def test_an_undocumented_code_cannot_be_used() -> None:
    with pytest.raises(KeyError):
        ReadingError("misspelt", "…")
    with pytest.raises(KeyError):
        Warnings().add("misspelt", [1])
