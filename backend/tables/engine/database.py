"""The DuckDB instance of one query process: its limits, and the native files attached to it."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from backend.tables.engine.opened import OpenRows
from backend.tables.engine.questions import Source
from backend.tables.engine.sql import literal, quoted

MAX_ATTACHED = 32


@dataclass(slots=True)
class _Attached:
    """A native file under a name. `path` and `inode` tell it from one that was built anew."""

    name: str
    inode: int
    columns: frozenset[str] = frozenset()
    users: int = 0


class QueryDatabase:
    """An in-memory database that reads files. Thread-safe: every question gets a connection."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{settings['memory_bytes']}B",
                "threads": str(settings["threads"]),
                "temp_directory": settings["scratch"],
                "max_temp_directory_size": f"{settings['scratch_bytes']}B",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._lock = threading.Lock()
        self._attached: OrderedDict[Path, _Attached] = OrderedDict()
        self._names = itertools.count()

    @contextmanager
    def open(self, source: Source) -> Iterator[OpenRows]:
        """The rows of a sheet, through a connection of their own, until the block ends."""
        attached = self._attach(source.native) if source.native is not None else None
        connection = self._connection.cursor()
        try:
            if attached is None:
                yield OpenRows(source, connection, None)
            else:
                yield OpenRows(source, connection, attached.name, attached.columns)
        finally:
            connection.close()
            if attached is not None:
                self._release(attached)

    def _attach(self, path: Path) -> _Attached:
        inode = path.stat().st_ino
        with self._lock:
            attached = self._attached.get(path)
            if attached is None or attached.inode != inode:
                # Built anew since: one path cannot be attached twice.
                self._drop(attached)
                attached = _Attached(f"native{next(self._names)}", inode)
                place = f"{literal(str(path))} AS {quoted(attached.name)}"
                self._connection.execute(f"ATTACH {place} (READ_ONLY)")
                told = self._connection.execute(f"DESCRIBE {quoted(attached.name)}.data")
                attached.columns = frozenset(name for name, *_ in told.fetchall())
                self._attached[path] = attached
            self._attached.move_to_end(path)
            attached.users += 1
            return attached

    def _release(self, attached: _Attached) -> None:
        with self._lock:
            attached.users -= 1
            surplus = max(0, len(self._attached) - MAX_ATTACHED)
            idle = [path for path, one in self._attached.items() if not one.users][:surplus]
            for path in idle:
                self._drop(self._attached.pop(path))

    def _drop(self, attached: _Attached | None) -> None:
        if attached is not None and not attached.users:
            with suppress(duckdb.Error):
                self._connection.execute(f"DETACH {quoted(attached.name)}")
