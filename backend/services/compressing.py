"""Gzip, where a client takes it and it saves enough to be worth the work."""

from __future__ import annotations

import gzip

SMALLEST = 1_024
"""Below this an answer fits into a packet either way."""
LEVEL = 5
"""A page of numbers gains one part in twenty from level 9, for three times the work."""
LARGEST_PART = 0.9


def worth_gzip(body: bytes, level: int = LEVEL) -> bytes | None:
    """`body` compressed, or None where that would save less than a tenth. Takes milliseconds.

    The same bytes every time: an ETag stands for them.
    """
    if len(body) < SMALLEST:
        return None
    compressed = gzip.compress(body, level, mtime=0)
    return compressed if len(compressed) < LARGEST_PART * len(body) else None
