"""Tasks and results as JSON, on their way to the child process and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend.domain import CellProblem, Column, ColumnType, Failure, ReadingOptions, Sheet
from backend.ingest.limits import Limits
from backend.ingest.results import Reading, SheetFiles

Message = dict[str, Any]


def task_message(
    source: Path,
    filename: str,
    options: ReadingOptions,
    output: Path,
    limits: Limits,
    *,
    careful: bool = False,
    growing: Path | None = None,
) -> Message:
    """A task for the child: what to read, how, into which directory, at what cost."""
    return {
        "source": str(source),
        "filename": filename,
        "options": options.given(),
        "output": str(output),
        "limits": asdict(limits),
        "careful": careful,
        "growing": str(growing) if growing else None,
    }


def reading_message(reading: Reading) -> Message:
    """A finished reading."""
    sheets = [
        {
            "sheet": asdict(files.sheet),
            "data": str(files.data),
            "written": str(files.written) if files.written else None,
        }
        for files in reading.sheets
    ]
    return {"reading": {"sheets": sheets, "report": reading.report}}


def failure_message(failure: Failure) -> Message:
    """The file's own fault."""
    return {"failure": asdict(failure)}


def to_reading(message: Message) -> Reading:
    """The reading a message tells of."""
    return Reading(tuple(_to_sheet(sheet) for sheet in message["sheets"]), message["report"])


def to_failure(message: Message) -> Failure:
    """The failure a message tells of."""
    errors = tuple(CellProblem(**error) for error in message["errors"])
    return Failure(message["code"], message["detail"], errors)


def _to_sheet(message: Message) -> SheetFiles:
    sheet = message["sheet"]
    columns = tuple(
        Column(**(column | {"type": ColumnType(column["type"])})) for column in sheet["columns"]
    )
    written = message["written"]
    return SheetFiles(
        Sheet(**(sheet | {"columns": columns})),
        Path(message["data"]),
        Path(written) if written else None,
    )
