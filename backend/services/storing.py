"""A reading whose columnar files are stored while they are written: little is left at its end."""

from __future__ import annotations

import asyncio
import shutil
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from backend.domain import Blob, ReadingOptions, Sheet
from backend.errors import UnavailableError
from backend.ingest.cage import Cage
from backend.ingest.results import Reading
from backend.services.runner import Runner
from backend.store.blob_writer import BlobWriter
from backend.store.blobs import BlobStore
from backend.tables.files import FileCache

LOOK_EVERY_S = 0.05
SEGMENT_BYTES = 1024 * 1024
STEP_BYTES = 4 * SEGMENT_BYTES
"""As much of a file is stored in one go: then another one has its turn."""
FOLLOWED = 4
"""So many files at once, for each holds up to a segment in memory; the others come at the end."""


class FollowedReading:
    """One reading into a folder of its own below `work`: `store` its files, then `discard` it."""

    def __init__(
        self, *, cage: Cage, blobs: BlobStore, files: FileCache, bulk: Runner, work: Path
    ) -> None:
        self.output = Path(mkdtemp(dir=work))
        self._cage = cage
        self._blobs = blobs
        self._files = files
        self._bulk = bulk
        self._begun: dict[Path, BlobWriter] = {}
        self._turn = threading.Lock()
        self._over = False

    async def read(
        self, source: Path, filename: str, options: ReadingOptions, **how: Any
    ) -> Reading:
        """As Cage.read does."""
        following = asyncio.create_task(self._follow())
        try:
            return await self._cage.read(source, filename, options, self.output, **how)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def store(self, reading: Reading) -> list[Sheet]:
        """Keep the files as blobs, and on this node, where the first page will be asked for."""
        return await self._bulk.run(self._store, reading)

    async def discard(self) -> None:
        """Remove the folder, and what was stored of files that nobody wants."""
        await self._bulk.run(self._discard)

    def _store(self, reading: Reading) -> list[Sheet]:
        with self._turn:
            return [
                replace(
                    made.sheet,
                    data=self._store_file(made.data),
                    written=None if made.written is None else self._store_file(made.written),
                )
                for made in reading.sheets
            ]

    def _discard(self) -> None:
        with self._turn:
            self._over = True
            for path in list(self._begun):
                self._forget(path)
            shutil.rmtree(self.output, ignore_errors=True)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            # What cannot be stored now is stored at the end, or fails there.
            with suppress(UnavailableError, FileNotFoundError):
                await self._bulk.run(self._advance)

    def _advance(self) -> None:
        with self._turn:
            if self._over:
                return
            for path in [path for path in self._begun if not path.exists()]:
                self._forget(path)  # it is written once more, under another name
            for path in self.output.glob("*.parquet"):
                if path in self._begun or len(self._begun) < FOLLOWED:
                    self._take(path, STEP_BYTES)

    def _take(self, path: Path, most: int | None = None) -> BlobWriter:
        """Store what has been added to a file, at most so much of it."""
        writer = self._begun.get(path)
        if writer is None:
            writer = self._begun[path] = self._blobs.writer(compress=False)
        left = path.stat().st_size - writer.size if most is None else most
        try:
            with path.open("rb", buffering=0) as file:
                file.seek(writer.size)
                while left > 0 and (data := file.read(min(left, SEGMENT_BYTES))):
                    writer.write(data)
                    left -= len(data)
        except BaseException:
            self._forget(path)
            raise
        return writer

    def _store_file(self, path: Path) -> str:
        blob: Blob = self._take(path).finish()
        del self._begun[path]
        self._files.adopt(blob.id, path)
        return blob.id

    def _forget(self, path: Path) -> None:
        self._begun.pop(path).discard()
