"""Where a value lies on an axis: in one of a few bins between round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from backend.tables.engine.histograms import number_edges
from backend.tables.engine.ranking import Number

DIGITS = 60
"""Enough for any two floats: their quotient by a step is exact."""
ROUND = (1, 2, 5, 10)
EXACT = 2**53
"""Beyond it a JSON reader may round an integer (RFC 8259, 6)."""
OWN = 1.5
"""So many times as many places may there be for each integer to have one of its own."""
INT64 = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Places:
    """Places in a row. The first lies between the first two edges, and so on.

    A place holds its lower edge and not its upper one; the last one holds both.
    """

    edges: list[Number]
    sql: str
    """The number of a value's place, from 0, as an SQL expression; null where there is none."""

    def __len__(self) -> int:
        return len(self.edges) - 1


def number_places(value: str, low: float, high: float, most: int) -> Places:
    """About `most` places for finite floats, which `value` says in SQL."""
    edges = round_edges(low, high, most)
    return Places(list(edges), _searched(value, [f"'{edge!r}'::DOUBLE" for edge in edges[1:-1]]))


def whole_places(
    value: str, low: int, high: int, most: int, limits: tuple[int, int] = INT64
) -> Places:
    """The same for integers. No edge lies beyond `limits`, unless a value does."""
    edges = whole_round_edges(low, high, most)
    edges[0] = max(edges[0], min(limits[0], low))
    edges[-1] = min(edges[-1], max(limits[1], high))
    return Places(list(edges), _searched(value, [f"{edge}::BIGINT" for edge in edges[1:-1]]))


def round_edges(low: float, high: float, most: int) -> list[float]:
    """Edges on round numbers; evenly spread ones where floats lie too close or too far apart."""
    if low == high:
        return [low, high]
    with localcontext(prec=DIGITS):
        least, greatest = Decimal(repr(low)), Decimal(repr(high))
        step = _round_step((greatest - least) / most)
        first = (least / step).to_integral_value(ROUND_FLOOR)
        last = (greatest / step).to_integral_value(ROUND_FLOOR) + 1
        edges = [float((first + number) * step) for number in range(int(last - first) + 1)]
    rises = all(below < above for below, above in zip(edges, edges[1:], strict=False))
    return edges if rises and math.isfinite(edges[0] - edges[-1]) else number_edges(low, high)


def whole_round_edges(low: int, high: int, most: int) -> list[int]:
    """Edges on round whole numbers, the last one above `high`; few integers have a place each."""
    width = high - low + 1
    step = 1 if width <= most * OWN else int(_round_step(Decimal(-(-width // most))))
    first = low - low % step
    return [*range(first, high + 1, step), first + ((high - first) // step + 1) * step]


def _round_step(least: Decimal) -> Decimal:
    unit = Decimal(1).scaleb(least.adjusted())
    return next(unit * factor for factor in ROUND if unit * factor >= least)


def _searched(value: str, edges: Sequence[str]) -> str:
    return f"CASE WHEN {value} IS NOT NULL THEN {_halved(value, edges, 0)} END"


def _halved(value: str, edges: Sequence[str], first: int) -> str:
    """How many edges a value is not below, by halving: a few comparisons for each value."""
    if not edges:
        return str(first)
    middle = len(edges) // 2
    below = _halved(value, edges[:middle], first)
    above = _halved(value, edges[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {value} < {edges[middle]} THEN {below} ELSE {above} END"
