"""Other ways to take a CSV in, each as its own documentation has it."""

from __future__ import annotations

import csv
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pandas

CHUNK_ROWS = 100_000


def timed(read: Callable[[Path, Path], None], path: Path, folder: Path) -> float:
    """Seconds that a peer needs."""
    begun = time.perf_counter()
    read(path, folder)
    return time.perf_counter() - begun


def with_duckdb(path: Path, folder: Path) -> None:
    """DuckDB in its automatic mode, both cores."""
    with duckdb.connect() as connection:
        target = folder / "duckdb.parquet"
        connection.execute(f"COPY (FROM read_csv('{path}')) TO '{target}' (FORMAT parquet)")


def with_pandas(path: Path, folder: Path) -> None:
    """pandas in chunks of 100,000 rows, each written as Parquet."""
    for number, chunk in enumerate(pandas.read_csv(path, chunksize=CHUNK_ROWS)):
        chunk.to_parquet(folder / f"pandas-{number}.parquet")


def with_csvs_to_sqlite(path: Path, folder: Path) -> None:
    """What csvs-to-sqlite does: pandas reads, and its `to_sql` inserts."""
    target = folder / "typed.sqlite3"
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as connection, connection:
        for chunk in pandas.read_csv(path, chunksize=CHUNK_ROWS):
            chunk.to_sql("peer", connection, if_exists="append", index=False)


def with_bare_sqlite(path: Path, folder: Path) -> None:
    """As fast as Python can insert: rows of csv.reader, all text, one transaction."""
    target = folder / "text.sqlite3"
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as connection, path.open() as file:
        reader: Iterator[list[str]] = csv.reader(file)
        header = next(reader)
        columns = ", ".join(f'"{name}"' for name in header)
        connection.execute(f"CREATE TABLE peer ({columns})")
        places = ", ".join("?" for _ in header)
        with connection:
            connection.executemany(f"INSERT INTO peer VALUES ({places})", reader)


def with_openpyxl(path: Path, _: Path) -> None:
    """A workbook by pandas and openpyxl."""
    pandas.read_excel(path, engine="openpyxl")
