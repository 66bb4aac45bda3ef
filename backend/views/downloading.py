"""What is downloaded: names of files, parts of them, and bytes at the client's pace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from urllib.parse import quote

from tornado.iostream import StreamClosedError

from backend.errors import RangeNotSatisfiableError
from backend.services.downloads import Download
from backend.services.runner import Runner
from backend.views.leaving import LeavingView

WRITE_BYTES = 256 * 1024
"""How much is handed to the socket at once: a slow client takes this in `download_stall_s`."""

RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.IGNORECASE)


class DownloadView(LeavingView):
    """A resource that is a file to its reader."""

    bulk: Runner

    def describe_file(self, filename: str, media_type: str) -> None:
        """Say that these bytes are to be kept, not shown, and under which name (RFC 8187)."""
        name = quote(filename, safe="", errors="replace")
        plain = re.sub(r'[^ -~]|["\\%]', "_", filename)
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
        self.set_header("Content-Type", media_type)
        self.set_header("Content-Disposition", disposition)

    def wanted_range(self, size: int, etag: str) -> tuple[int, int]:
        """First byte and the byte after the last (RFC 9110, section 14).

        What is not one range of bytes is ignored, as is a range of something else (`If-Range`).
        """
        self.set_header("Accept-Ranges", "bytes")
        condition = self.request.headers.get("If-Range")
        found = RANGE.fullmatch(self.request.headers.get("Range", "").strip())
        stale = condition is not None and condition.strip() != etag
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

    async def send_download(self, download: Download, etag: str) -> None:
        """Send the whole or the part that was asked for; HEAD gets neither."""
        try:
            start, end = self.wanted_range(download.size, etag)
            self.set_header("Content-Length", end - start)
            if self.request.method != "HEAD":
                await self.send_pieces(download.read(start, end))
        finally:
            await self.bulk.run(download.close)

    async def send_pieces(self, pieces: Iterator[bytes]) -> None:
        """Send what is made piece by piece. No thread waits for the client, and no memory fills.

        An error before the first piece is told; after it, the connection is cut.
        """
        try:
            while piece := await self.bulk.run(next, pieces, b""):
                for start in range(0, len(piece), WRITE_BYTES):
                    self.write(piece[start : start + WRITE_BYTES])
                    await self.taken()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                await self.bulk.run(close)

    async def taken(self) -> None:
        """Wait until the client has taken what was written; not for ever."""
        try:
            async with asyncio.timeout(self.config.download_stall_s):
                await self.flush()
        except TimeoutError as error:
            # As good as gone: nobody is left who could be told.
            raise StreamClosedError from error
