"""Between the disk and a page: what is decoded, what is kept, what happens to damaged files."""

from __future__ import annotations

import errno
import glob
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from backend.domain import ColumnType, PageQuery, Sheet
from backend.tables import row_groups
from backend.tables.files import DamagedFileError
from backend.tables.open_files import ColumnarFile, OpenFiles
from tests.conftest import Seeded
from tests.tables.building import Bench, Values

ROWS = 5_000


def numbers(key: str = "n", rows: int = ROWS, start: int = 0) -> Values:
    return Values(key, ColumnType.INTEGER, range(start, start + rows))


def texts(key: str = "t", rows: int = ROWS) -> Values:
    return Values(key, ColumnType.TEXT, [f"row {n} {'x' * (n % 50)}" for n in range(rows)])


def cut_out(bench: Bench, sheet: Sheet, offset: int, limit: int) -> list[Any]:
    query = PageQuery(offset, limit, shape="arrays")
    return list(bench.reader.read(sheet, query).rows)


def wanted(table: list[Values], offset: int, limit: int) -> list[Any]:
    columns = [column.values[offset : offset + limit] for column in table]
    return [list(row) for row in zip(*columns, strict=True)]


def kept(bench: Bench, sheet: Sheet) -> set[tuple[int, str]]:
    """The row groups and columns of a sheet that are decoded and at hand."""
    found = [(group, bench.reader.decoded.get((sheet.data, group))) for group in range(ROWS)]
    return {(group, key) for group, one in found if one is not None for key in one.positions}


def test_only_the_columns_asked_for_are_decoded(bench: Bench) -> None:
    sheet = bench.sheet([numbers("a"), numbers("b"), texts("c")])
    bench.reader.read(sheet, PageQuery(0, 10, ("b",)))
    assert kept(bench, sheet) == {(0, "b")}
    bench.reader.read(sheet, PageQuery(0, 10))
    assert kept(bench, sheet) == {(0, "a"), (0, "b"), (0, "c")}


def test_only_the_row_groups_of_the_page_are_decoded(bench: Bench) -> None:
    sheet = bench.sheet([numbers()], group_rows=100)
    assert cut_out(bench, sheet, 250, 100) == [[n] for n in range(250, 350)]
    assert kept(bench, sheet) == {(2, "n"), (3, "n")}


def test_a_page_seen_before_is_not_decoded_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = bench.sheet([numbers(), texts()])
    page = cut_out(bench, sheet, 10, 10)
    monkeypatch.setattr(ColumnarFile, "decode", None)
    assert cut_out(bench, sheet, 10, 10) == page
    assert bench.reader.decoded.hits == 1


def test_row_groups_of_any_size_are_found(bench: Bench) -> None:
    for group_rows in (1, 7, 4_999, 5_000, 9_000):
        table = [numbers()]
        sheet = bench.sheet(table, group_rows=group_rows)
        for offset in (0, 1, 6, 7, 8, 2_500, 4_990, 4_999):
            assert cut_out(bench, sheet, offset, 20) == wanted(table, offset, 20)


def test_a_row_group_too_large_to_decode_is_read_in_batches_and_not_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_groups, "MAX_GROUP_BYTES", 4_000)
    table = [numbers(), texts()]
    sheet = bench.sheet(table, group_rows=3_000)
    for offset in (0, 1, 100, 2_950, 2_999, 3_000, 4_999):
        assert cut_out(bench, sheet, offset, 150) == wanted(table, offset, 150)
    assert len(bench.reader.decoded) == 0


def test_text_that_a_dictionary_made_small_is_weighed_as_what_it_becomes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_groups, "MAX_GROUP_BYTES", 100_000)
    table = [numbers(), Values("t", ColumnType.TEXT, ["x" * 1_000] * ROWS)]
    sheet = bench.sheet(table)
    assert bench.store.path(sheet.data).stat().st_size < 50_000
    assert cut_out(bench, sheet, 950, 100) == wanted(table, 950, 100)
    assert len(bench.reader.decoded) == 0
    bench.reader.read(sheet, PageQuery(0, 10, ("n",)))
    assert kept(bench, sheet) == {(0, "n")}


def test_the_cache_of_decoded_columns_stays_within_its_bound(tmp_path: Path) -> None:
    bench = Bench(tmp_path, row_group_cache_bytes=100_000)
    sheet = bench.sheet([numbers()], group_rows=1_000)
    for offset in range(0, ROWS, 500):
        cut_out(bench, sheet, offset, 100)
        assert 0 < bench.reader.decoded.bytes <= 100_000


def cached(bench: Bench, blob_id: str) -> Path:
    return bench.directory / "cache" / blob_id


