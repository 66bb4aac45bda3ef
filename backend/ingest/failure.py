"""The one exception of reading: the file's own fault, with a code and a place."""

from __future__ import annotations

from collections.abc import Sequence

from backend.domain import CellProblem, Failure

CODES = {
    "empty_file": "The file holds no rows.",
    "unsupported_format": "The file is of a known kind that is not read here.",
    "not_a_table": "The file is neither text nor a workbook with a visible sheet.",
    "password_protected": "The workbook is encrypted; remove the password and retry.",
    "corrupt_file": "The file is damaged or cut short.",
    "invalid_option": "A reading option has a value that makes no sense.",
    "header_row_not_found": "No row begins where the header was said to be.",
    "sheet_not_found": "The workbook has no sheet of the name that was asked for.",
    "too_many_columns": "The table has more columns than this server reads.",
    "too_many_sheets": "The workbook has more sheets than this server reads.",
    "too_many_cells": "The cells of the sheet lie too far apart to be read as one table.",
    "nested_too_deeply": "The JSON is nested more deeply than this server reads.",
    "record_too_long": "One row is longer than this server reads.",
    "too_much_memory": "Reading the file takes more memory than this server gives it.",
    "took_too_long": "Reading the file takes longer than this server waits.",
    "output_too_large": "The table made from the file is larger than this server keeps.",
}
"""Every code a reading can fail with."""


class ReadingError(Exception):
    """The file cannot be read as asked; `failure` says why in a stable code and a sentence."""

    def __init__(self, code: str, detail: str, errors: Sequence[CellProblem] = ()) -> None:
        if code not in CODES:
            raise KeyError(code)
        super().__init__(detail)
        self.failure = Failure(code, detail, tuple(errors))
