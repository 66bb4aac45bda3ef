"""The tests with LibreOffice are part of `make soak` alone: the program is 90 MB to fetch."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave them out of `make test`; None leaves the question to others."""
    if collection_path.name.startswith("test_") and not config.getoption("--soak"):
        return True
    return None
