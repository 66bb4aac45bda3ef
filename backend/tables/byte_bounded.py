"""A cache in memory bounded by bytes, since the values it holds differ in size a thousandfold."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# One entry may take this part of the bound, or it would push everything else out for itself.
LARGEST_PART = 4


class ByteBoundedCache(Generic[K, V]):
    """Keeps the most recently used values, never more than `max_bytes` of them. Thread-safe.

    `size_of` says how large a value is, and is asked once for each. A value larger than a quarter
    of the bound is not kept.
    """

    def __init__(self, max_bytes: int, size_of: Callable[[V], int]) -> None:
        self.max_bytes = max_bytes
        self._size_of = size_of
        self._lock = threading.Lock()
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = 0
        self._hits = 0
        self._misses = 0

    def get(self, key: K) -> V | None:
        """The value kept under `key`, now the most recently used one, or None; counted."""
        with self._lock:
            kept = self._values.get(key)
            if kept is None:
                self._misses += 1
                return None
            self._hits += 1
            self._values.move_to_end(key)
            return kept[0]

    def put(self, key: K, value: V) -> bool:
        """Keep `value`; False if it is too large to be kept."""
        size = self._size_of(value)
        with self._lock:
            self._forget(key)
            if size * LARGEST_PART > self.max_bytes:
                return False
            self._values[key] = (value, size)
            self._bytes += size
            while self._bytes > self.max_bytes:
                _, (_, freed) = self._values.popitem(last=False)
                self._bytes -= freed
            return True

    def discard(self, key: K) -> None:
        """Forget what is kept under `key`, if anything is."""
        with self._lock:
            self._forget(key)

    def clear(self) -> None:
        """Forget everything; the counters go on."""
        with self._lock:
            self._values.clear()
            self._bytes = 0

    @property
    def bytes(self) -> int:
        """The size of everything kept, at most `max_bytes`."""
        return self._bytes

    @property
    def hits(self) -> int:
        """How many look-ups found a value."""
        return self._hits

    @property
    def misses(self) -> int:
        """How many look-ups found nothing."""
        return self._misses

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        """Whether `key` is kept; neither counts nor touches it."""
        return key in self._values

    def _forget(self, key: K) -> None:
        kept = self._values.pop(key, None)
        if kept is not None:
            self._bytes -= kept[1]
