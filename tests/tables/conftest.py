"""What tests of the tables can ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from backend.tables.engine.database import QueryDatabase
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


@pytest.fixture(scope="module")
def database() -> Iterator[QueryDatabase]:
    with TemporaryDirectory() as scratch:
        yield QueryDatabase(
            {
                "memory_bytes": 256 * 1024 * 1024,
                "threads": 2,
                "scratch": scratch,
                "scratch_bytes": 1024 * 1024 * 1024,
            }
        )
