"""Rows of columns out of columnar blobs: find the row groups, decode what is asked, keep it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from backend.tables.byte_bounded import ByteBoundedCache
from backend.tables.files import DamagedFileError, Fetch, FileCache
from backend.tables.open_files import ColumnarFile, OpenFiles
from backend.tables.ranges import RangedFile, Ranges

# The published stubs do not know this function.
concat_batches: Any = pa.concat_batches  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class DecodedGroup:
    """The whole columns of a row group that were asked for so far, and where each of them is.

    In one batch: to cut a page out of 2,000 columns is one step, and so is to weigh them.
    """

    batch: pa.RecordBatch
    positions: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return self.batch.get_total_buffer_size() + ARRAY_BYTES * self.batch.num_columns

    def columns(self, keys: Sequence[str]) -> pa.RecordBatch:
        """These columns of it, in this order."""
        positions = [self.positions[key] for key in keys]
        is_all = positions == list(range(self.batch.num_columns))
        return self.batch if is_all else self.batch.select(positions)


DecodedCache = ByteBoundedCache[tuple[str, int], DecodedGroup]
"""By blob id and row group: a page of 2,000 columns is one look, not 2,000."""

MAX_GROUP_BYTES = 32 * 1024 * 1024
"""A row group that is larger once decoded is read in batches of this size, and not kept."""

WORTH_FETCHING_BYTES = 2 * 1024 * 1024
"""A blob of so many bytes is brought whole at once: a page of it would need most of it anyway."""

FAR = "far:"
"""Before the id of a blob that is open in the database."""

ATTEMPTS = 2
ARRAY_BYTES = 512
"""What an array costs beside its buffers."""


class RowGroups:
    """Rows of columnar blobs, through three caches: on disk, open, decoded. Thread-safe.

    A blob never changes, so nothing that is kept under its id ever becomes stale.
    """

    def __init__(
        self, files: FileCache, fetch: Fetch, decoded_bytes: int, ranges: Ranges | None = None
    ) -> None:
        """With `ranges`, a blob that is not on this node is read in parts."""
        self.decoded: DecodedCache = ByteBoundedCache(decoded_bytes, _group_bytes)
        self.open_files = OpenFiles()
        self._files = files
        self._fetch = fetch
        self._ranges = ranges
        files.on_removed(self.open_files.close)

    def read(
        self, blob_id: str, keys: Sequence[str], rows: range, total: int
    ) -> Generator[pa.RecordBatch]:
        """The columns `keys` of `rows`, in order, part by part; `keys` must not be empty.

        A file that is damaged, or does not hold `total` rows of these columns, is fetched again
        once; then DamagedFileError. Close the iterator if you leave it early.
        """
        done = 0
        for attempt in range(1, ATTEMPTS + 1):
            try:
                for part in self._parts(blob_id, keys, rows[done:], total):
                    done += part.num_rows
                    yield part
                return
            except DamagedFileError:
                self._files.discard(blob_id)
                self.open_files.close(FAR + blob_id)
                if attempt == ATTEMPTS:
                    raise

    def kept(
        self, blob_id: str, keys: Sequence[str], rows: range, total: int
    ) -> list[pa.RecordBatch] | None:
        """What `read` gives, if all of it is decoded already: touches no disk. None otherwise."""
        file = self.open_files.opened(blob_id) or self.open_files.opened(FAR + blob_id)
        if file is None or file.rows != total:
            return None
        parts: list[pa.RecordBatch] = []
        while rows:
            group = file.group_of(rows.start)
            start, stop = file.group_range(group)
            # asked first, or `read` would count the same miss once more
            kept = self.decoded.get((blob_id, group)) if (blob_id, group) in self.decoded else None
            if kept is None or not all(key in kept.positions for key in keys):
                return None
            count = min(rows.stop, stop) - rows.start
            parts.append(kept.columns(keys).slice(rows.start - start, count))
            rows = rows[count:]
        return parts

    def _parts(
        self, blob_id: str, keys: Sequence[str], rows: range, total: int
    ) -> Iterator[pa.RecordBatch]:
        with self._opened(blob_id) as file:
            if file.rows != total or not all(key in file for key in keys):
                raise DamagedFileError(f"columnar blob {blob_id} is not the table it should be")
            while rows:
                group = file.group_of(rows.start)
                start, stop = file.group_range(group)
                inside = range(rows.start - start, min(rows.stop, stop) - start)
                if _is_small(file, group, keys):
                    columns = self._group(blob_id, file, group, keys)
                    yield columns.slice(inside.start, len(inside))
                else:
                    yield from _batches(file, group, keys, inside)
                rows = rows[len(inside) :]

    @contextmanager
    def _opened(self, blob_id: str) -> Iterator[ColumnarFile]:
        """The blob's file, on this node or, until it is here, in the database."""
        with self._files.held(blob_id) as path:
            if path is not None:
                with damage_named(blob_id):
                    yield self.open_files.get(blob_id, path)
                return
        far = self._far_away(blob_id)
        if far is not None:
            with damage_named(blob_id):
                yield self.open_files.get(FAR + blob_id, far)
            return
        with self._files.open(blob_id, self._fetch) as path, damage_named(blob_id):
            self.open_files.close(FAR + blob_id)
            yield self.open_files.get(blob_id, path)

    def _far_away(self, blob_id: str) -> Callable[[], RangedFile] | None:
        """How to read a blob in parts; None where it is better to have all of it."""
        ranges = self._ranges
        if ranges is None:
            return None
        size = ranges.size(blob_id)
        if size <= WORTH_FETCHING_BYTES or ranges.fetched(blob_id) > size:
            ranges.forget(blob_id)
            return None
        return lambda: ranges.open(blob_id)

    def _group(
        self, blob_id: str, file: ColumnarFile, group: int, keys: Sequence[str]
    ) -> pa.RecordBatch:
        """Whole columns of a row group: those kept, and the others decoded and kept."""
        kept = self.decoded.get((blob_id, group))
        known = kept.positions if kept else {}
        missing = [key for key in keys if key not in known]
        if kept is None or missing:
            start, stop = file.group_range(group)
            first, *others = file.decode(group, missing, stop - start)
            batch = concat_batches([first, *others]) if others else first
            names = [*known, *missing]
            if kept is not None:
                arrays = [*kept.batch.columns, *batch.columns]
                batch = pa.RecordBatch.from_arrays(arrays, names=names)
            kept = DecodedGroup(batch, {key: position for position, key in enumerate(names)})
            self.decoded.put((blob_id, group), kept)
        return kept.columns(keys)


