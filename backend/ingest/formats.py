"""What a file is, by its bytes. Its name is not asked."""

from __future__ import annotations

import codecs
import mmap
import re
import zipfile
from pathlib import Path

from backend.domain import ReadingOptions
from backend.ingest.failure import ReadingError

HEAD_BYTES = 64 * 1024
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
XLSX, XLSB, XLS, ODS, FODS = "xlsx", "xlsb", "xls", "ods", "fods"
PARQUET, ARROW, JSON, JSONL, DELIMITED = "parquet", "arrow", "json", "jsonl", "delimited"
GZIP, ZSTD, ZIP = "gzip", "zstd", "zip"
WORKBOOKS = frozenset({XLSX, XLSB, XLS, ODS, FODS})
COMPRESSIONS = frozenset({GZIP, ZSTD, ZIP})
STREAMED = frozenset({DELIMITED, JSON, JSONL})
"""Formats that are read from beginning to end, so that they need not be unpacked to the disk."""
READ_MAGICS = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (OLE_MAGIC, "ole"),
    (b"\x1f\x8b\x08", GZIP),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"PAR1", PARQUET),
    (b"ARROW1\x00\x00", ARROW),
    (b"\xff\xff\xff\xff", ARROW),  # a stream: its first message begins so
)
KNOWN = (
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"PARE", "encrypted Parquet"),
    (b"FEA1", "Feather, version 1"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (b"\x89HDF\r\n", "HDF5"),
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
)
ZIP_KINDS = (
    (re.compile(r"xl/workbook\.bin"), XLSB),
    (re.compile(r"xl/workbook\.xml"), XLSX),
)
ZIP_OTHERS = (
    (re.compile(r"word/document\.xml"), "a Word document"),
    (re.compile(r"ppt/presentation\.xml"), "a PowerPoint presentation"),
    (re.compile(r"index/document\.iwa|index\.zip"), "an Apple Numbers document"),
)
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
SPREADSHEETS = (OPEN_DOCUMENT + b"spreadsheet", OPEN_DOCUMENT + b"spreadsheet-template")
MARKUP = re.compile(rb"\s*<(?:!doctype html|html|\?xml|table|svg)[\s>]", re.IGNORECASE)
FLAT = re.compile(rb"<office:document\s[^>]*office:mimetype=[\"']([^\"']*)[\"']")
SPREADSHEET_ML = b"urn:schemas-microsoft-com:office:spreadsheet"
JSON_ARRAY = re.compile(rb"\s*\[\s*(?:[\[{]|\]\s*\Z)")
JSON_OBJECT = re.compile(rb"\s*\{\s*(?:\"[^\"]*\"\s*:|\}\s*(?:\n|\Z))")
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b\x1c\x1d\x1e\x1f\x01"))
TOO_MANY_CONTROLS = 0.05


def find_format(source: Path, options: ReadingOptions) -> str:
    """One of the names above, for a file on the disk.

    Raises ReadingError for what is known not to be read here.
    """
    with source.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith(ZIP_MAGICS):
        return _zip_format(source)
    if head.startswith(OLE_MAGIC):
        return _ole_format(source)
    return find_format_of_head(head, options)


def find_format_of_head(head: bytes, options: ReadingOptions) -> str:
    """The same by a file's first bytes; `zip` and `ole` for what these do not tell.

    An encoding that was asked for says that the file is text, a delimiter that it is delimited.
    """
    for magic, name in READ_MAGICS:
        if head.startswith(magic):
            return name
    return _text_format(head, options)


def _text_format(head: bytes, options: ReadingOptions) -> str:
    if options.delimiter is not None or options.quote is not None:
        return DELIMITED
    text = _as_ascii(head)
    if JSON_ARRAY.match(text):
        return JSON
    if JSON_OBJECT.match(text):
        return JSONL
    if options.encoding is None:
        return _flat_or_text(head, text)
    return DELIMITED


def _flat_or_text(head: bytes, text: bytes) -> str:
    for magic, name in KNOWN:
        if head.startswith(magic):
            raise unsupported(name)
    if MARKUP.match(text):
        return _markup_format(text)
    if _is_binary(head):
        raise ReadingError("not_a_table", "The file is neither text nor a known kind of workbook.")
    return DELIMITED


def unsupported(name: str) -> ReadingError:
    """The failure for a kind of file that is known, and not read."""
    return ReadingError("unsupported_format", f"Files of this kind ({name}) are not read.")


