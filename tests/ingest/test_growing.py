"""A file that is read while it is written gives what it gives when it is read afterwards."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from backend.domain import ReadingOptions
from backend.ingest import growing
from backend.ingest.failure import ReadingError
from backend.ingest.growing import GrowingFile, announce_end
from backend.ingest.limits import Limits
from backend.ingest.reading import Reading, read_file
from tests.ingest.reading_back import back_from, read


def table(rows: int, last: str) -> bytes:
    lines = [f"{n},name {n},{n}.5,2024-01-{n % 28 + 1:02d}" for n in range(rows)]
    return "\n".join(["id,name,amount,day", *lines, last]).encode()


def read_while_written(
    content: bytes, folder: Path, options: ReadingOptions | None = None, pieces: int = 7
) -> Reading:
    """The reading of a file whose writer is never far ahead of it."""
    source, output, end = folder / "source", folder / "out", folder / "end"
    output.mkdir()
    source.write_bytes(b"")
    step = len(content) // pieces + 1
    seen = threading.Event()

    def write() -> None:
        with source.open("ab", buffering=0) as file:
            for start in range(0, len(content), step):
                file.write(content[start : start + step])
                seen.wait(0.01)
        announce_end(end, len(content))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return read_file(
            source,
            "table.csv",
            options or ReadingOptions(),
            output,
            Limits(),
            lambda _rows, _part: None,
            growing=end,
        )
    finally:
        writer.join()


@pytest.mark.parametrize(
    "last",
    [
        "9,plain,1.5,2024-01-01\n",
        "none,and the guess was wrong,1.50,soon",
        "9,surplus,1.5,2024-01-01,more,and more\n",
        '9,"never closed,1.5,2024-01-01\n',
        "9;another;delimiter;there\n" * 20_000,
    ],
)
def test_a_growing_file_gives_what_the_whole_file_gives(tmp_path: Path, last: str) -> None:
    content = table(30_000, last)
    back = back_from(read_while_written(content, tmp_path))
    whole = read(content)
    assert back.texts == whole.texts
    assert back.types == whole.types
    assert back.report == whole.report


def test_a_growing_file_in_another_encoding_is_found_out(tmp_path: Path) -> None:
    content = table(30_000, "9,Zoë,1.5,2024-01-01\n").decode().encode("cp1252")
    back = back_from(read_while_written(content, tmp_path))
    whole = read(content)
    assert back.texts == whole.texts
    assert back.report == whole.report


@pytest.mark.parametrize(
    "options",
    [
        {"header_row": 0},
        {"header_row": "2-3"},
        {"header_row": 5_900},
        {"delimiter": ";"},
        {"encoding": "cp1252", "quote": "none"},
    ],
)
def test_a_growing_file_is_read_as_options_ask(tmp_path: Path, options: dict[str, Any]) -> None:
    content = table(6_000, "9,Zoë,1.5,2024-01-01\n")
    back = back_from(read_while_written(content, tmp_path, ReadingOptions(**options)))
    whole = read(content, **options)
    assert (back.names, back.texts, back.types) == (whole.names, whole.texts, whole.types)
    assert back.report == whole.report


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"\x1f\x8b\x08", b"PAR1"])
def test_what_begins_as_another_format_waits_whatever_is_asked(
    tmp_path: Path, magic: bytes
) -> None:
    with pytest.raises(ReadingError) as caught:
        read_while_written(magic + b"1,2\n" * 50_000, tmp_path, ReadingOptions(delimiter=","))
    assert caught.value.failure.code == "unsupported_format"


def test_what_is_no_delimited_text_waits_until_it_is_complete(tmp_path: Path) -> None:
    with pytest.raises(ReadingError) as caught:
        read_while_written(b'{"a": 1}\n' * 50_000, tmp_path)
    assert caught.value.failure.code == "unsupported_format"


@pytest.mark.parametrize("told", [None, 4, 6])
def test_a_file_of_another_size_than_announced_counts_for_nothing(
    tmp_path: Path, told: int | None
) -> None:
    source, end = tmp_path / "source", tmp_path / "end"
    source.write_bytes(b"12345")
    if told is not None:
        announce_end(end, told)
    with GrowingFile(source, end, idle_s=0.05) as stream, pytest.raises(ReadingError):
        stream.read()


def test_a_growing_file_is_read_again_from_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "PIECE_BYTES", 2)
    source, end = tmp_path / "source", tmp_path / "end"
    source.write_bytes(b"12345")
    announce_end(end, 5)
    with GrowingFile(source, end, idle_s=5) as stream:
        assert (stream.read(3), stream.tell(), stream.complete) == (b"123", 3, False)
        assert (stream.read(), stream.read(1), stream.complete) == (b"45", b"", True)
        assert (stream.seek(1), stream.read(2), stream.wait_for_end()) == (1, b"23", 5)
