"""Mean and standard deviation of any amount of values, in two passes and without overflow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Chunks = Callable[[], Iterable[Array]]
"""Gives the values anew at each call, part by part."""

SAFE_EXPONENT = 300
"""Numbers within 2^±300 can be squared and summed as they are."""

LOW_BITS = np.int64(0xFFFF_FFFF)


def whole_moments(chunks: Chunks, count: int, low: int) -> tuple[float | None, float | None]:
    """Mean and standard deviation (ddof = 1) of int64 values that begin at `low`.

    The sum is exact. Deviations are taken from `low`, so nothing is lost where large values lie
    close together.
    """
    if not count:
        return None, None
    total = sum(_exact_sum(chunk) for chunk in chunks())
    shift = np.uint64(low % 2**64)
    # the distance of two int64 fits a uint64, and that is what the subtraction wraps to
    distances = lambda: ((c.view(np.uint64) - shift).astype(np.float64) for c in chunks())  # noqa: E731
    centre = (total - low * count) / count
    return total / count, _deviation(distances, count, centre)


def number_moments(chunks: Chunks, count: int, extent: float) -> tuple[float | None, float | None]:
    """Mean and standard deviation (ddof = 1) of finite float64 values, none beyond ±`extent`.

    Values too large or too small to be squared are scaled by a power of two, which is exact. A
    deviation beyond the range of a float64 is None.
    """
    if not count:
        return None, None
    exponent = math.frexp(extent)[1]
    if abs(exponent) <= SAFE_EXPONENT:
        mean = _mean(chunks, count)
        return mean, _deviation(chunks, count, mean)
    scaled = lambda: (np.ldexp(chunk, -exponent) for chunk in chunks())  # noqa: E731
    mean = _mean(scaled, count)
    deviation = _deviation(scaled, count, mean)
    return math.ldexp(mean, exponent), _unscaled(deviation, exponent)


def _exact_sum(chunk: Array) -> int:
    # each half of 2^31 values fits 64 bits
    return (int(np.sum(chunk >> 32)) << 32) + int(np.sum(chunk & LOW_BITS))


def _mean(chunks: Chunks, count: int) -> float:
    return math.fsum(float(np.sum(chunk)) for chunk in chunks()) / count


def _deviation(chunks: Chunks, count: int, mean: float) -> float | None:
    if count < 2:
        return None
    squares, rest = [], []
    for chunk in chunks():
        distance = chunk - mean
        rest.append(float(np.sum(distance)))
        squares.append(float(np.dot(distance, distance)))
    # what rounding left of the mean is taken out again (Chan, Golub, LeVeque 1983)
    variance = (math.fsum(squares) - math.fsum(rest) ** 2 / count) / (count - 1)
    return math.sqrt(max(0.0, variance))


def _unscaled(value: float | None, exponent: int) -> float | None:
    if value is None:
        return None
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return None
