"""From a piece of JSON to records. Numbers keep every digit: where a double might not, they come
as the text they are written in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import orjson

from backend.domain import CellProblem
from backend.ingest.failure import ReadingError
from backend.ingest.json_cutting import SPACE, Piece

# A number that a double may not hold digit for digit, or that is written in an unusual way.
DOUBTFUL_NUMBER = re.compile(rb"[:,\[][ \t\r\n]*-?(?:[0-9][0-9.]{15}|[0-9.]+[eE]|(?<=-)0[^.1-9])")
OPENINGS = re.compile(rb"\s*\{(?:\s*\"[^\"]*\"\s*:\s*[\[{]?)?\s*\Z")
DISTANT_COLON = re.compile(rb'"[ \t\r\n]+:')
Record = dict[str, Any]


class Digits(str):
    """A number as it is written."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object, with its keys in order and as often as they come."""

    __slots__ = ()


@dataclass(slots=True)
class Records:
    """Records of a piece, and the lines of those that name a key twice."""

    rows: list[Record]
    quick: bool
    repeating: list[int] = field(default_factory=list)

    def names(self) -> list[str]:
        """Every key, in the order in which they first appear."""
        return list(dict.fromkeys(chain.from_iterable(dict.fromkeys(map(tuple, self.rows)))))

    def columns(self, names: Sequence[str]) -> list[Sequence[Any]]:
        """The cells of each key; None where a record lacks it."""
        shapes = set(map(tuple, self.rows))
        if len(shapes) == 1:  # the usual case: all records are alike
            (shape,) = shapes
            by_key = dict(zip(shape, zip(*map(dict.values, self.rows), strict=True), strict=True))
            nothing = (None,) * len(self.rows)
            return [by_key.get(name, nothing) for name in names]
        return [[row.get(name) for row in self.rows] for name in names]


EXACT = json.JSONDecoder(
    parse_float=Digits,
    parse_int=Digits,
    parse_constant=Digits,
    object_pairs_hook=Pairs,
    strict=False,
)


def read_quickly(piece: Piece) -> Records | None:
    """The records, if nothing in them needs a closer look: no long number, no key twice."""
    data, count = piece.data, None
    if piece.lines:
        lines = [line for line in data.split(b"\n") if line.strip(SPACE)]
        data, count = b",".join(lines), len(lines)
    data = b"[" + data + b"]"
    try:
        rows = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not set(map(type, rows)) <= {dict} or (count is not None and len(rows) != count):
        return None
    # What is written again as it was has lost nothing; that is proved faster than looked for.
    if orjson.dumps(rows) != data and _is_doubtful(piece.data, rows):
        return None
    return Records(rows, quick=True)


def _is_doubtful(data: bytes, rows: list[Record]) -> bool:
    """Whether a number may have lost digits, or an object one of its keys."""
    if DOUBTFUL_NUMBER.search(data) or DISTANT_COLON.search(data):
        return True
    return data.count(b'":') != sum(map(len, rows))


def read_exactly(piece: Piece) -> Records:
    """The records, numbers as Digits and objects within them as Pairs; raises ReadingError."""
    found = Records([], quick=False)
    for line, value in _elements(piece):
        if not isinstance(value, Pairs):
            raise ReadingError(
                "not_a_table",
                f"What stands on line {line} is not a JSON object, so it is no row.",
                [CellProblem("not_a_table", row=line)],
            )
        record = dict(value)
        if len(record) != len(value):
            found.repeating.append(line)
        found.rows.append(record)
    return found


def _elements(piece: Piece) -> list[tuple[int, Any]]:
    if not piece.lines:
        values: Sequence[Any] = _decode(b"[" + piece.data + b"]", piece.line)
        return [(piece.line + number, value) for number, value in enumerate(values)]
    lines = piece.data.split(b"\n")
    if piece.line == 1 and len(lines) > 1 and OPENINGS.match(lines[0]):
        raise ReadingError(
            "not_a_table",
            "The JSON is one object over several lines; read are arrays of objects, and JSON Lines "
            "with an object on each line.",
        )
    return [
        (number, _decode(line, number))
        for number, line in enumerate(lines, start=piece.line)
        if line.strip(SPACE)
    ]


def _decode(data: bytes, line: int) -> Any:
    try:
        return EXACT.decode(data.decode())
    except RecursionError as error:
        raise ReadingError(
            "nested_too_deeply", f"The JSON at line {line} is nested too deeply."
        ) from error
    except json.JSONDecodeError as error:
        line += error.lineno - 1
        raise ReadingError(
            "corrupt_file",
            f"Line {line} is not JSON: {error.msg}, at its character {error.colno}.",
            [CellProblem("corrupt_file", row=line)],
        ) from error


def nested_text(value: Any) -> str:
    """A list or an object as JSON again, its numbers as they were written."""
    if isinstance(value, Pairs):
        pairs = (f"{_string(key)}:{nested_text(inner)}" for key, inner in value)
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(nested_text(inner) for inner in value) + "]"
    if isinstance(value, Digits):
        return str(value)
    return _string(value)


def _string(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
