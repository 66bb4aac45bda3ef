"""The dialect of delimited text: what tells cells and rows apart."""

from __future__ import annotations

from dataclasses import dataclass

LF, CR = b"\n", b"\r"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells and rows are told apart. `quote` None: quotes are ordinary characters."""

    delimiter: str
    quote: str | None = '"'
    line_end: bytes = LF
    """What ends a row (a CR before an LF belongs to it)."""
    delimiter_confidence: float = 1.0
    quote_confidence: float = 1.0
    line_end_confidence: float = 1.0
    one_column: bool = False
    """Whether nothing divides the lines: `delimiter` then is one that does not occur."""

    @property
    def delimiter_bytes(self) -> bytes:
        """The delimiter as it stands in UTF-8."""
        return self.delimiter.encode()

    @property
    def quote_bytes(self) -> bytes | None:
        """The quote as it stands in UTF-8."""
        return self.quote.encode() if self.quote else None

    @property
    def plain(self) -> bool:
        """Whether the engine can read it: one ASCII character each."""
        return len(self.delimiter_bytes) == 1 and len(self.quote_bytes or b"q") == 1
