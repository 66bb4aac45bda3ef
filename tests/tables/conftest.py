"""What tests of the tables can ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tables.blobs import Source
from tests.tables.building import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A page reader with its caches, and a store to build sheets in."""
    bench = Bench(tmp_path)
    yield bench
    bench.reader.close()


@pytest.fixture
def source() -> Source:
    """Brings blobs, and remembers which."""
    return Source()
