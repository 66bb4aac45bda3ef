"""What is looked at to guess how a text is written: its start, and pieces of its midst and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from backend.ingest.dialect import CR, LF
from backend.ingest.encoding import Encoding, is_sound, utf8_blocks
from backend.ingest.report import Warnings
from backend.ingest.unpacking import Unpacked

SAMPLE_BYTES = 1024 * 1024
PIECE_BYTES = 64 * 1024
PLACES = (0.5, 1.0)
"""Where pieces are taken: in the midst and at the end."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The start of a text in UTF-8, from a row on; `whole`: it is all there is.

    `elsewhere`: whole lines from further down. `offset` and `line`: where it starts.
    """

    text: bytes
    whole: bool
    elsewhere: tuple[bytes, ...] = ()
    offset: int = 0
    line: int = 1
    above: bytes = b""
    """The beginning of what stands above it."""

    def starting_at(self, position: int, line: int) -> Sample:
        """The sample without what stands above a line of it."""
        return Sample(
            self.text[position:],
            self.whole,
            (),
            self.offset + position,
            line,
            self.above_position(position),
        )

    def above_position(self, position: int) -> bytes:
        """The beginning of what stands above a line of it."""
        return (self.above + self.text[:position])[:PIECE_BYTES]

    @property
    def sound(self) -> bool:
        """Whether it is UTF-8 as far as it goes."""
        # A character may be cut at the end of a sample, not at its last line break.
        text = self.text if self.whole else self.text[: self.text.rfind(LF) + 1]
        return is_sound(text) and all(map(is_sound, self.elsewhere))

    def front(self) -> bytes:
        """The text up to the first blank line that some lines stand above."""
        text, at = self.text, 0
        while (at := _blank_line(text, at)) >= 0:
            if len(text[:at].splitlines()) > 2:
                return text[:at]
            at += 1
        return text


def take_sample(stream: BinaryIO, size: int, encoding: Encoding) -> Sample:
    """The start of a stream of `size` bytes, and more of it where it can be had at once."""
    blocks = utf8_blocks(stream, encoding, Warnings(), block_bytes=SAMPLE_BYTES)
    text = next(blocks, b"")
    whole = next(blocks, None) is None
    if whole:
        pieces = [_piece_of_text(text, place) for place in PLACES if len(text) > 4 * PIECE_BYTES]
    elif isinstance(stream, Unpacked) or not getattr(stream, "complete", True):
        # it can only be read from the beginning, or has not come yet
        pieces = []
    else:
        pieces = [_piece_of_stream(stream, size, encoding, place) for place in PLACES]
    return Sample(text, whole, tuple(piece for piece in pieces if piece))


def sample_from_line(
    stream: BinaryIO, encoding: Encoding, line: int, line_end: bytes
) -> Sample | None:
    """The text from a line on, however far down it is; None if there is no such line."""
    missing, offset = line - 1, 0
    blocks = utf8_blocks(stream, encoding, Warnings(), line_end=line_end)
    for block in blocks:
        breaks = block.count(line_end)
        if breaks >= missing:
            start = _after_breaks(block, missing, line_end)
            text, more = block[start:], next(blocks, b"")
            last = next(blocks, None) is None
            return Sample(
                (text + more)[:SAMPLE_BYTES],
                last and len(text + more) <= SAMPLE_BYTES,
                (),
                offset + start,
                line,
            )
        missing -= breaks
        offset += len(block)
    return None


def _blank_line(text: bytes, start: int) -> int:
    """Where the first of two line breaks that touch ends."""
    found = (text.find(pair, start) for pair in (b"\n\n", b"\n\r\n", b"\r\r"))
    return min((at + 1 for at in found if at >= 0), default=-1)


def _after_breaks(block: bytes, breaks: int, line_end: bytes) -> int:
    at = 0
    for _ in range(breaks):
        at = block.index(line_end, at) + 1
    return at + 1 if breaks and line_end == CR and block.startswith(LF, at) else at


def _piece_of_text(text: bytes, place: float) -> bytes:
    start = int((len(text) - PIECE_BYTES) * place)
    return _whole_lines(text[start : start + PIECE_BYTES])


def _piece_of_stream(stream: BinaryIO, size: int, encoding: Encoding, place: float) -> bytes:
    start = max(encoding.mark, int((size - PIECE_BYTES) * place))
    # In UTF-16 and UTF-32 a character takes two or four bytes.
    stream.seek(start - (start - encoding.mark) % 4)
    raw = stream.read(PIECE_BYTES)
    if not encoding.sound:
        raw = raw.decode(encoding.name, "replace").encode()
    return _whole_lines(raw)


def _whole_lines(piece: bytes) -> bytes:
    """Without the parts of lines at its edges."""
    line_end = LF if LF in piece else CR
    return piece[piece.find(line_end) + 1 : piece.rfind(line_end) + 1]
