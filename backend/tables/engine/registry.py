"""The operations that the query process knows, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.tables.engine.opened import OpenRows
from backend.tables.engine.questions import Question

Operation = Callable[[OpenRows, Question], Any]

OPERATIONS: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register a function under a name; a second one of that name is an error."""

    def register(function: Operation) -> Operation:
        if name in OPERATIONS:
            raise ValueError(f"two operations are called {name!r}")
        OPERATIONS[name] = function
        return function

    return register
