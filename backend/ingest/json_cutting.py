"""Cuts a JSON text between records, so that it is never held as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.domain import CellProblem
from backend.ingest.failure import ReadingError

QUOTE, BACKSLASH, COMMA = ord('"'), ord("\\"), ord(",")
STEPS = np.zeros(256, np.int8)
STEPS[[ord("{"), ord("[")]] = 1
STEPS[[ord("}"), ord("]")]] = -1
STRUCTURAL = STEPS != 0
STRUCTURAL[[QUOTE, COMMA]] = True
SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records with nothing before or after them, and the line the first one begins on."""

    data: bytes
    line: int
    lines: bool
    """Whether each line is a record; else commas stand between them."""


def cut_lines(blocks: Iterable[bytes], longest: int) -> Iterator[Piece]:
    """Pieces of JSON Lines."""
    line, rest = 1, b""
    for block in blocks:
        data = rest + block
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            yield Piece(data[:cut], line, lines=True)
            line += data.count(b"\n", 0, cut)
        _check_length(rest, longest, line)
    if rest.strip(SPACE):
        yield Piece(rest, line, lines=True)


def cut_array(blocks: Iterable[bytes], longest: int) -> Iterator[Piece]:
    """Pieces of an array: what stands between its brackets, cut at commas between elements."""
    line, rest, begun = 1, b"", False
    source = iter(blocks)
    for block in source:
        rest += block
        if not begun:
            begun = rest.lstrip(SPACE).startswith(b"[")
            if not begun:
                continue
            line += rest.count(b"\n", 0, rest.index(b"["))
            rest = rest[rest.index(b"[") + 1 :]
        cut, end = _boundaries(rest)
        if end is not None:
            yield Piece(rest[:end], line, lines=False)
            _check_nothing_follows(rest[end + 1 :], source, line + rest.count(b"\n", 0, end))
            return
        if cut is not None:
            yield Piece(rest[:cut], line, lines=False)
            line += rest.count(b"\n", 0, cut)
            rest = rest[cut + 1 :]
        _check_length(rest, longest, line)
    raise ReadingError("corrupt_file", "The JSON array is cut short: its end is missing.")


def _boundaries(data: bytes) -> tuple[int | None, int | None]:
    """The last comma between elements, and where the array ends, if it does."""
    array = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(STRUCTURAL[array])
    signs = array[places]
    quotes = signs == QUOTE
    if b"\\" in data:
        quotes &= ~np.isin(places, _escaped(array))
    outside = (np.cumsum(quotes) % 2 == 0) & (signs != QUOTE)
    places, signs = places[outside], signs[outside]
    depth = np.cumsum(STEPS[signs], dtype=np.int64)
    ends = np.flatnonzero(depth < 0)
    if len(ends):
        return None, int(places[ends[0]])
    commas = np.flatnonzero((signs == COMMA) & (depth == 0))
    return (int(places[commas[-1]]) if len(commas) else None), None


def _escaped(array: Any) -> Any:
    """The places that an odd number of backslashes stands before."""
    places = np.flatnonzero(array == BACKSLASH)
    breaks = np.flatnonzero(np.diff(places) != 1)
    firsts = places[np.concatenate(([0], breaks + 1))]
    lasts = places[np.concatenate((breaks, [len(places) - 1]))]
    return lasts[(lasts - firsts) % 2 == 0] + 1


def _check_nothing_follows(rest: bytes, source: Iterator[bytes], line: int) -> None:
    while not rest.strip(SPACE):
        following = next(source, None)
        if following is None:
            return
        rest = following
    raise ReadingError(
        "corrupt_file",
        f"Something follows the end of the JSON array, which is on line {line}.",
        [CellProblem("corrupt_file", row=line)],
    )


def _check_length(rest: bytes, longest: int, line: int) -> None:
    if len(rest) > 2 * longest:
        raise ReadingError(
            "record_too_long", f"The record on line {line} is longer than {longest} bytes."
        )
