"""Text that a spreadsheet program would run as a formula when it opens a file of text.

What begins so is listed by OWASP ("CSV Injection"): `=`, `+`, `-`, `@`, tab, carriage return; also
the full-width forms of the first four, which programs in East Asian settings take for the same.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute

MARK = "'"
"""What spreadsheet programs themselves put before text that is not to be run."""

BEGINNING = r"^[=+\-@\t\r\n＝＋－＠]"
# A sign and digits, with whatever separates thousands and decimals; or nothing but signs.
HARMLESS = r"^[+\-](?:[0-9.,'’ \x{00A0}\x{202F}]*[0-9][.,]?(?:[eE][+\-]?[0-9]+)?\s?%?|[+\-]*)$"
_HARMLESS_IN_PYTHON = re.compile(HARMLESS.replace(r"\x{00A0}\x{202F}", "\u00a0\u202f"))


def runs(text: pa.Array[Any]) -> pa.Array[Any] | None:
    """Which cells would be run, as an array of booleans; None where none would. Nulls would not.

    A number with a sign (`-12.5`, `+47 123`, `-1.5e3`, `-7%`) is a number and stays one.
    """
    suspicious = pc.fill_null(pc.match_substring_regex(text, BEGINNING), False)
    if not pc.any(suspicious).as_py():
        return None
    harmless = pc.fill_null(pc.match_substring_regex(text, HARMLESS), False)
    found: pa.Array[Any] = pc.and_not(suspicious, harmless)
    return found if pc.any(found).as_py() else None


def neutral(text: pa.Array[Any]) -> pa.Array[Any]:
    """The same texts, with an apostrophe before those that would be run."""
    found = runs(text)
    if found is None:
        return text
    marked: pa.Array[Any] = pc.if_else(found, pc.binary_join_element_wise(MARK, text, ""), text)
    return marked


def neutral_header(name: str) -> str:
    """The same for one header."""
    would_run = re.match(BEGINNING, name) and not _HARMLESS_IN_PYTHON.match(name)
    return MARK + name if would_run else name
