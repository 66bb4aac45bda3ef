"""Pieces of an export made a little ahead of whoever takes them, in order, by several threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future

from backend.tables.exports.blocks import Block

AHEAD_BYTES = 1024 * 1024
"""Of rows, as they are decoded: beyond it no further block is begun."""
AHEAD_BLOCKS = 4


def made_ahead(
    make: Callable[[Block], bytes], blocks: Iterator[Block], threads: Executor
) -> Iterator[bytes]:
    """What `make` makes of each block, in order; `make` runs in `threads`.

    A large block waits for nobody and nobody for it: then nothing is held between two pieces.
    """
    waiting: deque[tuple[Future[bytes], int]] = deque()
    try:
        while _begin_some(make, blocks, threads, waiting):
            yield waiting.popleft()[0].result()
    finally:
        for future, _ in waiting:
            future.cancel()


def _begin_some(
    make: Callable[[Block], bytes],
    blocks: Iterator[Block],
    threads: Executor,
    waiting: deque[tuple[Future[bytes], int]],
) -> bool:
    """Begin as many blocks as may be under way; whether there is any."""
    while len(waiting) < AHEAD_BLOCKS and sum(size for _, size in waiting) < AHEAD_BYTES:
        block = next(blocks, None)
        if block is None:
            break
        size = sum(array.nbytes for array in block)
        waiting.append((threads.submit(make, block), size))
    return bool(waiting)
