"""Hostile texts: delimited, JSON, and what is compressed. Each is written to a path."""

from __future__ import annotations

import gzip
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import zstandard

MIB = 1024 * 1024
Write = Callable[[Path], None]


def of(*parts: bytes | tuple[bytes, int]) -> Write:
    """A file of these parts, some of them repeated."""

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            pour(stream.write, parts)

    return write


def pour(take: Callable[[bytes], object], parts: tuple[bytes | tuple[bytes, int], ...]) -> None:
    for part in parts:
        content, times = part if isinstance(part, tuple) else (part, 1)
        block = max(1, MIB // max(1, len(content)))
        for _ in range(times // block):
            take(content * block)
        take(content * (times % block))


def gzipped(*parts: bytes | tuple[bytes, int]) -> Write:
    def write(path: Path) -> None:
        with gzip.open(path, "wb", compresslevel=1) as stream:
            pour(stream.write, parts)

    return write


def in_zstd(*parts: bytes | tuple[bytes, int]) -> Write:
    def write(path: Path) -> None:
        with path.open("wb") as raw, zstandard.ZstdCompressor().stream_writer(raw) as stream:
            pour(stream.write, parts)

    return write


def in_zip(method: int, *parts: bytes | tuple[bytes, int], name: str = "t.csv") -> Write:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as archive, archive.open(name, "w") as stream:
            pour(stream.write, parts)

    return write


def cut(write: Write, keep: float) -> Write:
    """The beginning of a file."""

    def write_part(path: Path) -> None:
        write(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])

    return write_part


def damaged(write: Write, seed: int, bytes_: int = 20) -> Write:
    """A file with some bytes changed."""

    def write_damaged(path: Path) -> None:
        write(path)
        content = bytearray(path.read_bytes())
        chance = random.Random(seed)
        for _ in range(bytes_):
            content[chance.randrange(min(8, len(content) - 1), len(content))] = chance.randrange(
                256
            )
        path.write_bytes(content)

    return write_damaged


def gzipped_file(write: Write) -> Write:
    """A file, packed once more."""

    def write_packed(path: Path) -> None:
        write(path)
        path.write_bytes(gzip.compress(path.read_bytes(), 1))

    return write_packed


def encrypted_member(path: Path) -> None:
    """A ZIP archive whose only member says that it is encrypted."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("t.csv", b"a,b\n1,2\n")
    content = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + offset] |= 1
    path.write_bytes(content)


def overlapping_members(path: Path) -> None:
    """A thousand names for the same compressed megabytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 10 * MIB)
        first = archive.infolist()[0]
        for number in range(1000):
            twin = zipfile.ZipInfo(f"{number}.csv")
            for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(twin, field, getattr(first, field))
            archive.filelist.append(twin)


def noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(5 * MIB))


LONG = "record_too_long|took_too_long|too_much_memory"
CSV = of(b"a,b,c\n", (b'1,"two",3.5\n', 5_000))
JSON = of(b"[", (b'{"a":1,"b":"two"},', 5_000), b'{"a":2}]')

