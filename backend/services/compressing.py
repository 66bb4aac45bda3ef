"""Gzip, where a client takes it and it saves enough to be worth the work."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator
from contextlib import closing

SMALLEST = 1_024
"""Below this an answer fits into a packet either way."""
LEVEL = 5
"""A page of numbers gains one part in twenty from level 9, for three times the work."""
LARGE = 256 * 1_024
LEVEL_OF_LARGE = 1
"""Who waits for a page of two megabytes waits less for more bytes than for the better level."""
LARGEST_PART = 0.9
GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""As zlib is told that it is to write gzip; the time in its header is none."""


def worth_gzip(body: bytes, level: int | None = None) -> bytes | None:
    """`body` compressed, or None where that would save less than a tenth. Takes milliseconds.

    The same bytes every time: an ETag stands for them.
    """
    if len(body) < SMALLEST:
        return None
    usual = LEVEL if len(body) < LARGE else LEVEL_OF_LARGE
    compressed = gzip.compress(body, usual if level is None else level, mtime=0)
    return compressed if len(compressed) < LARGEST_PART * len(body) else None


def gzipped(pieces: Generator[bytes]) -> Generator[bytes]:
    """A stream compressed as it comes, in no more memory than its pieces; none is empty.

    At the quickest level it takes 115 MB a second: whoever is nearer than a gigabit may leave it.
    """
    packer = zlib.compressobj(LEVEL_OF_LARGE, zlib.DEFLATED, GZIP_WINDOW)
    with closing(pieces):
        for piece in pieces:
            if packed := packer.compress(piece):
                yield packed
        yield packer.flush()
