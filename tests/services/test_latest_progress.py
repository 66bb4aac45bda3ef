"""What is told of a reading: the latest, once, and nothing after its end."""

from __future__ import annotations

from backend.domain import Progress
from backend.services.latest_progress import LatestProgress


def test_the_latest_is_told_once() -> None:
    seen = LatestProgress()
    seen.put(Progress(1, 0.1))
    seen.put(Progress(2, 0.2))
    assert seen.take() == Progress(2, 0.2)
    assert seen.take() is None


def test_nothing_is_told_once_the_outcome_is_being_committed() -> None:
    seen = LatestProgress()
    seen.put(Progress(1, 0.1))
    seen.end()
    assert seen.take() is None
