"""The encoding of a text: found by its mark, by UTF-8's strictness over all of it, or by guess."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from backend.ingest.failure import ReadingError
from backend.ingest.guessing import Doubt, guess_encoding
from backend.ingest.report import Warnings

BLOCK_BYTES = 4 * 1024 * 1024
SAMPLE_BYTES = 64 * 1024
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROLS_OF_TEXT = "\t\r\n\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f\x01"
SURELY_WIDE = 0.4
"""With this part of zero bytes on one side a text is UTF-16, even if it could be UTF-8."""
Substitute = Callable[[bytes], str]
MOSTLY_UTF8 = 0.5
"""A file of which this part of the non-ASCII sequences is UTF-8 is a damaged UTF-8 file: text in
another encoding hardly ever makes such a sequence by chance."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec by its Python name, how sure it is, and how many bytes of mark precede the text."""

    name: str
    confidence: float
    mark: int = 0
    sound: bool = False
    """Whether every byte of the stream is known, or presumed, to fit UTF-8."""
    presumed: bool = False
    """Whether only its beginning has been looked at; whoever reads it checks the rest."""
    doubt: Doubt | None = None
    """What else it may be, where that is not sure."""
    doubtful_line: int = 0
    """The first line whose letters depend on it."""


def detect_encoding(
    stream: BinaryIO, asked: str | None = None, *, presume: bool = False
) -> Encoding:
    """The encoding of a whole stream. An asked one is taken; its byte order mark is skipped.

    `presume`: what begins as UTF-8 is taken for UTF-8, without reading it all for that alone.
    """
    stream.seek(0)
    start = stream.read(SAMPLE_BYTES)
    if asked is not None:
        return _asked(asked, start)
    mark = _mark(start, "utf-")
    if mark and mark[1] != "utf-8":
        return Encoding(mark[1], 1.0, mark[0])
    wide = _wide(start)
    if wide:
        return wide
    if presume and _is_utf8(start):
        return Encoding("utf-8", 1.0, mark[0] if mark else 0, sound=True, presumed=True)
    census = _take_census(stream)
    if not census.bad:
        return Encoding("utf-8", 1.0, mark[0] if mark else 0, sound=True)
    if mark or census.good / (census.good + census.bad) >= MOSTLY_UTF8:
        return Encoding("utf-8", 0.8, mark[0] if mark else 0)
    return _guess(census)


def note_doubt(encoding: Encoding, warnings: Warnings) -> None:
    """Say which other encoding may be meant, and what would be read otherwise."""
    doubt = encoding.doubt
    if doubt is None:
        return
    sure = round(100 * encoding.confidence)
    warnings.add(
        "encoding_in_doubt",
        [encoding.doubtful_line],
        detail=f"It was read as {encoding.name} ({sure} % sure). In {doubt.encoding} "
        f"“{doubt.here}” would be “{doubt.there}”: if that is right, read the file again with the "
        f"encoding {doubt.encoding}.",
    )


def utf8_blocks(
    stream: BinaryIO,
    encoding: Encoding,
    warnings: Warnings,
    *,
    block_bytes: int = BLOCK_BYTES,
    line_end: bytes = b"\n",
) -> Iterator[bytes]:
    """The text of the stream as UTF-8, block by block, without its mark.

    Bytes that do not fit are read as Windows-1252 (in UTF-16 and UTF-32, and else, as U+FFFD) and
    counted with their lines.
    """
    stream.seek(encoding.mark)
    if encoding.sound:
        while block := stream.read(block_bytes):
            yield block
        return
    handler = _Repair(warnings, line_end.decode(), _substitute_in(encoding.name))
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    line = 1
    while True:
        block = stream.read(block_bytes)
        text = handler.decode(decoder, block, line, final=not block)
        if text:
            data = text.encode()
            line += data.count(line_end)
            yield data
        if not block:
            return


class _Repair:
    """Decodes, and notes the line of each byte that would not."""

    def __init__(self, warnings: Warnings, line_end: str, substitute: Substitute) -> None:
        self.warnings = warnings
        self.line_end = line_end
        self.substitute = substitute

    def decode(
        self, decoder: codecs.IncrementalDecoder, block: bytes, line: int, *, final: bool
    ) -> str:
        done: list[str] = []
        state = decoder.getstate()
        while True:
            try:
                done.append(decoder.decode(block, final))
                return "".join(done)
            except UnicodeDecodeError as error:
                whole: bytes = error.object
                decoder.setstate((b"", state[1]))
                done.append(decoder.decode(whole[: error.start]))
                done.append(self.substitute(whole[error.start : error.end]))
                at = line + sum(part.count(self.line_end) for part in done)
                self.warnings.add("undecodable_bytes", [at])
                decoder.setstate((b"", state[1]))
                block = whole[error.end :]


