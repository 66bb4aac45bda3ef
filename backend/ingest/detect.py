"""The guess which dialect a file is written in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, islice

from backend.domain import ReadingOptions
from backend.ingest.dialect import CR, LF, Dialect
from backend.ingest.failure import ReadingError
from backend.ingest.tolerant import Record, read_records

SAMPLE_RECORDS = 400
PIECE_RECORDS = 60
EVEN = 0.8
NEVER_WRITTEN = "\x1f"
"""Unit separator: the delimiter of a file that has none."""
NO_QUOTE = frozenset({"", "none"})
DELIMITER_NAMES = {
    "comma": ",",
    "tab": "\t",
    "\\t": "\t",
    "semicolon": ";",
    "pipe": "|",
    "space": " ",
    "colon": ":",
}
# How readily each is believed: a space or a colon is more often part of a text or a time.
CANDIDATES = {
    ",": 1.0,
    "\t": 1.0,
    ";": 1.0,
    "|": 1.0,
    "\x1f": 1.0,
    "\x01": 1.0,
    "^": 0.9,
    "~": 0.9,
    "¦": 0.9,
    " ": 0.3,
    ":": 0.3,
}
ONE_COLUMN = 0.2
"""A delimiter that explains a file less well than this is none: the file has one column."""
NEARLY = 0.8
"""What a row with one cell too many or too few is worth, where few rows are even."""
BESIDE = 0.5
"""What it is worth beside rows that are even, which are worth 1."""
COMMENT = b"#"
END_OF_FILE = b"\x1a"
"""Control-Z, with which DOS ended files."""
SMALLEST_BLOCK = 4
VALUE = re.compile(
    r"""\s*(?:
        [-+]?[$€£]?\d[\d.,'\u00a0\u202f]*%?(?:[eE][-+]?\d+)?   # a number
      | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d\d?:\d\d.*)?    # a date
      | \d\d?:\d\d(?::\d\d)?(?:\.\d+)?                            # a time
      | (?i:true|false|yes|no|null|na|n/a|nan|none|-)
    )?\s*\Z""",
    re.VERBOSE,
)


def detect_dialect(
    sample: bytes, options: ReadingOptions, *, whole: bool, elsewhere: Sequence[bytes] = ()
) -> Dialect:
    """The dialect of a sample in UTF-8 that starts at a row; options pin what they name.

    `whole` says that the sample is all of the file. `elsewhere`: whole lines from further down.
    """
    delimiters = _asked_delimiter(options)
    quotes = _asked_quote(options)
    scored: list[tuple[float, Dialect]] = []
    odd: dict[Dialect, int] = {}
    for delimiter, trust in delimiters.items():
        for quote, quote_trust in quotes.items():
            if quote == "'" and len(quotes) > 1:
                quote_trust = _trust_in_apostrophes(sample, delimiter)
            line_ends = likely_line_ends(sample, quote)
            for line_end in line_ends:
                dialect = Dialect(delimiter, quote, line_end)
                records = sample_records(sample, dialect, whole=whole)
                odd[dialect] = sum(bool(record.problems) for record in records)
                score = _score(records, delimiter)
                if len(line_ends) > 1:  # one long row is even, and proves nothing
                    score *= 1 - 1 / (len(records) + 1)
                for piece in elsewhere:
                    # The start tells more: it begins at a row, and has the header.
                    found = _score(records_of_piece(piece, dialect), delimiter)
                    score = 0.75 * score + 0.25 * found
                scored.append((score * trust * quote_trust, dialect))
    # A table of one column scores nothing in any dialect: then the soundest line end is taken.
    order = list(quotes)
    scored.sort(key=lambda pair: (-pair[0], order.index(pair[1].quote), odd[pair[1]]))
    return _choose(scored, options)


def sample_records(
    sample: bytes, dialect: Dialect, *, whole: bool, width: int | None = None, line: int = 1
) -> list[Record]:
    """The first records of a sample, blank ones among them; `width` as in `read_records`.

    They are SAMPLE_RECORDS, or as many as it takes until a row is as wide as the table is.
    """
    found: list[Record] = []
    wide = width is None
    for record in read_records(sample, dialect, final=whole, width=width, line=line):
        found.append(record)
        wide = wide or len(record.cells) == width
        if len(found) >= SAMPLE_RECORDS and wide:
            break
    if not found and not whole:  # not even one record ends within the sample
        return list(read_records(sample, dialect, final=True))
    return found


def records_of_piece(piece: bytes, dialect: Dialect) -> list[Record]:
    """Some records from the midst of a file, without blank ones."""
    found = islice(read_records(piece, dialect, final=True), PIECE_RECORDS)
    return [record for record in found if not record.blank]


def width_of_table(records: Sequence[Record], elsewhere: Sequence[Sequence[Record]]) -> int:
    """The usual number of cells, by the start of the file and by pieces from further down.

    The start decides, unless it is uneven and all pieces agree with each other.
    """
    width = usual_width(records)
    if not elsewhere or evenness(records, width) >= EVEN and width > 1:
        return width
    widths = {usual_width(piece) for piece in elsewhere}
    other = widths.pop()
    agree = not widths and all(evenness(piece, other) > EVEN for piece in elsewhere)
    return other if agree and other > 1 else width


def evenness(records: Sequence[Record], width: int) -> float:
    """Which part of the records has this number of cells."""
    filled = [record for record in records if not record.blank]
    return sum(len(record.cells) == width for record in filled) / max(1, len(filled))


def usual_width(records: Sequence[Record]) -> int:
    """The number of cells most records have; the greater one where two are as usual."""
    filled = [record for record in records if not record.blank]
    rows = [record for record in filled if not record.cells[0].startswith(COMMENT)] or filled
    widths = Counter(len(record.cells) for record in rows)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 1


def likely_line_ends(sample: bytes, quote: str | None = '"') -> list[bytes]:
    """LF (alone or after CR), or CR where that is what nearly all rows end with.

    Both where neither is rare, or where line breaks within quotes may be taken for those without.
    """
    found = _line_ends(sample)
    if quote is None or quote.encode() not in sample:
        return found
    outside = b"".join(sample.split(quote.encode())[0::2])
    if not (CR in outside or LF in outside):  # an unclosed quote: count everything
        return found
    return sorted({*found, *_line_ends(outside)})


def _line_ends(text: bytes) -> list[bytes]:
    feeds = text.count(LF)
    lone_returns = text.count(CR) - text.count(b"\r\n")
    if feeds < lone_returns <= 4 * feeds:
        return [LF, CR]
    return [CR] if lone_returns > feeds else [LF]


def _asked_delimiter(options: ReadingOptions) -> dict[str, float]:
    if options.delimiter is None:
        return CANDIDATES
    delimiter = DELIMITER_NAMES.get(options.delimiter, options.delimiter)
    if not delimiter or set(delimiter) & set('\r\n"\ufeff') or len(delimiter) > 8:
        raise ReadingError(
            "invalid_option",
            f"{options.delimiter!r} cannot be a delimiter: give one to eight characters that are "
            "neither quotes nor line breaks, or a name such as tab.",
        )
    return {delimiter: 1.0}


def _asked_quote(options: ReadingOptions) -> dict[str | None, float]:
    if options.quote is None:
        return {'"': 1.0, "'": 1.0}
    if options.quote.lower() in NO_QUOTE:
        return {None: 1.0}
    if len(options.quote) > 1 or options.quote in "\r\n":
        raise ReadingError(
            "invalid_option", f"{options.quote!r} cannot be a quote: give one character, or none."
        )
    return {options.quote: 1.0}


def _trust_in_apostrophes(sample: bytes, delimiter: str) -> float:
    """More than in double quotes if most lines have cells in apostrophes; none if few do."""
    opened = {}
    for quote in (b"'", b'"'):
        edges = (delimiter.encode() + quote, b"\n" + quote, b"\r" + quote)
        opened[quote] = sample.startswith(quote) + sum(map(sample.count, edges))
    if opened[b"'"] <= opened[b'"']:
        return 0.0
    lines = max(sample.count(b"\n"), sample.count(b"\r"), 1)
    closed = sample.count(b"'" + delimiter.encode()) + sample.count(b"'\n") + sample.count(b"'\r")
    if min(opened[b"'"], closed) > lines / 2:
        return 1.1
    return 0.0 if opened[b'"'] else 0.9


def _choose(scored: list[tuple[float, Dialect]], options: ReadingOptions) -> Dialect:
    best_score, best = scored[0]
    if options.delimiter is None and best_score < ONE_COLUMN:
        return Dialect(
            NEVER_WRITTEN,
            '"' if options.quote is None else best.quote,
            best.line_end,
            0.9 if best_score == 0 else 0.5,
            one_column=True,
        )

    def confidence(others: Iterable[float]) -> float:
        second = max(others, default=0.0)
        return round(best_score / (best_score + second), 2) if second else 1.0

    alike = [(score, one) for score, one in scored if one.delimiter == best.delimiter]
    return replace(
        best,
        delimiter_confidence=confidence(s for s, d in scored if d.delimiter != best.delimiter),
        quote_confidence=confidence(s for s, d in alike if d.quote != best.quote),
        line_end_confidence=confidence(
            s for s, d in alike if d.quote == best.quote and d.line_end != best.line_end
        ),
    )


def _score(found: Sequence[Record], delimiter: str) -> float:
    """How well a dialect explains the sample: even rows, cells that look like one thing each."""
    records = [r for r in found if not r.blank and r.cells != [END_OF_FILE]]
    width = usual_width(records)
    if width == 1 or not records:
        return 0.0
    even = [record for record in records if len(record.cells) == width]
    near = [r for r in records if 1 < width - 1 <= len(r.cells) <= width + 1]
    mixed = len(even) + BESIDE * max(0, len(near) - len(even))
    consistent = max(mixed, NEARLY * len(near), _even_in_blocks(found)) / len(records)
    sound = 1 - sum("unclosed_quotes" in r.problems for r in records) / len(records)
    cells = [cell for record in even[:100] for cell in record.cells[:50]]
    likeness = sum(_likeness(cell, delimiter) for cell in cells) / len(cells)
    return consistent**2 * sound * likeness * (width - 0.5) / width


def _even_in_blocks(records: Sequence[Record]) -> int:
    """How many rows are as wide as their neighbours, where blank lines part several tables."""
    even = 0
    for blank, group in groupby(records, key=lambda record: record.blank):
        widths = Counter() if blank else Counter(len(record.cells) for record in group)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        even += count if width > 1 and widths.total() >= SMALLEST_BLOCK else 0
    return even


def _likeness(cell: bytes, delimiter: str) -> float:
    text = cell[:200].decode("utf-8", "replace")
    if VALUE.match(text):
        return 1.0
    strangers = sum(text.count(c) for c in ',;\t|"' if c != delimiter)
    return max(0.3, 0.95 - 0.15 * strangers)
