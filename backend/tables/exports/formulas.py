"""Text that a spreadsheet program would run as a formula when it opens a file of text.

What begins so is listed by OWASP ("CSV Injection"): `=`, `+`, `-`, `@`, tab, carriage return; also
the full-width forms of the first four, which programs in East Asian settings take for the same.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from backend.tables.exports.texts import enclosed, first_bytes

pc: Any = pyarrow.compute

MARK = "'"
"""What spreadsheet programs themselves put before text that is not to be run."""

BEGINNING = r"^[=+\-@\t\r\n＝＋－＠]"
# A sign and digits, with whatever separates thousands and decimals; or nothing but signs.
HARMLESS = r"^[+\-](?:[0-9.,'’ \x{00A0}\x{202F}]*[0-9][.,]?(?:[eE][+\-]?[0-9]+)?\s?%?|[+\-]*)$"
_HARMLESS_IN_PYTHON = re.compile(HARMLESS.replace(r"\x{00A0}\x{202F}", "\u00a0\u202f"))


# The first bytes of what begins so; that of full-width forms is the first of many characters.
_FIRST_BYTES = np.isin(np.arange(256), list(b"=+-@\t\r\n\xef"))


def runs(text: pa.Array[Any]) -> npt.NDArray[np.bool_]:
    """Which cells would be run. Nulls would not.

    A number with a sign (`-12.5`, `+47 123`, `-1.5e3`, `-7%`) is a number and stays one.
    """
    found = _FIRST_BYTES[first_bytes(text)]
    places = np.flatnonzero(found)
    if len(places):
        doubtful = text.take(places)
        begins = pc.match_substring_regex(doubtful, BEGINNING)
        harmless = pc.match_substring_regex(doubtful, HARMLESS)
        would_run = pc.fill_null(pc.and_not(begins, harmless), False)
        found[places] = would_run.to_numpy(zero_copy_only=False)
    return found


def neutral(text: pa.Array[Any]) -> pa.Array[Any]:
    """The same texts, with an apostrophe before those that would be run."""
    found = runs(text)
    return enclosed(text, found, MARK, "") if found.any() else text


def neutral_header(name: str) -> str:
    """The same for one header."""
    would_run = re.match(BEGINNING, name) and not _HARMLESS_IN_PYTHON.fullmatch(name)
    return MARK + name if would_run else name