def _substitute_in(name: str) -> Substitute:
    """What stands for bytes that do not fit. Half a character of UTF-16 is no letter of another."""
    if name.startswith(("utf-16", "utf-32")):
        return lambda _: "\ufffd"
    return lambda raw: raw.decode("cp1252", "replace")


def _mark(start: bytes, family: str) -> tuple[int, str] | None:
    """The length and the encoding of the byte order mark, if it is one of this family's."""
    for mark, name in MARKS:
        if start.startswith(mark) and name.startswith(family):
            return len(mark), name
    return None


def _asked(asked: str, start: bytes) -> Encoding:
    try:
        name = codecs.lookup(asked).name.removesuffix("-sig")
        "".encode(name)
    except (LookupError, ValueError, AttributeError):
        raise ReadingError("invalid_option", f"There is no encoding called {asked!r}.") from None
    mark = _mark(start, name)
    if mark:  # utf-16 takes its byte order from the mark
        return Encoding(mark[1], 1.0, mark[0])
    return Encoding({"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name), 1.0)


def _is_utf8(start: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def _wide(start: bytes) -> Encoding | None:
    """UTF-16 without a mark: its line breaks and delimiters are ASCII with a zero beside them."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if not (even or odd):
        return None
    units = max(1, len(start) // 2)
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        rare = zeros / units < SURELY_WIDE
        if zeros / units < 0.02 or others > zeros / 10 or (rare and _is_utf8(start)):
            continue
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(start)
        except UnicodeDecodeError:
            continue
        if not any(c < " " and c not in CONTROLS_OF_TEXT for c in text):
            return Encoding(name, round(0.9 + 0.1 * min(1.0, zeros / units), 2))
    return None


class _Census:
    """How many sequences beyond ASCII are UTF-8 in a stream, how many are not, and the lines of
    those."""

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self.foreign = bytearray()
        self.lines = 0
        self.first_line = 0
        """The first line that is no UTF-8, from 1."""

    def count(self, data: bytes) -> None:
        """Adds a run of whole lines."""
        if not data.isascii():
            self._count(data)
        self.lines += _breaks(data)

    def _count(self, data: bytes) -> None:
        if is_sound(data):
            array = np.frombuffer(data, np.uint8)
            self.good += int(np.count_nonzero(array & 0xC0 == 0x80))
            return
        at = 0
        for line in data.splitlines(keepends=True):
            self._count_line(line)
            if self.bad and not self.first_line:
                self.first_line = self.lines + _breaks(data[:at]) + 1
            at += len(line)

    def _count_line(self, line: bytes) -> None:
        try:
            self.good += len(line) - len(line.decode())
        except UnicodeDecodeError as error:
            text = line.decode("utf-8", "replace")
            bad = text.count("\ufffd")
            self.bad += bad
            self.good += len(text) - bad - sum(map(str.isascii, text))
            if len(self.foreign) < SAMPLE_BYTES:
                self.foreign += line[max(0, error.start - 500) : error.start + 500] + b"\n"


def _breaks(data: bytes) -> int:
    return data.count(b"\n") or data.count(b"\r")


def is_sound(data: bytes) -> bool:
    """Whether all of it is UTF-8, with no character cut. Several times faster than decoding."""
    offsets = pa.py_buffer(np.array([0, len(data)], np.int64).tobytes())
    text = pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(data))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _take_census(stream: BinaryIO) -> _Census:
    census = _Census()
    stream.seek(0)
    carry = b""
    # Where lines beyond count are foreign, this is no damaged UTF-8: the rest need not be read.
    while census.bad <= 10_000 or census.good > census.bad:
        block = stream.read(BLOCK_BYTES)
        data = carry + block
        cut = data.rfind(b"\n") + 1 if block else len(data)
        carry = data[cut:]
        census.count(data[:cut])
        if not block:
            break
    return census


def _guess(census: _Census) -> Encoding:
    guessed = guess_encoding(bytes(census.foreign))
    return Encoding(
        guessed.encoding, guessed.confidence, doubt=guessed.doubt, doubtful_line=census.first_line
    )
