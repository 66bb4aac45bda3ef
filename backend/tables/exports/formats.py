"""The formats there are: what each is called, and what makes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from backend.tables.exports.ahead import made_ahead
from backend.tables.exports.arrow_files import ArrowStreamFormat, write_parquet
from backend.tables.exports.blocks import Block, Stored
from backend.tables.exports.delimited import DelimitedFormat
from backend.tables.exports.json_lines import JsonFormat, JsonLinesFormat
from backend.tables.exports.workbook import write_workbook

VERSION = 3
"""Part of every ETag: to be raised when the bytes of a format become others."""


class StreamedFormat(Protocol):
    """A format that can be sent while it is made."""

    between: bytes
    """What stands between the pieces that blocks become."""

    def begin(self) -> bytes:
        """What comes before the rows."""
        ...

    def block(self, block: Block) -> bytes:
        """Some rows. Blocks are independent of each other: several threads make them."""
        ...

    def end(self) -> bytes:
        """What comes after them."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One of them. `stream` or `write` is there, not both."""

    media_type: str
    as_text: bool = False
    """Whether cells are exported as they were written, rather than as values."""
    packs: bool = False
    """Whether gzip makes a fraction of it."""
    stream: Callable[..., StreamedFormat] | None = None
    write: Callable[..., None] | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is written once and kept, so that parts of it can be asked for."""
        return self.write is not None


def _parquet(path: Path, columns: Sequence[Stored], blocks: Iterable[Block], **_: Any) -> None:
    write_parquet(path, columns, blocks)


def _workbook(
    path: Path, columns: Sequence[Stored], blocks: Iterable[Block], *, sheet: str, raw: bool
) -> None:
    write_workbook(path, sheet, columns, blocks, raw=raw)


FORMATS: dict[str, Format] = {
    "csv": Format(
        "text/csv; charset=utf-8; header=present",
        as_text=True,
        packs=True,
        stream=lambda columns, *, raw: DelimitedFormat(columns, ",", raw=raw),
    ),
    "tsv": Format(
        "text/tab-separated-values; charset=utf-8; header=present",
        as_text=True,
        packs=True,
        stream=lambda columns, *, raw: DelimitedFormat(columns, "\t", raw=raw),
    ),
    "jsonl": Format(
        "application/jsonl; charset=utf-8",
        packs=True,
        stream=lambda columns, **_: JsonLinesFormat(columns),
    ),
    "json": Format("application/json", packs=True, stream=lambda columns, **_: JsonFormat(columns)),
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write=_workbook
    ),
    "parquet": Format("application/vnd.apache.parquet", write=_parquet),
    "arrow": Format(
        "application/vnd.apache.arrow.stream",
        stream=lambda columns, **_: ArrowStreamFormat(columns),
    ),
}


def streamed(made: StreamedFormat, blocks: Iterator[Block], threads: Executor) -> Iterator[bytes]:
    """The bytes of an export, piece by piece, none of them empty but perhaps the last."""
    is_first = True
    for piece in made_ahead(made.block, blocks, threads):
        yield (made.begin() if is_first else made.between) + piece
        is_first = False
    yield (made.begin() if is_first else b"") + made.end()


def is_whole_export(path: Path) -> bool:
    """Whether a Parquet file or a workbook has its end, as far as its last bytes say."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(max(-22, -file.seek(0, os.SEEK_END)), os.SEEK_END)
        tail = file.read()
    if head == b"PAR1":
        return tail.endswith(head) and len(tail) > len(head)
    return head == b"PK\x03\x04" and tail.startswith(b"PK\x05\x06")