def overwrite_middle(path: Path) -> None:
    """Zero what lies between the first bytes and the footer."""
    data = bytearray(path.read_bytes())
    data[64 : len(data) // 2] = bytes(len(data) // 2 - 64)
    path.write_bytes(data)


@pytest.mark.parametrize("damage", ["cut", "zeros", "another table", "footer", "gone"])
def test_a_damaged_file_is_fetched_again_once(bench: Bench, damage: str) -> None:
    table = [texts()]
    sheet = bench.sheet(table)
    other = bench.sheet([numbers("other")])
    path = cached(bench, sheet.data)
    whole = bench.store.path(sheet.data).read_bytes()
    if damage == "cut":
        path.write_bytes(whole[:-10])
    elif damage == "zeros":
        path.write_bytes(whole)
        overwrite_middle(path)
    elif damage == "another table":
        path.write_bytes(bench.store.path(other.data).read_bytes())
    elif damage == "footer":
        path.write_bytes(whole[:-200] + bytes(196) + b"PAR1")
    assert cut_out(bench, sheet, 700, 600) == wanted(table, 700, 600)
    assert bench.store.fetched == [sheet.data]
    assert path.read_bytes() == whole


def test_a_blob_that_is_damaged_itself_is_an_error_and_not_a_table(bench: Bench) -> None:
    sheet = bench.sheet([texts()])
    overwrite_middle(bench.store.path(sheet.data))
    with pytest.raises(DamagedFileError):
        cut_out(bench, sheet, 0, 10)
    assert len(bench.store.fetched) == 2


def test_a_table_with_other_rows_than_its_revision_says_is_an_error(bench: Bench) -> None:
    short, long = bench.sheet([numbers(rows=10)]), bench.sheet([numbers(rows=11)])
    mixed = Sheet(0, "mixed", 11, long.columns, short.data)
    with pytest.raises(DamagedFileError, match="not the table"):
        cut_out(bench, mixed, 0, 10)


def test_a_lost_companion_is_an_error_and_not_canonical_text(bench: Bench) -> None:
    whole = bench.sheet([Values("n", ColumnType.NUMBER, [1.5], ["1.50"])])
    lost = Sheet(0, "lost", 1, whole.columns, whole.data, None)
    with pytest.raises(DamagedFileError, match="written text"):
        bench.reader.read(lost, PageQuery(0, 1, values="text"))
    assert bench.reader.read(lost, PageQuery(0, 1)).rows == [{"n": 1.5}]


def test_a_lack_of_file_descriptors_is_not_taken_for_damage(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = bench.sheet([numbers()])

    def fail(*_: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(ColumnarFile, "__init__", fail)
    with pytest.raises(OSError, match="Too many"):
        cut_out(bench, sheet, 0, 10)
    assert len(bench.store.fetched) == 1


def test_a_file_the_disk_cache_removes_is_closed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, file_cache_bytes=1)
    first, second = bench.sheet([numbers()]), bench.sheet([texts()])
    cut_out(bench, first, 0, 10)
    cut_out(bench, second, 0, 10)
    assert not cached(bench, first.data).exists()
    assert len(bench.reader._groups.open_files) == 1
    assert cut_out(bench, first, 4_000, 2) == [[4_000], [4_001]]


def test_open_files_are_bounded_in_number_and_in_bytes_of_footers(bench: Bench) -> None:
    blobs = [bench.sheet([numbers()], group_rows=50).data for _ in range(4)]
    for limited in (OpenFiles(max_files=2), OpenFiles(max_footer_bytes=1)):
        opened = [limited.get(blob_id, bench.store.path(blob_id)) for blob_id in blobs]
        assert len(limited) <= 2
        assert limited.get(blobs[-1], Path("never opened")) is opened[-1]
        limited.close_all()
        assert len(limited) == 0


def descriptors(path: Path) -> int:
    """How many times this process has a file open."""
    links = [Path(link) for link in glob.glob("/proc/self/fd/*")]
    return sum(os.path.samefile(link, path) for link in links if link.exists())


def test_a_file_closed_while_it_is_decoded_is_decoded_to_its_end_and_then_closed(
    bench: Bench,
) -> None:
    path = bench.store.path(bench.sheet([numbers()], group_rows=ROWS).data)
    file = ColumnarFile(path)
    batches = file.decode(0, ["n"], 100)
    seen = next(batches)[0].to_pylist()
    file.close()
    assert descriptors(path) == 1
    for batch in batches:
        seen += batch[0].to_pylist()
    assert seen == list(range(ROWS))
    assert descriptors(path) == 0


def test_two_who_decode_at_once_share_the_footer_and_nothing_else(bench: Bench) -> None:
    path = bench.store.path(bench.sheet([numbers()], group_rows=ROWS).data)
    file = ColumnarFile(path)
    halves = [file.decode(0, ["n"], rows) for rows in (100, 333)]
    sizes = [[len(batch[0]) for batch in pair] for pair in zip(*halves, strict=False)]
    assert sizes[:3] == [[100, 333]] * 3
    assert descriptors(path) == 2
    file.close()


def test_the_lease_on_a_file_ends_with_a_page_that_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path, max_page_bytes=100, file_cache_bytes=1)
    first, second = bench.sheet([texts()]), bench.sheet([numbers(rows=2)])
    with pytest.raises(Exception, match="more than the 100 bytes"):
        cut_out(bench, first, 0, 50)
    cut_out(bench, second, 0, 1)
    assert not cached(bench, first.data).exists()


def test_many_threads_read_what_one_would(tmp_path: Path, seeded: Seeded) -> None:
    # Every bound is tight, so that files and columns come and go under the readers.
    bench = Bench(tmp_path, row_group_cache_bytes=60_000, file_cache_bytes=60_000)
    tables = [[numbers(start=10**6 * n), texts()] for n in range(4)]
    sheets = [bench.sheet(table, group_rows=400) for table in tables]
    everyone = threading.Barrier(8)

    def read(worker: int) -> None:
        chance = random.Random(seeded.seed + worker)
        everyone.wait()
        for _ in range(seeded.rounds(60)):
            which, offset = chance.randrange(4), chance.randrange(ROWS)
            rows = cut_out(bench, sheets[which], offset, 150)
            assert rows == wanted(tables[which], offset, 150)
            assert bench.reader.decoded.bytes <= 60_000 + 20_000

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(8)))
    assert bench.reader.decoded.bytes <= 60_000
    bench.reader.close()
