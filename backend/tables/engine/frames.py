"""How questions and answers are cut on the line between the server and the query process."""

from __future__ import annotations

import asyncio
import struct
from typing import BinaryIO

JSON, BYTES, ERROR = 1, 2, 3
QUESTION_HEADER = struct.Struct(">I")
ANSWER_HEADER = struct.Struct(">QBQ")


def question(body: bytes) -> bytes:
    """A question with its length before it."""
    return QUESTION_HEADER.pack(len(body)) + body


def read(stream: BinaryIO) -> bytes | None:
    """The next question, or None at the end of the line."""
    header = stream.read(QUESTION_HEADER.size)
    if len(header) < QUESTION_HEADER.size:
        return None
    (length,) = QUESTION_HEADER.unpack(header)
    body = stream.read(length)
    return body if len(body) == length else None


def write_answer(stream: BinaryIO, number: int, kind: int, body: bytes) -> None:
    """The answer to question `number`."""
    stream.write(ANSWER_HEADER.pack(number, kind, len(body)))
    stream.write(body)
    stream.flush()


async def read_answer(stream: asyncio.StreamReader) -> tuple[int, int, bytes] | None:
    """The next answer, its number and its kind; None when the process is gone."""
    try:
        header = await stream.readexactly(ANSWER_HEADER.size)
        number, kind, length = ANSWER_HEADER.unpack(header)
        return number, kind, await stream.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
