"""One disk cache that several processes share: each one's is a FileCache of its own."""

from __future__ import annotations

from pathlib import Path

from backend.tables import files
from backend.tables.files import FileCache
from tests.tables.blobs import KIB, Source, blob, content, names, use


def test_a_file_that_another_process_uses_is_left_alone(tmp_path: Path, source: Source) -> None:
    ours, theirs = FileCache(tmp_path, 10 * KIB), FileCache(tmp_path, 2 * KIB)
    use(theirs, 1, source)
    with ours.open(blob(1), source) as path:
        for number in (2, 3, 4):
            use(theirs, number, source)
        assert path.read_bytes() == content(blob(1))
        with ours.held(blob(1)) as held:
            assert held == path
    use(theirs, 5, source)
    assert blob(1) not in names(tmp_path)
    assert source.fetched.count(blob(1)) == 1


def test_what_another_process_brought_counts_and_is_not_fetched_again(
    tmp_path: Path, source: Source
) -> None:
    ours, theirs = FileCache(tmp_path, 3 * KIB), FileCache(tmp_path, 3 * KIB)
    for cache in (ours, theirs):
        cache._looked_at -= files.LOOK_AROUND_EVERY_S
    for number in (1, 2, 3):
        use(theirs, number, source)
    use(ours, 3, source)
    use(ours, 4, source)
    assert source.fetched == [blob(1), blob(2), blob(3), blob(4)]
    assert ours.bytes == 3 * KIB
    assert len(names(tmp_path)) == 3


def test_a_file_that_another_process_removed_is_fetched_again(
    tmp_path: Path, source: Source
) -> None:
    ours, theirs = FileCache(tmp_path, 10 * KIB), FileCache(tmp_path, KIB)
    use(ours, 1, source)
    use(theirs, 1, source)
    use(theirs, 2, source)
    assert names(tmp_path) == {blob(2)}
    with ours.held(blob(1)) as held:
        assert held is None
    use(ours, 1, source)
    assert source.fetched == [blob(1), blob(2), blob(1)]
