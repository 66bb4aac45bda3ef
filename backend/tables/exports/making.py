"""Makes exports from the files of a sheet, or of a view of it that the query process wrote."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.domain import Column, Sheet
from backend.errors import QueryTimeoutError, UnavailableError
from backend.tables.exports.blocks import Block, Stored, read_blocks, stored_name
from backend.tables.exports.formats import FORMATS, Format, is_whole_export, streamed
from backend.tables.files import DamagedFileError, Fetch, FileCache
from backend.tables.row_groups import damage_named

ATTEMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to export. `view` is the id of the file of a view; None: all rows of the sheet."""

    sheet: Sheet
    columns: tuple[Column, ...]
    extension: str
    raw: bool
    view: str | None

    @property
    def format(self) -> Format:
        """Its format."""
        return FORMATS[self.extension]

    @property
    def stored(self) -> list[tuple[str, bool]]:
        """Of each column its key, and whether its written text is exported."""
        return [(one.key, self.is_written(one)) for one in self.columns]

    def is_written(self, column: Column) -> bool:
        """Whether the written text of a column is exported, rather than its values."""
        return self.format.as_text and column.written


class ExportMaker:
    """Blocking, and safe to share between threads. What it makes is kept, bounded, in `made`."""

    def __init__(
        self, files: FileCache, fetch: Fetch, directory: Path, max_bytes: int, threads: int
    ) -> None:
        """`threads` make pieces of what is streamed, for all streams together."""
        self._files = files
        self._fetch = fetch
        self._directory = directory
        self._made = FileCache(directory, max_bytes, is_whole_export)
        self._names = itertools.count()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pieces")

    def stream(self, wanted: Wanted) -> Generator[bytes]:
        """The bytes of a streamed format, a few thousand rows at a time.

        A damaged file is fetched again once, if that shows before the first piece; else
        DamagedFileError.
        """
        for attempt in range(1, ATTEMPTS + 1):
            has_begun = False
            try:
                for piece in self._streamed(wanted):
                    has_begun = True
                    yield piece
                return
            except DamagedFileError:
                self._discard(wanted)
                if has_begun or attempt == ATTEMPTS:
                    raise

    def write(self, wanted: Wanted, id: str, allowed_s: float, given_up: threading.Event) -> None:
        """Make the file of an export and keep it, unless that is given up meanwhile.

        QueryTimeoutError after `allowed_s`.
        """
        path = self.new_path()
        write = wanted.format.write
        assert write is not None, f"{wanted.extension} is streamed"
        try:
            with self._blocks(wanted) as (columns, blocks):
                timely = _in_time(blocks, allowed_s, given_up)
                write(path, columns, timely, sheet=wanted.sheet.name, raw=wanted.raw)
            self._made.adopt(id, path)
        except DamagedFileError:
            self._discard(wanted)
            raise
        finally:
            path.unlink(missing_ok=True)

    def adopt(self, id: str, path: Path) -> None:
        """Keep a file that the query process has written."""
        self._made.adopt(id, path)

    def is_made(self, id: str) -> bool:
        """Whether the file of an id is there."""
        try:
            with self._made.open(id, _absent):
                return True
        except FileNotFoundError:
            return False

    def open(self, id: str) -> BinaryIO:
        """The file of an id, open: it can be read to its end even when it is removed meanwhile."""
        with self._made.open(id, _absent) as path:
            return path.open("rb", buffering=0)

    def new_path(self) -> Path:
        """A new path to write to; what is left of it after a crash is removed at the next start."""
        return self._directory / f"new.{os.getpid()}.{next(self._names)}.part"

    def close(self) -> None:
        """Streams end where they are."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _streamed(self, wanted: Wanted) -> Iterator[bytes]:
        stream = wanted.format.stream
        assert stream is not None, f"{wanted.extension} is a file"
        with self._blocks(wanted) as (columns, blocks):
            yield from streamed(stream(columns, raw=wanted.raw), blocks, self._threads)

    @contextmanager
    def _blocks(self, wanted: Wanted) -> Iterator[tuple[list[Stored], Iterator[Block]]]:
        with ExitStack() as held, damage_named(wanted.view or wanted.sheet.data):
            columns = list(self._stored(wanted, held))
            yield columns, held.enter_context(closing(read_blocks(columns)))

    def _stored(self, wanted: Wanted, held: ExitStack) -> Iterator[Stored]:
        if wanted.view is not None:
            path = held.enter_context(self._made.open(wanted.view, _absent))
            for position, column in enumerate(wanted.columns):
                yield Stored(column, path, stored_name(position), wanted.is_written(column))
            return
        paths: dict[str, Path] = {}
        for column in wanted.columns:
            written = wanted.is_written(column)
            blob_id = wanted.sheet.written if written else wanted.sheet.data
            if blob_id is None:
                raise DamagedFileError(f"sheet {wanted.sheet.name!r} has lost its written text")
            if blob_id not in paths:
                paths[blob_id] = held.enter_context(self._files.open(blob_id, self._fetch))
            yield Stored(column, paths[blob_id], column.key, written)

    def _discard(self, wanted: Wanted) -> None:
        if wanted.view is not None:
            self._made.discard(wanted.view)
            return
        for blob_id in (wanted.sheet.data, wanted.sheet.written):
            if blob_id is not None:
                self._files.discard(blob_id)


def _in_time(
    blocks: Iterator[Block], allowed_s: float, given_up: threading.Event
) -> Iterator[Block]:
    deadline = time.monotonic() + allowed_s
    for block in blocks:
        if given_up.is_set():
            raise UnavailableError("Nobody waits for this file any more.")
        if time.monotonic() > deadline:
            raise QueryTimeoutError(
                f"Writing this file takes more than {allowed_s:g} seconds. Take .csv, which is "
                "sent while it is made, or ask for fewer rows or columns."
            )
        yield block


def _absent(id: str, _path: Path) -> None:
    raise FileNotFoundError(id)
