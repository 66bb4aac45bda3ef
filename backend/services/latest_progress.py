"""How far a reading is, between the child that tells it and the loop that commits it."""

from __future__ import annotations

from backend.domain import Progress


class LatestProgress:
    """The latest word of a reading; what is not taken in time is overwritten."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self.ended = False
        """Whether what came of the reading is being committed, or has been."""

    def put(self, progress: Progress) -> None:
        """Note how far the reading is."""
        self._progress = progress

    def take(self) -> Progress | None:
        """What was noted since the last time."""
        progress, self._progress = self._progress, None
        return None if self.ended else progress

    def end(self) -> None:
        """From here on there is nothing to tell but the outcome."""
        self.ended = True