TEXTS: dict[str, tuple[Write, str]] = {
    "a line of 80 MB": (of(b"a,b\n1,", (b"x", 80 * MIB), b"\n2,3\n"), LONG),
    "a quoted cell of 40 MB": (of(b'a,b\n1,"', (b"x\n", 20 * MIB), b'"\n'), "*"),
    "a million columns": (of((b"a,", 10**6), b"a\n", (b"1,", 10**6), b"1\n"), "too_many_columns"),
    "a million columns later": (
        of(b"a,b\n1,2\n", (b"1,2\n", 90_000), (b"1,", 1_000_000), b"1\n"),
        "too_many_columns|took_too_long",
    ),
    "8 MB of quotes": (of((b'"', 8 * MIB)), "*"),
    "an unclosed quote before 8 MB": (of(b'a,b\n"1,2\n', (b"3,4\n", 2 * MIB)), "*"),
    "stray quotes everywhere": (of(b"a,b\n", (b'"x"y,"z\n', 50_000)), "*"),
    "half a million blank lines": (of(b"a,b\n1,2\n", (b"\n", 500_000), b"3,4\n"), "read"),
    "half a MB of carriage returns": (of(b"a,b\r1,2\r", (b"\r", 500_000)), "read"),
    "zeros": (of((b"\0", 20 * MIB)), "not_a_table"),
    "noise": (noise, "not_a_table"),
    "text, then noise": (of(b"a,b\n1,2\n", (b"\xff\xfe\0\x80\n", 400_000)), "*"),
    "ragged rows": (of(b"a\n", *[b"," * n + b"\n" for n in range(3000)]), "*"),
    "a gzip bomb of zeros": (gzipped((b"\0", 200 * MIB)), "not_a_table"),
    "a gzip bomb of one line": (gzipped(b"a,b\n", (b"x", 100 * MIB)), LONG),
    "a gzip bomb of rows": (gzipped((b"1,2\n", 100 * MIB)), "took_too_long|output_too_large|read"),
    "a zstd bomb of one line": (in_zstd(b"a,b\n", (b"x", 200 * MIB)), LONG),
    "a zip bomb, deflated": (in_zip(zipfile.ZIP_DEFLATED, b"a,b\n", (b"x", 100 * MIB)), LONG),
    "a zip bomb by bzip2": (in_zip(zipfile.ZIP_BZIP2, b"a,b\n", (b"x", 80 * MIB)), LONG),
    "a zip bomb by lzma": (in_zip(zipfile.ZIP_LZMA, b"a,b\n", (b"x", 80 * MIB)), LONG),
    "a gzip bomb in a gzip": (gzipped_file(gzipped((b"1,2\n", 20 * MIB))), "unsupported_format"),
    "a gzip in a gzip in a gzip": (
        gzipped_file(gzipped_file(gzipped(b"a,b\n1,2\n"))),
        "unsupported_format",
    ),
    "overlapping members": (overlapping_members, "unsupported_format"),
    "an encrypted member": (encrypted_member, "password_protected"),
    "a member outside": (in_zip(0, b"a,b\n1,2\n", name="../../../etc/passwd"), "read"),
    "a cut gzip": (cut(gzipped(b"a,b\n", (b"1,2\n", 100_000)), 0.7), "corrupt_file"),
    "a cut zstd": (
        cut(in_zstd(b"a,b\n", *[str(n).encode() + b",2\n" for n in range(20_000)]), 0.7),
        "corrupt_file",
    ),
    "a cut zip": (cut(in_zip(zipfile.ZIP_DEFLATED, (b"1,2\n", 9000)), 0.7), "corrupt_file"),
    "deep JSON": (of(b'{"a":', (b"[", MIB), (b"]", MIB), b"}"), "nested_too_deeply"),
    "deep JSON that never closes": (of(b'[{"a":', (b'{"a":', MIB)), "corrupt_file"),
    "a JSON string of 20 MB": (of(b'[{"a":"', (b"x", 20 * MIB), b'"}]'), f"read|{LONG}"),
    "a JSON string that never ends": (of(b'[{"a":"', (b"\\", 4 * MIB)), "corrupt_file"),
    "empty JSON objects": (of(b"[", (b"{},", 300_000), b"{}]"), "empty_file|took_too_long"),
    "a key for every row": (
        of(*[f'{{"k{n}":1}}\n'.encode() for n in range(30_000)]),
        "too_many_columns|took_too_long",
    ),
    "millions of lists in a JSON cell": (of(b'[{"a":[', (b"[],", 3_000_000), b"1]}]"), "*"),
    "a number of a million digits": (
        of(b'[{"a":', (b"9", 1_000_000), b'},{"a":1e999999999}]'),
        "read",
    ),
    "a cut JSON": (cut(JSON, 0.6), "corrupt_file"),
    "JSON gzipped without end": (
        gzipped(b"[", (b'{"a":1},', 4 * MIB)),
        "corrupt_file|took_too_long",
    ),
}
