"""Values in order: how many are distinct, which one has a rank, how many lie below an edge.

Values are int64 or finite float64. As many as fit are sorted in memory, which is quicker than
hashing them; beyond that DuckDB counts them in order, on disk where it has to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Number = int | float

CHUNK = 1 << 20
WORTH_TWO_THREADS = 1 << 21
COUNTABLE_RANGE = 1 << 22
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Ranked:
    """`at`: the values of the ranks asked for. `below`: how many values each edge has below it."""

    distinct: int
    at: list[Number]
    below: list[int]


def chunks_of(values: Array) -> Iterator[Array]:
    """Views of at most a million values each."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def rank(values: Array, ranks: Sequence[int], edges: Sequence[Number]) -> Ranked:
    """Rank values in memory. They are sorted in place, or left as they are."""
    counted = _counted(values)
    if counted is not None:
        return rank_counted([counted], ranks, edges)
    ordered = _sorted(values)
    distinct = int(np.count_nonzero(ordered[1:] != ordered[:-1])) + 1 if len(ordered) else 0
    below = np.searchsorted(ordered, np.array(edges, ordered.dtype), "left")
    return Ranked(distinct, [ordered[number].item() for number in ranks], below.tolist())


def rank_counted(
    batches: Iterable[tuple[Array, Array]], ranks: Sequence[int], edges: Sequence[Number]
) -> Ranked:
    """Rank distinct values that come in ascending order, each with its count."""
    at: dict[int, Number] = {}
    below, distinct, passed = [0] * len(edges), 0, 0
    for values, counts in batches:
        reached = passed + np.cumsum(counts)
        for number in ranks:
            if passed <= number < reached[-1]:
                at[number] = values[np.searchsorted(reached, number, "right")].item()
        places = np.searchsorted(values, np.array(edges, values.dtype), "left")
        for index, place in enumerate(places.tolist()):
            below[index] = int(reached[place - 1]) if place else below[index]
        distinct += len(values)
        passed = int(reached[-1])
    return Ranked(distinct, [at[number] for number in ranks], below)


def _counted(values: Array) -> tuple[Array, Array] | None:
    """Distinct values and their counts, where so few are possible that each can have a counter."""
    if values.dtype.kind != "i" or len(values) < CHUNK:
        return None
    low, high = int(values.min()), int(values.max())
    unit = 1
    if high - low >= COUNTABLE_RANGE:
        # moments are often whole seconds
        unit = SECOND
        if high - low >= COUNTABLE_RANGE * unit:
            return None
        if any(np.any((chunk - low) % unit) for chunk in chunks_of(values)):
            return None
    counts = np.zeros((high - low) // unit + 1, np.int64)
    for chunk in chunks_of(values):
        counts += np.bincount((chunk - low) // unit, minlength=len(counts))
    present = np.flatnonzero(counts)
    return present * unit + low, counts[present]


def _sorted(values: Array) -> Array:
    if np.all(values[1:] >= values[:-1]):
        return values
    if len(values) < WORTH_TWO_THREADS:
        values.sort()
        return values
    sample = np.sort(values[:: len(values) // CHUNK + 1])
    smaller = values < sample[len(sample) // 2]
    parts = [values[smaller], values[~smaller]]
    split = len(parts[0])
    values[:split], values[split:] = parts
    del parts, smaller
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(np.ndarray.sort, [values[:split], values[split:]]))
    return values
