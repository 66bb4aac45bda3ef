"""Habits of the tests that read files."""

from __future__ import annotations

import pytest

SMALL_BLOCK = 64 * 1024


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> int:
    """A text of a few hundred kilobytes goes through the reader in as many blocks as one of tens of
    megabytes would: `SMALL_BLOCK` bytes each, and less than is looked at for a guess of types."""
    monkeypatch.setattr("backend.ingest.delimited.BLOCK_BYTES", SMALL_BLOCK)
    monkeypatch.setattr("backend.ingest.delimited.GUESSED_ROWS", 1_000)
    return SMALL_BLOCK
