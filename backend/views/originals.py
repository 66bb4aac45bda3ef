"""The bytes as they were uploaded, whole or by Range (RFC 9110, section 14)."""

from __future__ import annotations

import re
from urllib.parse import quote

from backend.domain import Revision
from backend.errors import NotFoundError, RangeNotSatisfiableError
from backend.operations import operation
from backend.services.revisions import RevisionService
from backend.services.runner import Runner
from backend.views.base import BaseView


class OriginalView(BaseView):
    """One revision's original file."""

    revisions: RevisionService
    bulk: Runner

    @operation(
        summary="Download the original, byte for byte",
        tag="revisions",
        produces="application/octet-stream",
        errors=(NotFoundError, RangeNotSatisfiableError),
        not_modified=True,
        partial=True,
    )
    async def get(self, share_id: str, number: str) -> None:
        revision = await self.revisions.get(share_id, int(number))
        self.describe(revision)
        if self.is_fresh(f'"{revision.sha256}"'):
            return
        start, end = self.wanted_range(revision)
        self.set_header("Content-Length", end - start)
        if self.request.method != "HEAD":
            await self.stream(revision, start, end)

    def describe(self, revision: Revision) -> None:
        """Say that these bytes are to be kept, not shown, and under which name (RFC 8187)."""
        name = quote(revision.filename, safe="")
        plain = re.sub(r'[^ -~]|["\\%]', "_", revision.filename)
        self.set_header("Content-Type", "application/octet-stream")
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
        self.set_header("Content-Disposition", disposition)
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Accept-Ranges", "bytes")

    def wanted_range(self, revision: Revision) -> tuple[int, int]:
        """First byte and the byte after the last; a range that is not one is ignored."""
        size = revision.size
        condition = self.request.headers.get("If-Range")
        asked = self.request.headers.get("Range", "")
        found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.strip())
        stale = condition is not None and condition != f'"{revision.sha256}"'
        if stale or found is None or not (found[1] or found[2]):
            return 0, size
        if found[1]:
            start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        else:
            start, end = max(0, size - int(found[2])), size
        if start >= end:
            headers = {"Content-Range": f"bytes */{size}"}
            raise RangeNotSatisfiableError(f"The file has {size} bytes.", headers=headers)
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        return start, end

    async def stream(self, revision: Revision, start: int, end: int) -> None:
        """Send the bytes piece by piece at the client's pace."""
        pieces = await self.bulk.run(self.revisions.original, revision, start, end - start)
        while (piece := await self.bulk.run(next, pieces, None)) is not None:
            self.write(piece)
            await self.flush()
