"""What a file is, by its bytes. Its name is not asked."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from backend.ingest.failure import ReadingError

HEAD_BYTES = 64 * 1024
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
XLSX = "xlsx"
DELIMITED = "delimited"
KNOWN = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"PAR1", "Parquet"),
    (b"ARROW1\x00\x00", "Arrow"),
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
)
MARKUP = re.compile(rb"\s*<(?:!doctype html|html|\?xml|table|svg)[\s>]", re.IGNORECASE)
JSON_START = re.compile(rb"\s*(?:\[\s*[\[{]|\{\s*\"[^\"]*\"\s*:)")
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x01"))
TOO_MANY_CONTROLS = 0.05


def find_format(source: Path, *, text: bool = False) -> str:
    """`xlsx` or `delimited`; `text` says that it is text, whatever it looks like.

    Raises ReadingError for what is known not to be read here.
    """
    with source.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_format(source)
    if head.startswith(OLE_MAGIC):
        raise _ole_error(source)
    if not text:
        _refuse_known(head)
    return DELIMITED


def _refuse_known(head: bytes) -> None:
    for magic, name in KNOWN:
        if head.startswith(magic):
            raise _unsupported(name)
    if MARKUP.match(head):
        raise _unsupported("HTML or XML")
    if JSON_START.match(head):
        raise _unsupported("JSON")
    if _is_binary(head):
        raise ReadingError("not_a_table", "The file is neither text nor a known kind of workbook.")


def _zip_format(source: Path) -> str:
    try:
        with zipfile.ZipFile(source) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ReadingError(
            "corrupt_file", "The file begins like a workbook, but it is damaged or cut short."
        ) from error
    if "xl/workbook.bin" in members:
        raise _unsupported("XLSB")
    if any(member.lower().replace("\\", "/") == "xl/workbook.xml" for member in members):
        return XLSX
    if "mimetype" in members and "content.xml" in members:
        raise _unsupported("OpenDocument")
    raise _unsupported("a ZIP archive")


def _ole_error(source: Path) -> ReadingError:
    content = source.read_bytes()[: 4 * 1024 * 1024]
    if ENCRYPTED in content:
        return ReadingError(
            "password_protected", "The workbook is protected by a password: remove it and retry."
        )
    return _unsupported("the old Excel format (XLS)")


def _unsupported(name: str) -> ReadingError:
    return ReadingError("unsupported_format", f"Files of this kind ({name}) are not read.")


def _is_binary(head: bytes) -> bool:
    """Many control characters, unless zeros come as regularly as UTF-16 and UTF-32 have them."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return False
    text = head[: len(head) // 2 * 2]
    for half, other in ((text[0::2], text[1::2]), (text[1::2], text[0::2])):
        if half.count(0) > len(half) * 0.02 and other.count(0) <= half.count(0) / 10:
            return len(other) - len(other.translate(None, CONTROLS)) > len(other) * 0.05
    return len(head) - len(head.translate(None, CONTROLS)) > len(head) * TOO_MANY_CONTROLS
