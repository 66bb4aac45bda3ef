"""Compressed files: what is inside, as a stream that is never unpacked as a whole."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa

from backend.ingest.failure import ReadingError
from backend.ingest.formats import GZIP, HEAD_BYTES, ZSTD

PIECE_BYTES = 1024 * 1024
SUFFIXES = (".gz", ".gzip", ".zst", ".zstd")
NAMED_MEMBERS = 10
ENCRYPTED_MEMBER = 0x1
# What the unpackers raise at damaged bytes; zipfile says RuntimeError where a password is asked.
FAULTS = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)


class Unpacked(io.RawIOBase):
    """The content of a compressed file. `seek` begins again; `tell` is how much of the
    *compressed* file has been read, which is all that is known of how far one is.
    """

    def __init__(self, open_both: Callable[[], tuple[Any, Any]], size: int, name: str) -> None:
        super().__init__()
        self._open_both = open_both
        self._raw, self._inner = _guarded(open_both)
        self._at = 0
        self.packed_size = size
        self.name = name

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, as many as asked for unless the content ends before."""
        wanted = -1 if size is None else size
        pieces: list[bytes] = []
        while wanted:
            size = PIECE_BYTES if wanted < 0 else min(wanted, PIECE_BYTES)
            piece: bytes = _guarded(partial(self._inner.read, size))
            if not piece:
                break
            pieces.append(piece)
            wanted -= len(piece) if wanted > 0 else 0
        content = b"".join(pieces)
        self._at += len(content)
        return content

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        """To a place in the content, counted from its beginning."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only from the beginning")
        if place < self._at:
            self.close_both()
            self._raw, self._inner = _guarded(self._open_both)
            self._at = 0
        while self._at < place and self.read(min(PIECE_BYTES, place - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        """How many bytes of the compressed file are read."""
        return min(int(self._raw.tell()), self.packed_size)

    def head(self) -> bytes:
        """The first bytes of the content."""
        self.seek(0)
        content = self.read(HEAD_BYTES)
        self.seek(0)
        return content

    def close_both(self) -> None:
        """Closes the file and its unpacker."""
        for stream in (self._inner, self._raw):
            stream.close()

    def close(self) -> None:
        """Closes the stream for good."""
        self.close_both()
        super().close()


def open_unpacked(source: Path, compression: str, filename: str) -> Unpacked:
    """The one thing inside a compressed file; raises ReadingError. The caller closes it."""
    size = source.stat().st_size
    if compression == GZIP:
        return Unpacked(lambda: _open_gzip(source), size, _without_suffix(filename))
    if compression == ZSTD:
        return Unpacked(lambda: _open_zstd(source), size, _without_suffix(filename))
    member = _only_member(source)
    return Unpacked(lambda: _open_member(source, member), size, PurePosixPath(member).name)


def _open_gzip(source: Path) -> tuple[Any, Any]:
    raw = source.open("rb")
    inner: BinaryIO = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
    return raw, inner


def _open_zstd(source: Path) -> tuple[Any, Any]:
    raw = pa.OSFile(str(source), "rb")
    return raw, pa.CompressedInputStream(raw, "zstd")


def _open_member(source: Path, member: str) -> tuple[Any, Any]:
    raw = source.open("rb")
    return raw, zipfile.ZipFile(raw).open(member)


def _only_member(source: Path) -> str:
    with zipfile.ZipFile(source) as archive:
        members = [info for info in archive.infolist() if _counts(info)]
    if not members:
        raise ReadingError("empty_file", "The archive holds no file.")
    if len(members) > 1:
        names = ", ".join(info.filename for info in members[:NAMED_MEMBERS])
        more = f" and {len(members) - NAMED_MEMBERS} more" if len(members) > NAMED_MEMBERS else ""
        raise ReadingError(
            "unsupported_format",
            f"The archive holds {len(members)} files ({names}{more}): upload them one by one.",
        )
    if members[0].flag_bits & ENCRYPTED_MEMBER:
        raise ReadingError("password_protected", "The archive is protected by a password.")
    return members[0].filename


def _counts(info: zipfile.ZipInfo) -> bool:
    """Whether a member is a file of the person's own, and not what a Mac puts beside it."""
    path = PurePosixPath(info.filename)
    beside = path.parts[:1] == ("__MACOSX",) or path.name in {".DS_Store", "Thumbs.db"}
    return not info.is_dir() and not beside


def _without_suffix(filename: str) -> str:
    path = Path(filename)
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def _guarded(deed: Callable[[], Any]) -> Any:
    try:
        return deed()
    except NotImplementedError as error:
        raise ReadingError(
            "unsupported_format", f"The archive uses a method that is not read: {error}."
        ) from error
    except FAULTS as error:
        raise ReadingError(
            "corrupt_file", f"The compressed file is damaged or cut short: {error}."[:300]
        ) from error
