"""Provisional rows: the beginning of an upload, read while the rest of it is still on its way."""

from __future__ import annotations

import asyncio

from backend.config import MIB
from backend.errors import NothingYetError
from backend.services.inspecting import Inspection, InspectionService, Sample
from backend.services.metadata import LatestUsed, Metadata
from backend.services.resumable import ResumableService, UploadState
from backend.services.runner import Runner
from backend.store.blobs import BlobStore

KEPT = 64
ENOUGH_BYTES = 1 * MIB


class ProvisionalService:
    """Shows the first rows of uploads that are not a ready revision yet."""

    def __init__(
        self,
        *,
        resumable: ResumableService,
        inspecting: InspectionService,
        metadata: Metadata,
        blobs: BlobStore,
        bulk: Runner,
        inspect_bytes: int,
    ) -> None:
        self._resumable = resumable
        self._inspecting = inspecting
        self._metadata = metadata
        self._blobs = blobs
        self._bulk = bulk
        self._inspect_bytes = inspect_bytes
        self._known: LatestUsed[tuple[int, Inspection]] = LatestUsed(KEPT)
        self._one_at_a_time = asyncio.Lock()

    async def look(self, upload_id: str) -> Inspection:
        """The first rows of what has come; NothingYetError before there are any.

        Raises NotFoundError, UploadGoneError. Read again only while more of the beginning helps.
        """
        state = await self._resumable.state(upload_id)
        length = min(state.offset, self._inspect_bytes)
        if length == 0:
            raise NothingYetError
        async with self._one_at_a_time:
            known = self._known.get(upload_id)
            if known is not None and (known[0] == length or known[0] >= ENOUGH_BYTES):
                return known[1]
            inspection = await self._inspect(state, length)
            self._known.put(upload_id, (length, inspection))
            return inspection

    async def _inspect(self, state: UploadState, length: int) -> Inspection:
        upload = state.upload
        blob_id = upload.blob_id
        if blob_id is None:
            revision = await self._metadata.revision(upload.share_id, upload.revision or 0)
            blob_id = revision.original
        sample = self._inspecting.begin()
        await self._bulk.run(self._copy, blob_id, length, sample)
        if sample.needs_whole_file and length < upload.size:
            await sample.abandon()
            raise NothingYetError("Files of this kind show their rows when they have been read.")
        return await self._inspecting.inspect(
            sample, upload.filename, upload.options, complete=length == upload.size
        )

    def _copy(self, blob_id: str, length: int, sample: Sample) -> None:
        for piece in self._blobs.beginning(blob_id, length):
            sample.take(piece)
