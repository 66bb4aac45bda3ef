"""Questions to a sheet: its files are held on this node while the query process answers.

`QueryService.ask(operation, sheet, query, arguments)` is all that summaries and exports need. What
is built behind the first question (`tables/engine/derived.py`) makes the later ones faster.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from backend.config import Config
from backend.domain import RowQuery, Sheet
from backend.services.held_files import HeldFiles
from backend.services.runner import Runner
from backend.tables.engine.derived import DerivedFiles, flat_id, native_id
from backend.tables.engine.engine import NeedsNativeError, QueryEngine
from backend.tables.engine.questions import Lane, Question, Source
from backend.tables.files import DamagedFileError, Fetch, FileCache

logger = logging.getLogger(__name__)

BUILDING_S = 900.0
ATTEMPTS = 3


class QueryService:
    """Asks the query process about sheets. Lives on one event loop."""

    def __init__(self, *, files: FileCache, fetch: Fetch, bulk: Runner, config: Config) -> None:
        self.engine = QueryEngine(config)
        self.derived = DerivedFiles(config.data_dir / "derived", config.query_cache_bytes)
        self._files = files
        self._fetch = fetch
        self._bulk = bulk
        self._sources: HeldFiles[Source] = HeldFiles(bulk)
        self._derived_files: HeldFiles[Path] = HeldFiles(bulk)
        self._failed: set[str] = set()
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._building: dict[str, asyncio.Task[None]] = {}
        self._one_build = asyncio.Lock()
        self._built_cells = config.query_built_cells
        self.max_page_bytes = config.max_page_bytes

    def prepare(self) -> None:
        """Make room for what is built. Blocking."""
        self.engine.prepare()

    async def start(self) -> None:
        """Start the first query process, so that the first question does not wait for it."""
        await self.engine.start()

    async def ask(
        self,
        operation: str,
        sheet: Sheet,
        query: RowQuery | None = None,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        lane: Lane = Lane.QUERY,
        more_follows: bool = False,
    ) -> Any:
        """What an operation answers about the rows of a sheet that `query` asks for.

        Nothing is built behind while the caller has more to ask (`more_follows`): a large summary
        and the building of a file would take their memory at the same time. Raises the errors of
        `QueryEngine.ask`. A node's file that proves damaged is brought or built again. Cancelling
        interrupts the query.
        """
        query, arguments, built = query or RowQuery(), arguments or {}, False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.held(sheet) as source:
                    built = source.native is not None and source.flat is not None
                    question = Question(source, query, arguments)
                    return await self.engine.ask(
                        operation, question, timeout_s=timeout_s, lane=lane
                    )
            except NeedsNativeError:
                await self.build(sheet, "native")
                self._sources.forget(sheet.data)  # another process may have built it
            except DamagedFileError:
                self._sources.forget(sheet.data)
                if attempt == ATTEMPTS:
                    raise
                await self._bulk.run(self._discard, sheet)
            finally:
                if not (built or more_follows):
                    self.build_behind(sheet)
        raise DamagedFileError(f"the files of sheet {sheet.name!r} cannot be read")

    @asynccontextmanager
    async def held(self, sheet: Sheet) -> AsyncIterator[Source]:
        """The files of a sheet on this node, which stay there until the block ends."""
        async with self._sources.held(sheet.data, lambda stack: self._hold(stack, sheet)) as source:
            assert source is not None
            yield source

    def held_file(self, id: str) -> AbstractAsyncContextManager[Path | None]:
        """A file of the derived cache, which stays there until the block ends; None: not there."""
        return self._derived_files.held(id, lambda stack: self._hold_derived(stack, id))

    async def discard_file(self, id: str) -> None:
        """Remove a file of the derived cache that proved damaged."""
        self._derived_files.forget(id)
        await self._bulk.run(self.derived.discard, id)

    def scratch_file(self, suffix: str) -> Path:
        """A new path that an operation may write to; adopt or remove the file."""
        return self.engine.scratch_file(suffix).absolute()

    def build_behind(self, sheet: Sheet) -> None:
        """Begin to build what makes later questions faster, where that is worth it."""
        if self.is_built_for(sheet):
            for kind, id in (("flat", flat_id(sheet.data)), ("native", native_id(sheet.data))):
                if id not in self._failed:
                    self._start(sheet, kind)

    def is_built_for(self, sheet: Sheet) -> bool:
        """Whether files are built for a sheet; a smaller one is as quick without them."""
        return sheet.rows * len(sheet.columns) >= self._built_cells

    async def build(self, sheet: Sheet, kind: str) -> None:
        """Build a `native` or a `flat` file now, once for all who ask."""
        await asyncio.shield(self._start(sheet, kind))

    def before_close(self, close: Callable[[], Awaitable[None]]) -> None:
        """Have `close` awaited before the query processes end."""
        self._closing.append(close)

    async def close(self) -> None:
        """Stop what nobody waits for, and the processes."""
        for close in self._closing:
            await close()
        self._sources.close()
        self._derived_files.close()
        await self.engine.close()
        for task in self._building.values():
            task.cancel()
        await asyncio.gather(*self._building.values(), return_exceptions=True)

    async def adopt(self, id: str, path: Path) -> None:
        """Keep a file that an operation has written."""
        await self._bulk.run(self.derived.adopt, id, path)

    def _start(self, sheet: Sheet, kind: str) -> asyncio.Task[None]:
        id = (native_id if kind == "native" else flat_id)(sheet.data)
        task = self._building.get(id)
        if task is None:
            task = self._building[id] = asyncio.ensure_future(self._build(sheet, kind, id))
            task.add_done_callback(lambda done: self._built(id, done))
        return task

    def _built(self, id: str, task: asyncio.Task[None]) -> None:
        self._building.pop(id, None)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            # Not to be tried again behind every question.
            self._failed.add(id)
            logger.warning("a file for queries could not be built: %r", error)

    async def _build(self, sheet: Sheet, kind: str, id: str) -> None:
        if await self._bulk.run(self._is_there, id):
            return
        path = self.scratch_file(f".{kind}")
        try:
            async with self._one_build, self.held(sheet) as source:
                question = Question(source, arguments={"path": str(path)})
                await self.engine.ask(
                    f"build_{kind}", question, timeout_s=BUILDING_S, lane=Lane.BEHIND
                )
            await self.adopt(id, path)
            self._sources.forget(sheet.data)
        finally:
            await self._bulk.run(path.unlink, missing_ok=True)

    def _is_there(self, id: str) -> bool:
        with self.derived.held(id) as path:
            return path is not None

    def _hold(self, stack: ExitStack, sheet: Sheet) -> Source:
        data = stack.enter_context(self._files.open(sheet.data, self._fetch))
        written = None
        if sheet.written is not None:
            written = stack.enter_context(self._files.open(sheet.written, self._fetch))
        native = stack.enter_context(self.derived.held(native_id(sheet.data)))
        flat = stack.enter_context(self.derived.held(flat_id(sheet.data)))
        return Source(
            sheet, data.absolute(), _absolute(written), _absolute(native), _absolute(flat)
        )

    def _hold_derived(self, stack: ExitStack, id: str) -> Path | None:
        return _absolute(stack.enter_context(self.derived.held(id)))

    def _discard(self, sheet: Sheet) -> None:
        for id in (native_id(sheet.data), flat_id(sheet.data)):
            self.derived.discard(id)
        for blob_id in (sheet.data, sheet.written):
            if blob_id is not None:
                self._files.discard(blob_id)


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()
