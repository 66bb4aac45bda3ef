"""The guess which encoding a text is in that is no UTF-8: how common it is, and how well it fits.

Each different word counts once: a thousand times the same sign tell no more than one.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from backend.ingest import ideographs, letters

COMMON = {
    "cp1252": 1.0, "cp1250": 0.05, "cp1251": 0.1, "cp932": 0.08, "gb18030": 0.08, "cp949": 0.05,
    "big5": 0.03, "euc_jp": 0.02, "cp1253": 0.03, "cp1254": 0.05, "cp1255": 0.03, "cp1256": 0.03,
    "cp1257": 0.02, "cp874": 0.02, "mac_roman": 0.02, "cp850": 0.02, "iso8859_15": 0.02,
    "iso8859_2": 0.02, "koi8_r": 0.02, "cp866": 0.02, "iso8859_7": 0.02, "iso8859_9": 0.03,
    "cp852": 0.01, "cp437": 0.01, "iso8859_5": 0.005, "mac_cyrillic": 0.003, "iso8859_13": 0.005,
    "iso8859_8": 0.01, "iso8859_6": 0.005,
}  # fmt: skip
"""How common tables in these encodings are, beside those in Windows-1252."""
WORD = re.compile(rb"(?:[0-9] )?[^\s,;\"]*[\x80-\xff][^\s,;\"]*(?: [0-9])?")
"""A word with a byte beyond ASCII, and the number beside it. The second byte of a character of East
Asia is neither a space nor one of these signs."""
DIGITS = re.compile(rb"(?<![\x80-\xff])[0-9]+")
SAMPLE_BYTES = 20_000
CAUTION = 0.7
"""How much of the evidence is believed: neighbouring letters say partly the same."""
SUREST = 0.99
DOUBTFUL = 0.98
"""A choice less sure than this is told with the other one."""
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Doubt:
    """Another encoding, in which the file would say something else: what is read as `here` would
    be `there`."""

    encoding: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class Guessed:
    """An encoding, how sure it is that the text is what it says, and what else it may be."""

    encoding: str
    confidence: float
    doubt: Doubt | None


def guess_encoding(sample: bytes) -> Guessed:
    """The encoding in which the words beyond ASCII of a sample make the most sense.

    Encodings in which they are the same text are one choice, under the most common one's name.
    """
    words = _words(sample)
    data = b"\n".join(words)
    weights: dict[str, float] = {}
    names: dict[str, str] = {}
    for name, common in sorted(COMMON.items(), key=lambda pair: -pair[1]):
        text = data.decode(name, "replace")
        of_letters = name not in ideographs.SCRIPTS
        found = (letters if of_letters else ideographs).likelihood(text, name)
        weight = CAUTION * found + math.log(common)
        names.setdefault(text, name)
        weights[text] = max(weights.get(text, weight), weight)
    ranked = sorted(weights, key=lambda text: -weights[text])
    best = weights[ranked[0]]
    share = 1 / sum(math.exp(weight - best) for weight in weights.values())
    confidence = round(min(SUREST, share), 2)
    doubt = _doubt(ranked[0], ranked[1], names[ranked[1]]) if confidence < DOUBTFUL else None
    return Guessed(names[ranked[0]], confidence, doubt)


def _words(sample: bytes) -> list[bytes]:
    words: dict[bytes, None] = {}
    size = 0
    for found in WORD.finditer(sample):
        word = DIGITS.sub(b"0", found[0])
        if word not in words:
            words[word] = None
            size += len(word)
        if size > SAMPLE_BYTES:
            break
    return list(words)


def _doubt(text: str, other: str, encoding: str) -> Doubt:
    pairs = zip(text.split("\n"), other.split("\n"), strict=False)
    here, there = next(((a, b) for a, b in pairs if a != b), (text, other))
    return Doubt(encoding, here[:SHOWN], there[:SHOWN])
