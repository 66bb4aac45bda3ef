"""A cache bounded by bytes keeps its bound, and what was used last."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from backend.tables.byte_bounded import ByteBoundedCache
from tests.conftest import Seeded


def cache_of(max_bytes: int) -> ByteBoundedCache[int, bytes]:
    return ByteBoundedCache(max_bytes, len)


def test_what_was_not_used_for_longest_goes_first() -> None:
    cache = cache_of(100)
    for key in range(4):
        cache.put(key, bytes(25))
    assert cache.get(0) == bytes(25)
    cache.put(4, bytes(25))
    assert [key for key in range(5) if key in cache] == [0, 2, 3, 4]


def test_a_value_larger_than_a_quarter_of_the_bound_is_not_kept() -> None:
    cache = cache_of(100)
    cache.put(1, bytes(20))
    assert not cache.put(2, bytes(26))
    assert cache.put(3, bytes(25))
    assert [key for key in range(5) if key in cache] == [1, 3]


def test_an_oversized_value_does_not_leave_the_one_it_replaces() -> None:
    cache = cache_of(100)
    cache.put(1, b"old")
    cache.put(1, bytes(26))
    assert cache.get(1) is None
    assert cache.bytes == 0


def test_look_ups_are_counted() -> None:
    cache = cache_of(100)
    cache.put(1, b"one")
    cache.get(1)
    cache.get(1)
    cache.get(2)
    assert (cache.hits, cache.misses) == (2, 1)


def test_what_is_forgotten_takes_no_bytes() -> None:
    cache = cache_of(100)
    cache.put(1, bytes(10))
    cache.put(2, bytes(10))
    cache.discard(1)
    cache.discard(7)
    assert (cache.bytes, len(cache)) == (10, 1)
    cache.clear()
    assert (cache.bytes, len(cache)) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=80))
def test_the_bytes_are_always_those_of_what_is_kept(puts: list[tuple[int, int]]) -> None:
    cache = cache_of(100)
    for key, size in puts:
        cache.put(key, bytes(size))
        kept = [value for key in range(10) if key in cache and (value := cache.get(key))]
        assert cache.bytes == sum(map(len, kept)) <= 100


def test_the_bound_holds_under_threads(seeded: Seeded) -> None:
    cache = cache_of(4_000)
    rounds = seeded.rounds(3_000)

    def use(worker: int) -> int:
        chance = random.Random(seeded.seed + worker)
        largest = 0
        for _ in range(rounds):
            key = chance.randrange(200)
            value = cache.get(key)
            assert value is None or value == bytes([key]) * len(value)
            cache.put(key, bytes([key]) * chance.randrange(1_100))
            largest = max(largest, cache.bytes)
        return largest

    with ThreadPoolExecutor(8) as pool:
        # Inside `put` the count may pass the bound for a moment, by one value.
        assert max(pool.map(use, range(8))) <= 5_000
    assert cache.bytes <= 4_000
    assert cache.hits + cache.misses == 8 * rounds
