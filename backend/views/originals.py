"""The bytes as they were uploaded, whole or by Range."""

from __future__ import annotations

from backend.errors import NotFoundError, RangeNotSatisfiableError
from backend.operations import operation
from backend.services.revisions import RevisionService
from backend.views.downloading import DownloadView


class OriginalView(DownloadView):
    """One revision's original file."""

    revisions: RevisionService

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
        etag = f'"{revision.sha256}"'
        self.describe_file(revision.filename, "application/octet-stream")
        self.set_header("Cache-Control", "private, no-cache")
        if not self.is_fresh(etag):
            await self.send_download(self.revisions.original(revision), etag)
