"""Where the bins of a histogram begin and end: at most 20, of one width."""

from __future__ import annotations

import math

BINS = 20
FINE = 10
"""A bin of time is at least so many units wide before its edges are rounded to the unit."""


def number_edges(low: float, high: float) -> list[float]:
    """The edges of 20 bins over finite floats; fewer where floats lie too close for that."""
    if low == high:
        return [low, high]
    inner = [low + (high - low) * part / BINS for part in range(1, BINS)]
    if not math.isfinite(inner[-1]):  # the distance is beyond the range of a float
        inner = [low * (1 - part / BINS) + high * (part / BINS) for part in range(1, BINS)]
    return [low, *sorted({edge for edge in inner if low < edge < high}), high]


def whole_edges(low: int, high: int, top: int, units: tuple[int, ...] = (1,)) -> list[int]:
    """Whole edges of at most 20 bins; each value has its own bin where there are no more.

    The last edge lies beyond `high`, unless that is beyond `top`. `units` ascend and begin with 1:
    the edges are multiples of the largest one that is fine enough.
    """
    unit = max(unit for unit in units if unit == 1 or (high - low) // BINS >= FINE * unit)
    start = low - low % unit
    width = -(-(high + 1 - start) // (BINS * unit)) * unit
    bins = -(-(high + 1 - start) // width)
    edges = [start + number * width for number in range(bins + 1)]
    return [*edges[:-1], min(edges[-1], max(high, top))]


def bin_counts(below: list[int], count: int) -> list[int]:
    """How many values each bin holds, from how many lie below each inner edge."""
    borders = [0, *below, count]
    return [end - begin for begin, end in zip(borders[:-1], borders[1:], strict=True)]
