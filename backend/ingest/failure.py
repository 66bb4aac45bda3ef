"""The one exception of reading: the file's own fault, with a code and a place."""

from __future__ import annotations

from collections.abc import Sequence

from backend.domain import CellProblem, Failure


class ReadingError(Exception):
    """The file cannot be read as asked; `failure` says why in a stable code and a sentence."""

    def __init__(self, code: str, detail: str, errors: Sequence[CellProblem] = ()) -> None:
        super().__init__(detail)
        self.failure = Failure(code, detail, tuple(errors))
