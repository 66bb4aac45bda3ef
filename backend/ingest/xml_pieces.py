"""A long list of elements in a zipped XML part, a few megabytes of it at a time."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from backend.ingest.books import UnclearSheetError
from backend.ingest.failure import ReadingError

PIECE_BYTES = 4 * 1024 * 1024
LONGEST_ELEMENT = 32 * 1024 * 1024
LONGEST_TAG = 64 * 1024
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole elements, and the prefix of their names: mostly none, else with its colon."""

    xml: bytes
    prefix: bytes

    def wrapped(self, root: bytes, content: bytes, inner: bytes = b"") -> bytes:
        """Content as a document with this root, and an element within the root if one is named."""
        space = b"xmlns:" + self.prefix[:-1] if self.prefix else b"xmlns"
        names = [name for name in (root, inner) if name]
        start = b"".join(b"<%b%b>" % (self.prefix, name) for name in names)
        end = b"".join(b"</%b%b>" % (self.prefix, name) for name in reversed(names))
        return start.replace(b">", b' %b="%b">' % (space, MAIN), 1) + content + end


def cut_at(
    source: Path, member: str, parent: bytes, element: bytes, piece_bytes: int
) -> Iterator[Piece]:
    """What `parent` holds, cut where an `element` begins.

    Raises UnclearSheetError where the parent never ends.
    """
    with zipfile.ZipFile(source) as archive, archive.open(member) as stream:
        prefix, rest = _find_start(stream, parent, piece_bytes)
        if prefix is None:
            return
        begin, end = b"<" + prefix + element, b"</" + prefix + parent
        while True:
            block = stream.read(piece_bytes)
            place = rest.find(end)
            if place >= 0:
                yield Piece(rest[:place], prefix)
                return
            if not block:
                raise UnclearSheetError(member)
            cut = rest.rfind(begin)
            if cut > 0:
                yield Piece(rest[:cut], prefix)
                rest = rest[cut:]
            rest += block
            if len(rest) > LONGEST_ELEMENT + piece_bytes:
                raise ReadingError(
                    "record_too_long",
                    f"One <{element.decode()}> of {member} is longer than "
                    "32 MiB of XML: shorten its cells, or save the workbook as CSV, and retry.",
                )


def _find_start(stream: IO[bytes], parent: bytes, piece_bytes: int) -> tuple[bytes | None, bytes]:
    """The prefix of the parent's name, and what follows its tag; no prefix: it is not there."""
    pattern = re.compile(rb"<((?:\w+:)?)" + parent + rb"(?:\s[^>]*?)?(/?)>")
    rest = b""
    while block := stream.read(piece_bytes):
        rest += block
        found = pattern.search(rest)
        if found:
            return (None, b"") if found[2] else (found[1], rest[found.end() :])
        rest = rest[-LONGEST_TAG:]
    return None, b""
