"""What a disk cache makes of the files it finds: from an earlier run, from others, damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.tables.files import DamagedFileError, FileCache
from tests.tables.blobs import KIB, Source, blob, content, names, use


def test_files_survive_a_restart(tmp_path: Path, source: Source) -> None:
    for number in (1, 2, 3):
        use(FileCache(tmp_path, 10 * KIB), number, source)
    again = FileCache(tmp_path, 10 * KIB)
    assert again.bytes == 3 * KIB
    for number in (1, 2, 3):
        use(again, number, source)
    assert source.fetched == [blob(1), blob(2), blob(3)]


def test_a_restart_with_a_smaller_bound_keeps_the_newest(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 10 * KIB)
    for number in (1, 2, 3):
        use(cache, number, source)
        os.utime(tmp_path / blob(number), (number, number))
    FileCache(tmp_path, KIB)
    assert names(tmp_path) == {blob(3)}


def test_what_was_on_its_way_when_the_process_ended_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    own, dead, living = os.getpid(), ended.pid, os.getppid()
    for name in (f"{blob(1)}.{own}.0.part", f".{blob(1)}.{dead}.1.part.a1b2"):
        (tmp_path / name).write_bytes(b"PAR1")
    others = tmp_path / f"{blob(2)}.{living}.0.part"
    others.write_bytes(b"PAR1")
    FileCache(tmp_path, 10 * KIB)
    assert names(tmp_path) == {others.name}


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1PAR1", content(blob(1))[:-1], bytes(KIB)])
def test_a_file_found_damaged_is_fetched_again(
    tmp_path: Path, source: Source, damage: bytes
) -> None:
    (tmp_path / blob(1)).write_bytes(damage)
    cache = FileCache(tmp_path, 10 * KIB)
    use(cache, 1, source)
    use(cache, 1, source)
    assert source.fetched == [blob(1)]
    assert cache.bytes == KIB


def test_a_file_somebody_removed_is_fetched_again(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 10 * KIB)
    use(cache, 1, source)
    (tmp_path / blob(1)).unlink()
    use(cache, 1, source)
    assert source.fetched == [blob(1)] * 2
    assert cache.bytes == KIB


def test_a_fetch_that_brings_half_a_file_is_an_error(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 10 * KIB)
    source.broken = [content(blob(1))[:-1]]
    with pytest.raises(DamagedFileError):
        use(cache, 1, source)
    assert names(tmp_path) == set()
