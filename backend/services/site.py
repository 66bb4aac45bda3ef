"""Files that are the same for everyone: the built pages, their assets, the API's documents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from backend.services.compressing import worth_gzip

BEST_LEVEL = 9
"""They are compressed once and sent often."""

TEXT = ("text/", "application/javascript", "application/json", "application/yaml", "image/svg")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in memory, as it is and, where that is worth it, with gzip."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    etag: str
    gzipped_etag: str


def kept(body: bytes, media_type: str) -> KeptFile:
    """Keep bytes to send them often. Takes a moment: they are compressed well."""
    is_text = media_type.startswith(TEXT)
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    gzipped = worth_gzip(body, BEST_LEVEL) if is_text else None
    return KeptFile(body, gzipped, media_type, f'"{digest}"', f'"{digest}-gzip"')


class Site:
    """The files of the built pages. Blocking; a file that was built anew is read anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, tuple[tuple[int, int], KeptFile]] = {}

    def get(self, name: str) -> KeptFile | None:
        """The file of that name below the folder, or None. The name must have been checked."""
        path = self._folder / name
        if not path.is_file():
            return None
        status = path.stat()
        version = (status.st_mtime_ns, status.st_size)
        known = self._files.get(name)
        if known is None or known[0] != version:
            known = (version, kept(path.read_bytes(), _media_type(path)))
            self._files[name] = known
        return known[1]


def _media_type(path: Path) -> str:
    found = guess_type(path.name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found
