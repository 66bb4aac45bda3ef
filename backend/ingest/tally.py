"""What a pass over a delimited text has found."""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.ingest.below import Below
from backend.ingest.nearly import Words
from backend.ingest.report import Warnings


@dataclass(slots=True)
class Tally:
    """Counts and findings so far."""

    rows: int = 0
    nulls: list[int] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    words: list[Words | None] = field(default_factory=list)
    """Words that say there is nothing, of each column that holds else what would give it a type."""
    like_thousands: list[bool] = field(default_factory=list)
    """Which columns are numbers so far that may be a thousand times as much."""
    tolerant: bool = False
    warnings: Warnings = field(default_factory=Warnings)
    widest: int = 0
    below: Below | None = None
    void: bool = False
    """A guess was wrong: what was written does not count."""

    def count_words(self, column: int, more: Words | None) -> None:
        """Adds what a chunk has; None: the column has other cells too."""
        known = self.words[column]
        self.words[column] = None if known is None or more is None else known + more
