"""How long a page takes in process: `python -m tests.bench.pages [rows]`, one JSON line a figure.

Pages of 100 rows as objects, without HTTP and without encoding. Cold: nothing is decoded, while the
file is in the page cache of the system and its footer is parsed. Hot: the row group is decoded.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from backend.config import Config
from backend.domain import Column, ColumnType, PageQuery, Sheet
from backend.tables.columnar import ARROW_TYPES, open_writer, row_group_rows
from backend.tables.files import FileCache
from backend.tables.pages import PageReader

PAGE = 100
WIDE_COLUMNS = 2_000
CITIES = ["Berlin", "Paris", "東京", "New York", "Zürich"]
EPOCH = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)

Maker = Callable[[Random, int], Any]
TYPICAL: dict[str, tuple[ColumnType, Maker]] = {
    "id": (ColumnType.INTEGER, lambda _, row: row),
    "customer": (ColumnType.TEXT, lambda _, row: f"Customer {row * 7919 % 100_003}"),
    "city": (ColumnType.TEXT, lambda chance, _: chance.choice(CITIES)),
    "amount": (ColumnType.NUMBER, lambda chance, _: round(chance.gauss(100, 20), 2)),
    "price": (ColumnType.NUMBER, lambda chance, _: chance.random()),
    "quantity": (ColumnType.INTEGER, lambda chance, _: chance.randrange(100)),
    "paid": (ColumnType.BOOLEAN, lambda chance, _: chance.random() < 0.5),
    "day": (ColumnType.DATE, lambda chance, _: date(2020, 1, 1) + _days(chance)),
    "shipped": (ColumnType.DATETIME, lambda chance, _: EPOCH + _days(chance)),
    "seen": (ColumnType.DATETIME, lambda chance, _: EPOCH + _moment(chance)),
    "note": (ColumnType.TEXT, lambda _, row: f"note on row {row}" if row % 3 else None),
    "score": (ColumnType.NUMBER, lambda chance, row: chance.random() if row % 5 else None),
}
WIDE: list[tuple[ColumnType, Maker]] = [
    TYPICAL[name] for name in ("quantity", "price", "customer", "day")
]


def _days(chance: Random) -> timedelta:
    return timedelta(days=chance.randrange(2_000))


def _moment(chance: Random) -> timedelta:
    return timedelta(microseconds=chance.randrange(10**14))


def make(path: Path, makers: dict[str, tuple[ColumnType, Maker]], rows: int) -> Sheet:
    """Write a columnar file as ingest does; its distinct row groups repeat after the twelfth."""
    schema = pa.schema([(key, ARROW_TYPES[kind]) for key, (kind, _) in makers.items()])
    group_rows = row_group_rows(len(makers))
    made: list[Any] = []
    with open_writer(path, schema) as writer:
        for number, start in enumerate(range(0, rows, group_rows)):
            if len(made) < 12:
                made.append(_group(makers, schema, start, group_rows))
            group = made[number % len(made)].slice(0, min(group_rows, rows - start))
            writer.write_table(group, row_group_size=len(group))
    columns = tuple(Column(key, key, kind, nulls=0) for key, (kind, _) in makers.items())
    return Sheet(0, path.name, rows, columns, path.name)


def _group(makers: dict[str, tuple[ColumnType, Maker]], schema: Any, start: int, rows: int) -> Any:
    chance = Random(start)
    columns = [
        pa.array([maker(chance, row) for row in range(start, start + rows)], schema.field(key).type)
        for key, (_, maker) in makers.items()
    ]
    return pa.table(columns, schema=schema)


def percentiles(times: list[float]) -> dict[str, float]:
    """Milliseconds at the middle and at the slow end."""
    ordered = sorted(times)
    at = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    return {name: round(ordered[int(len(ordered) * part)], 3) for name, part in at.items()}


def timed(work: Callable[[], object], prepare: Callable[[], object], times: int) -> list[float]:
    """Milliseconds that `work` takes, each time after `prepare`."""
    taken = []
    for _ in range(times):
        prepare()
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1_000)
    return taken


def figures(directory: Path, rows: int) -> Iterator[dict[str, Any]]:
    """Every figure, as it is measured."""
    made = directory / "made"
    made.mkdir()
    typical = make(made / f"{1:032x}", TYPICAL, rows)
    makers = {f"column_{n}": WIDE[n % len(WIDE)] for n in range(WIDE_COLUMNS)}
    wide = make(made / f"{2:032x}", makers, 5_000)
    limits = Config()
    reader = PageReader(
        FileCache(directory / "cache", limits.file_cache_bytes),
        lambda blob_id, path: path.hardlink_to(made / blob_id),
        row_group_cache_bytes=limits.row_group_cache_bytes,
        max_page_bytes=limits.max_page_bytes,
    )
    for sheet, times in ((typical, 300), (wide, 30)):
        yield from _sheet_figures(reader, sheet, times)
    reader.close()


def _sheet_figures(reader: PageReader, sheet: Sheet, times: int) -> Iterator[dict[str, Any]]:
    chance = Random(1)
    last = sheet.rows - PAGE
    table = {"rows": sheet.rows, "columns": len(sheet.columns)}

    def read(offset: int, shape: str = "objects", values: str = "typed") -> None:
        reader.read(sheet, PageQuery(offset, PAGE, shape=shape, values=values))

    def nothing() -> None:
        pass

    # The first page also brings the file and parses its footer.
    yield {"page": "first ever", **table, **percentiles(timed(lambda: read(0), nothing, 1))}
    cases: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("cold, first offset", lambda: read(0), reader.decoded.clear),
        ("cold, last offset", lambda: read(last), reader.decoded.clear),
        ("cold, any offset", lambda: read(chance.randrange(last)), reader.decoded.clear),
        ("hot, objects", lambda: read(0), nothing),
        ("hot, arrays", lambda: read(0, shape="arrays"), nothing),
        ("hot, text", lambda: read(0, values="text"), nothing),
    ]
    for name, work, prepare in cases:
        yield {"page": name, **table, **percentiles(timed(work, prepare, times))}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        for figure in figures(Path(directory), arguments.rows):
            sys.stdout.write(json.dumps(figure, ensure_ascii=False) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
