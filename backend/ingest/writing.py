"""Writes one sheet: a file of values and, where needed, a companion of written text."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from backend.tables.columnar import open_writer, row_group_rows


class GroupedFile:
    """A columnar file that takes rows in any portions and writes them in even row groups."""

    def __init__(
        self, path: Path, schema: pa.Schema, group_rows: int, *, dictionaries: bool = True
    ) -> None:
        self.path = path
        self._schema = schema
        self._group_rows = group_rows
        self._writer = open_writer(path, schema, dictionaries=dictionaries)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0

    def add(self, columns: Sequence[Any]) -> None:
        """Appends rows, given as one array for each column of the schema."""
        table = pa.Table.from_arrays(list(columns), schema=self._schema)
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        if self._waiting_rows >= self._group_rows:
            self._write(self._waiting_rows - self._waiting_rows % self._group_rows)

    def close(self) -> None:
        """Writes what waits, and the footer."""
        if self._waiting_rows:
            self._write(self._waiting_rows)
        self._writer.close()

    def _write(self, rows: int) -> None:
        table = pa.concat_tables(self._waiting)
        self._writer.write_table(table.slice(0, rows), row_group_size=self._group_rows)
        self._waiting = [table.slice(rows)] if rows < table.num_rows else []
        self._waiting_rows -= rows


class SheetWriter:
    """The two files of a sheet, in step. Used as a context manager.

    A sheet that is written again gets files of other names, and the old ones vanish: somebody may
    be storing them while they grow.
    """

    def __init__(
        self, output: Path, index: int, schema: pa.Schema, written: Sequence[str] = ()
    ) -> None:
        group_rows = row_group_rows(len(schema))
        self.data = _unused(output, f"sheet-{index}")
        self.written = _unused(output, f"sheet-{index}-written") if written else None
        self._files = [GroupedFile(self.data, schema, group_rows)]
        if self.written:
            texts = pa.schema([(key, pa.string()) for key in written])
            companion = GroupedFile(self.written, texts, group_rows, dictionaries=False)
            self._files.append(companion)

    def add(self, values: Sequence[Any], texts: Sequence[Any] = ()) -> None:
        """Appends rows: all columns of values, the kept columns of written text."""
        self._files[0].add(values)
        if self.written:
            self._files[1].add(texts)

    def __enter__(self) -> SheetWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.close()


def _unused(output: Path, name: str) -> Path:
    number = 0
    for old in output.glob(f"{name}.*.parquet"):
        number = max(number, int(old.suffixes[-2][1:]) + 1)
        old.unlink()
    return output / f"{name}.{number}.parquet"


class Behind:
    """A thread in which things are done one after the other, at most `allowed` of them waiting.

    Encoding a file and taking in the next rows are each the work of one core. Used as a context
    manager, which leaves when all is done; what fails is raised by the next call, or there.
    """

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def do(self, deed: Callable[..., None], *args: Any) -> None:
        """Does it after all that was given before; waits for some of that first."""
        while len(self._waiting) >= self._allowed:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(deed, *args))

    def __enter__(self) -> Behind:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=kind is not None)
        while kind is None and self._waiting:
            self._waiting.popleft().result()