def _as_ascii(head: bytes) -> bytes:
    """The head without its mark, and without the zeros that UTF-16 puts between letters."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[2:].replace(b"\x00", b"")
    return head.removeprefix(codecs.BOM_UTF8)


def _markup_format(text: bytes) -> str:
    flat = FLAT.search(text)
    if flat and flat[1] in SPREADSHEETS:
        return FODS
    if flat:
        raise unsupported("an OpenDocument file without a spreadsheet")
    if SPREADSHEET_ML in text:
        raise unsupported("an XML spreadsheet of Excel 2003")
    raise unsupported("HTML or XML")


def _zip_format(source: Path) -> str:
    members, mimetype = _zip_contents(source)
    if mimetype in SPREADSHEETS:
        _refuse_locked(source)
        return ODS
    if mimetype.startswith(OPEN_DOCUMENT):
        raise unsupported("an OpenDocument file without a spreadsheet")
    for pattern, kind in ZIP_KINDS:
        if any(pattern.fullmatch(member) for member in members):
            return kind
    for pattern, name in ZIP_OTHERS:
        if any(pattern.fullmatch(member) for member in members):
            raise unsupported(name)
    return ZIP


def _refuse_locked(source: Path) -> None:
    """An encrypted document says so in its manifest (ODF 1.3, part 2, 4.16.3)."""
    try:
        with zipfile.ZipFile(source) as archive, archive.open("META-INF/manifest.xml") as stream:
            locked = b"encryption-data" in stream.read(1024 * 1024)
    except (KeyError, zipfile.BadZipFile, OSError, EOFError, RuntimeError):
        return
    if locked:
        raise ReadingError(
            "password_protected", "The workbook has a password: remove it and retry."
        )


def _zip_contents(source: Path) -> tuple[set[str], bytes]:
    """The members' names in lower case, and the mimetype that OpenDocument puts first."""
    try:
        with zipfile.ZipFile(source) as archive:
            members = {name.lower().replace("\\", "/") for name in archive.namelist()}
            if not {"mimetype", "content.xml"} <= members:
                return members, b""
            with archive.open("mimetype") as stream:
                return members, stream.read(100).strip()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, LookupError, RuntimeError) as error:
        raise ReadingError(
            "corrupt_file",
            "The file begins like a workbook or a ZIP archive, but it is damaged or cut short.",
        ) from error


def _ole_format(source: Path) -> str:
    """A compound file holds streams by their names, in UTF-16 ([MS-CFB] 2.6)."""
    with (
        source.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        if _has_stream(content, "Workbook") or _has_stream(content, "Book"):
            return XLS
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise ReadingError(
                "password_protected", "The workbook has a password: remove it and retry."
            )
        if _has_stream(content, "WordDocument"):
            raise unsupported("an old Word document")
        if _is_cut(content):
            raise ReadingError("corrupt_file", "The workbook is damaged or cut short.")
    raise unsupported("a compound file without a workbook")


def _is_cut(content: mmap.mmap) -> bool:
    """Whether the directory, which names the streams, lies beyond the end of the file."""
    sector = 1 << min(content[30], 12) if len(content) > 512 else 512
    first = int.from_bytes(content[48:52], "little")
    return (first + 2) * sector > len(content)


def _has_stream(content: mmap.mmap, name: str) -> bool:
    """Whether a directory entry has this name: 64 bytes of it, then its length."""
    wanted = name.encode("utf-16-le") + b"\x00\x00"
    place = content.find(wanted)
    while place >= 0:
        length = content[place + 64 : place + 66]
        if int.from_bytes(length, "little") == len(wanted) and place % 128 == 0:
            return True
        place = content.find(wanted, place + 1)
    return False


def _is_binary(head: bytes) -> bool:
    """Many control characters, unless zeros come as regularly as UTF-16 and UTF-32 have them."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return False
    text = head[: len(head) // 2 * 2]
    for half, other in ((text[0::2], text[1::2]), (text[1::2], text[0::2])):
        if half.count(0) > len(half) * 0.02 and other.count(0) <= half.count(0) / 10:
            return len(other) - len(other.translate(None, CONTROLS)) > len(other) * 0.05
    return len(head) - len(head.translate(None, CONTROLS)) > len(head) * TOO_MANY_CONTROLS
