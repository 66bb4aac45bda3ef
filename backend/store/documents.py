"""Values that are stored as JSON documents: columns, failures, progress, options."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from backend.domain import CellProblem, Column, ColumnType, Failure, Progress, ReadingOptions

_RARE = {"generated": False, "exact": True, "written": False}


def from_column(column: Column) -> dict[str, Any]:
    """A column as JSON. A sheet may have thousands, so what is usual is left out."""
    document = {
        "key": column.key,
        "name": column.name,
        "type": str(column.type),
        "nulls": column.nulls,
    }
    for field, usual in _RARE.items():
        if (value := getattr(column, field)) != usual:
            document[field] = value
    return document


def to_column(document: dict[str, Any]) -> Column:
    """What `from_column` wrote."""
    return Column(**{**document, "type": ColumnType(document["type"])})


def from_failure(failure: Failure) -> dict[str, Any]:
    """A failure with its located cells, as JSON."""
    return asdict(failure)


def to_failure(document: dict[str, Any] | None) -> Failure | None:
    """What `from_failure` wrote."""
    if document is None:
        return None
    errors = tuple(CellProblem(**problem) for problem in document["errors"])
    return Failure(code=document["code"], detail=document["detail"], errors=errors)


def from_progress(progress: Progress) -> dict[str, Any]:
    """Progress as JSON."""
    return asdict(progress)


def to_progress(document: dict[str, Any] | None) -> Progress | None:
    """What `from_progress` wrote."""
    return None if document is None else Progress(**document)


def to_options(document: dict[str, Any]) -> ReadingOptions:
    """What `ReadingOptions.given` wrote."""
    return ReadingOptions(**document)