def _group_bytes(group: DecodedGroup) -> int:
    return group.bytes


def _is_small(file: ColumnarFile, group: int, keys: Sequence[str]) -> bool:
    if file.whole_group_bytes(group) <= MAX_GROUP_BYTES:
        return True
    return file.group_bytes(group, keys) <= MAX_GROUP_BYTES


def _batches(
    file: ColumnarFile, group: int, keys: Sequence[str], inside: range
) -> Iterator[pa.RecordBatch]:
    """The rows `inside` a row group too large to be decoded at once."""
    at = 0
    for batch in file.decode(group, keys, file.fitting_rows(group, keys, MAX_GROUP_BYTES)):
        count = batch.num_rows
        first, end = max(at, inside.start), min(at + count, inside.stop)
        if first < end:
            yield batch.slice(first - at, end - first)
        at += count
        if at >= inside.stop:
            return


@contextmanager
def damage_named(blob_id: str) -> Iterator[None]:
    """Turn what pyarrow raises about a file that is cut, altered or gone into DamagedFileError."""
    try:
        yield
    except pa.ArrowInvalid as error:
        raise DamagedFileError(f"columnar blob {blob_id}: {error}") from error
    except OSError as error:
        # Without a number it is a page that cannot be decompressed; others, as a lack of file
        # descriptors, say nothing about the file.
        if error.errno not in (None, errno.ENOENT):
            raise
        raise DamagedFileError(f"columnar blob {blob_id}: {error}") from error
