"""Inspecting: a dry run on the first part of a file. Nothing of it is kept."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from backend.config import Config
from backend.domain import Column, Failure, PageQuery, ReadingOptions, Sheet
from backend.errors import EmptyFileError, PayloadTooLargeError, UnavailableError
from backend.ingest.cage import Cage, ParserDied
from backend.ingest.failure import ReadingError
from backend.ingest.results import Reading, SheetFiles
from backend.services.own_folder import OwnFolder
from backend.services.runner import Runner
from backend.tables.files import FileCache
from backend.tables.pages import PageReader

FIRST_ROWS = 50
WHOLE_FILE_MAGIC = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"PAR1",
    b"ARROW1",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
)
"""Kinds of files that only make sense whole: workbooks, columnar files, compressed ones."""


@dataclass(frozen=True, slots=True)
class InspectedSheet:
    """A sheet as it would be read, with its first rows as they are written."""

    index: int
    name: str
    rows: int
    columns: tuple[Column, ...]
    first_rows: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What reading the file would give. `complete` is false where only its first part was read."""

    complete: bool
    options: ReadingOptions
    report: dict[str, Any] | None
    failure: Failure | None
    sheets: tuple[InspectedSheet, ...]


class Sample:
    """The first part of a file while it comes; for kinds that need it, all of a small one."""

    def __init__(self, path: Path, config: Config) -> None:
        self.path = path
        self._file = path.open("wb")
        self._config = config
        self._limit = config.inspect_bytes
        self.size = 0
        self.complete = True
        self.needs_whole_file = False

    async def write(self, data: bytes) -> None:
        """Take the next bytes; those beyond the first part are dropped."""
        self.take(data)

    def take(self, data: bytes) -> None:
        """The same, from a thread."""
        if self.size == 0 and data.startswith(WHOLE_FILE_MAGIC):
            self.needs_whole_file = True
            self._limit = self._config.inspect_whole_bytes
        room = self._limit - self.size
        if len(data) > room:
            self._refuse_part_of_a_whole()
            self.complete = False
        self._file.write(data[:room])
        self.size += len(data[:room])

    async def abandon(self) -> None:
        """Forget what came."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def finish(self) -> Path:
        """The sample as a file; a text that was cut ends with its last whole line."""
        self._file.close()
        if not self.complete:
            _drop_cut_line(self.path)
        return self.path

    def _refuse_part_of_a_whole(self) -> None:
        if self.needs_whole_file:
            raise PayloadTooLargeError(
                f"Such a file is inspected whole, up to {self._limit} bytes. Upload it instead.",
                limit=self._limit,
            )


class InspectionService:
    """Reads samples in the same cage as uploads, with the same code and the same limits."""

    def __init__(self, cage: Cage, runner: Runner, own: OwnFolder, config: Config) -> None:
        self._cage = cage
        self._runner = runner
        self._config = config
        self._directory = own.folder("inspect")
        self._numbers = count(1)
        # Each reading is a process: many who look at once must not become as many processes.
        self._places = asyncio.Semaphore(config.inspections_at_once)

    def begin(self) -> Sample:
        """Start to receive the first part of a file."""
        return Sample(self._directory / f"sample-{next(self._numbers)}", self._config)

    async def inspect(
        self, sample: Sample, filename: str, options: ReadingOptions, *, complete: bool
    ) -> Inspection:
        """What reading the sample gives; a file that cannot be read is an answer, not an error."""
        if sample.size == 0:
            await sample.abandon()
            raise EmptyFileError("The file has no bytes.")
        sample.complete = sample.complete and complete
        output = self._directory / f"output-{next(self._numbers)}"
        try:
            path = await self._runner.run(sample.finish)
            async with self._places:
                reading = await self._cage.read(
                    path, filename, options, output, on_progress=lambda _: None
                )
            sheets = await self._runner.run(_first_rows, reading, output)
            return Inspection(sample.complete, options, reading.report, None, sheets)
        except ReadingError as error:
            return Inspection(sample.complete, options, None, error.failure, ())
        except ParserDied as error:
            raise UnavailableError("The program that reads files broke down on it.") from error
        finally:
            await self._runner.run(shutil.rmtree, output, ignore_errors=True)
            await sample.abandon()


def _first_rows(reading: Reading, output: Path) -> tuple[InspectedSheet, ...]:
    files = FileCache(output / "pages", 2**62)
    reader = PageReader(files, _nowhere, row_group_cache_bytes=0, max_page_bytes=2**24)
    delimited = reading.report.get("format") == "delimited"
    try:
        return tuple(
            _inspected(reader, _adopted(files, made, number), "" if delimited else None)
            for number, made in enumerate(reading.sheets)
        )
    finally:
        reader.close()


def _adopted(files: FileCache, made: SheetFiles, number: int) -> Sheet:
    data, written = f"{number:08x}d", f"{number:08x}e"
    files.adopt(data, made.data)
    if made.written is not None:
        files.adopt(written, made.written)
    return replace(made.sheet, data=data, written=written if made.written else None)


def _inspected(reader: PageReader, sheet: Sheet, null_text: str | None) -> InspectedSheet:
    query = PageQuery(0, FIRST_ROWS, shape="arrays", values="text")
    rows = reader.read(sheet, query, null_text=null_text).rows
    return InspectedSheet(sheet.index, sheet.name, sheet.rows, sheet.columns, [*rows])


def _nowhere(blob_id: str, _path: Path) -> None:
    raise FileNotFoundError(blob_id)


def _drop_cut_line(path: Path) -> None:
    """Cut a text after its last line end, so that a half row is not taken for a whole one."""
    with path.open("r+b") as file, suppress(OSError):
        content = file.read()
        end = max(content.rfind(b"\n"), content.rfind(b"\r"))
        if end > 0:
            # In little-endian UTF-16 the second half of the line end follows.
            file.truncate(end + 1 + content.startswith(b"\x00", end + 1))
