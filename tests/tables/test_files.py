"""The node's disk cache: bounded, fetched once, never torn, and back after a restart."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from backend.tables.files import DamagedFileError, FileCache
from tests.conftest import Seeded
from tests.tables.blobs import KIB, Source, blob, content, names, use


def test_a_file_is_fetched_once(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 10 * KIB)
    for _ in range(3):
        use(cache, 1, source)
    assert source.fetched == [blob(1)]
    assert cache.bytes == KIB


def test_the_file_used_longest_ago_is_removed(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 3 * KIB)
    for number in (1, 2, 3, 1, 4):
        use(cache, number, source)
    assert names(tmp_path) == {blob(1), blob(3), blob(4)}
    assert cache.bytes == 3 * KIB


def test_a_file_in_use_stays(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 2 * KIB)
    with cache.open(blob(1), source) as path:
        for number in (2, 3, 4):
            use(cache, number, source)
        assert path.read_bytes() == content(blob(1))
        assert names(tmp_path) == {blob(1), blob(4)}


def test_files_in_use_may_exceed_the_bound_until_they_are_left(
    tmp_path: Path, source: Source
) -> None:
    cache = FileCache(tmp_path, 2 * KIB)
    with ExitStack() as stack:
        for number in range(1, 6):
            stack.enter_context(cache.open(blob(number), source))
        assert cache.bytes == 5 * KIB
        assert len(names(tmp_path)) == 5
    assert cache.bytes == 2 * KIB
    assert len(names(tmp_path)) == 2


def test_a_file_larger_than_the_bound_stays_while_it_is_the_last_one_used(
    tmp_path: Path, source: Source
) -> None:
    cache = FileCache(tmp_path, 10)
    use(cache, 1, source)
    use(cache, 1, source)
    assert source.fetched == [blob(1)]
    use(cache, 2, source)
    assert names(tmp_path) == {blob(2)}


def test_who_asks_at_the_same_time_waits_for_one_fetch(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, 10 * KIB)
    everyone = threading.Barrier(8)
    fetched: list[str] = []

    def fetch(blob_id: str, path: Path) -> None:
        fetched.append(blob_id)
        path.write_bytes(content(blob_id))

    def ask(_: int) -> None:
        everyone.wait()
        use(cache, 1, fetch)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert fetched == [blob(1)]


def test_a_slow_fetch_does_not_hold_up_other_files(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 10 * KIB)
    begun, go_on = threading.Event(), threading.Event()

    def slow(blob_id: str, path: Path) -> None:
        begun.set()
        assert go_on.wait(60)
        path.write_bytes(content(blob_id))

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(use, cache, 1, slow)
        assert begun.wait(60)
        use(cache, 2, source)
        go_on.set()
        waiting.result()


def test_a_fetch_that_fails_leaves_nothing_and_may_be_tried_again(
    tmp_path: Path, source: Source
) -> None:
    cache = FileCache(tmp_path, 10 * KIB)

    def fail(_: str, path: Path) -> None:
        path.write_bytes(b"PAR1 half")
        raise ConnectionError("the database is away")

    with pytest.raises(ConnectionError):
        use(cache, 1, fail)
    assert names(tmp_path) == set()
    assert cache.bytes == 0
    use(cache, 1, source)


def test_an_adopted_file_needs_no_fetch(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path / "cache", 10 * KIB)
    made = tmp_path / "made"
    made.write_bytes(content(blob(1)))
    cache.adopt(blob(1), made)
    assert not made.exists()
    use(cache, 1, source)
    assert source.fetched == []
    assert cache.bytes == KIB


def test_adopting_what_is_there_already_counts_once(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path / "cache", 10 * KIB)
    use(cache, 1, source)
    made = tmp_path / "made"
    made.write_bytes(content(blob(1)))
    cache.adopt(blob(1), made)
    assert cache.bytes == KIB


def test_a_cut_file_is_not_adopted(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", 10 * KIB)
    made = tmp_path / "made"
    made.write_bytes(content(blob(1))[:-100])
    with pytest.raises(DamagedFileError):
        cache.adopt(blob(1), made)
    assert names(tmp_path / "cache") == set()


def test_a_discarded_file_is_fetched_again_while_its_reader_reads_on(
    tmp_path: Path, source: Source
) -> None:
    cache = FileCache(tmp_path, 10 * KIB)
    with cache.open(blob(1), source) as path, path.open("rb") as file:
        cache.discard(blob(1))
        assert cache.bytes == 0
        assert file.read() == content(blob(1))
        use(cache, 1, source)
    assert source.fetched == [blob(1)] * 2
    assert cache.bytes == KIB


def test_what_another_process_brought_is_used(tmp_path: Path, source: Source) -> None:
    mine, other = FileCache(tmp_path, 10 * KIB), FileCache(tmp_path, 10 * KIB)
    use(other, 1, source)
    use(mine, 1, source)
    assert source.fetched == [blob(1)]


def test_listeners_hear_of_every_file_that_is_removed(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, 2 * KIB)
    removed: list[str] = []
    cache.on_removed(removed.append)
    for number in (1, 2, 3):
        use(cache, number, source)
    cache.discard(blob(3))
    assert removed == [blob(1), blob(3)]


@pytest.mark.parametrize(
    "blob_id", ["", "..", "../../etc/passwd", "0" * 31 + "/", "ABCDEF0123456789", "a" * 200, "a1"]
)
def test_only_hex_becomes_a_file_name(tmp_path: Path, source: Source, blob_id: str) -> None:
    cache = FileCache(tmp_path / "cache", 10 * KIB)
    made = tmp_path / "made"
    made.write_bytes(content(blob(1)))
    with pytest.raises(ValueError, match="not a blob id"), cache.open(blob_id, source):
        pass
    with pytest.raises(ValueError, match="not a blob id"):
        cache.adopt(blob_id, made)
    with pytest.raises(ValueError, match="not a blob id"):
        cache.discard(blob_id)
    assert made.exists()
    assert source.fetched == []


def test_under_threads_every_reader_sees_its_file_and_the_bound_holds(
    tmp_path: Path, seeded: Seeded
) -> None:
    cache = FileCache(tmp_path, 4 * KIB)

    def fetch(blob_id: str, path: Path) -> None:
        path.write_bytes(content(blob_id))

    def work(worker: int) -> None:
        chance = random.Random(seeded.seed + worker)
        for _ in range(seeded.rounds(150)):
            number = chance.randrange(12)
            use(cache, number, fetch)
            if chance.random() < 0.05:
                made = tmp_path / f"made-{worker}"
                made.write_bytes(content(blob(number)))
                cache.adopt(blob(number), made)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert cache.bytes <= 4 * KIB
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == cache.bytes
