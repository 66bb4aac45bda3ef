"""Pieces are made by several threads, and come in order, no further ahead than they may."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from backend.tables.exports import ahead
from backend.tables.exports.ahead import AHEAD_BLOCKS, made_ahead
from backend.tables.exports.blocks import Block

WAIT_S = 30


class Blocks:
    """Blocks of one number each, and how many of them were taken."""

    def __init__(self, count: int) -> None:
        self.taken = 0
        self._count = count

    def __iter__(self) -> Iterator[Block]:
        for number in range(self._count):
            self.taken += 1
            yield [pa.array([number])]


def number_of(block: Block) -> bytes:
    return str(block[0][0].as_py()).encode()


def test_pieces_come_in_order_although_the_first_is_made_last() -> None:
    second_is_made = threading.Event()

    def make(block: Block) -> bytes:
        piece = number_of(block)
        if piece == b"0":
            assert second_is_made.wait(WAIT_S)
        if piece == b"1":
            second_is_made.set()
        return piece

    with ThreadPoolExecutor(2) as threads:
        pieces = list(made_ahead(make, iter(Blocks(20)), threads))
    assert pieces == [str(number).encode() for number in range(20)]


def test_no_more_blocks_are_begun_than_may_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = Blocks(50)
    with ThreadPoolExecutor(2) as threads:
        pieces = made_ahead(number_of, iter(blocks), threads)
        assert next(pieces) == b"0"
        assert blocks.taken == AHEAD_BLOCKS
        # a block as large as all that may be ahead leaves none behind it
        monkeypatch.setattr(ahead, "AHEAD_BYTES", 1)
        for number in range(1, 40):
            assert next(pieces) == str(number).encode()
        assert blocks.taken == 40


def test_what_goes_wrong_with_a_block_is_told_in_its_place() -> None:
    def make(block: Block) -> bytes:
        if number_of(block) == b"2":
            raise pa.ArrowInvalid("damaged")
        return number_of(block)

    with ThreadPoolExecutor(2) as threads:
        pieces = made_ahead(make, iter(Blocks(9)), threads)
        assert [next(pieces), next(pieces)] == [b"0", b"1"]
        with pytest.raises(pa.ArrowInvalid, match="damaged"):
            next(pieces)
