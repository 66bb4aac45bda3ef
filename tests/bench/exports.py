"""Exports against the programs that write the same: DuckDB's COPY for CSV, openpyxl for XLSX."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.tables import csv_table
from tests.client import Client
from tests.durability.test_upload_memory import MIB, Peak
from tests.server import Server

ROWS = 1_000_000
WORKBOOK_ROWS = 200_000
ROUNDS = 3
PIECE = 1 << 20

COPY = """
import sys, time, duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
source, target = sys.argv[1:]
begun = time.perf_counter()
connection.sql(f"COPY (FROM read_parquet('{source}')) TO '{target}' (FORMAT csv, HEADER true)")
sys.stdout.write(str(time.perf_counter() - begun))
"""
WRITE_ONLY = """
import sys, openpyxl, pandas
source, target = sys.argv[1:]
table = pandas.read_parquet(source)
rows = table.astype(object).where(table.notna(), None).itertuples(index=False, name=None)
rows = [tuple(table.columns), *rows]
sys.stdout.write("begin\\n")
sys.stdout.flush()
sys.stdin.readline()
book = openpyxl.Workbook(write_only=True)
sheet = book.create_sheet()
for row in rows:
    sheet.append(row)
book.save(target)
"""


def run(folder: Path) -> list[Figure]:
    """Ours over HTTP, into a file; the others in a process of their own, in turns with ours.

    Nothing is compressed, unless a line says so: the others do not do it either.
    """
    with Server(folder / "exports") as server, Client(server.url) as client:
        # What the libraries take when they are first used is not what an export takes.
        small = client.create_ready(csv_table(20_000), "small.csv")
        for ending in ("parquet", "csv", "jsonl", "xlsx", "csv?sort=-amount"):
            _download(client, f"/s/{small.id}.{ending}", folder / "small")
        return [*_csv(folder, server, client), *_workbook(folder, server, client)]


def _csv(folder: Path, server: Server, client: Client) -> list[Figure]:
    share = client.create_ready(csv_table(ROWS), "table.csv")
    source, target = folder / "table.parquet", folder / "copied.csv"
    _download(client, f"/s/{share.id}.parquet", source)
    growth = Peak(server)
    with growth.watched():
        pairs = [
            (
                _copy(source, target),
                _seconds(lambda: _download(client, f"/s/{share.id}.csv", folder / "ours.csv")),
            )
            for _ in range(ROUNDS)
        ]
        _download(client, f"/s/{share.id}.jsonl", folder / "ours.jsonl")
        sorted_s = _seconds(
            lambda: _download(client, f"/s/{share.id}.csv?sort=-amount", folder / "sorted.csv")
        )
        packed_s = _seconds(
            lambda: _download(client, f"/s/{share.id}.csv", folder / "ours.csv", "gzip")
        )
    theirs, ours = (min(seconds) for seconds in zip(*pairs, strict=True))
    return [
        Figure("csv of 1M × 12, DuckDB's COPY", theirs, "s"),
        Figure("csv of 1M × 12, ours", ours, "s"),
        Figure("csv of 1M × 12, speed of ours / COPY", theirs / ours, "×", at_least=0.5),
        Figure("csv of 1M × 12 sorted, the first time", sorted_s, "s"),
        Figure("csv of 1M × 12 with gzip", packed_s, "s"),
        Figure("memory of the server during exports", growth.growth / MIB, "MiB", at_most=64),
    ]


def _workbook(folder: Path, server: Server, client: Client) -> list[Figure]:
    share = client.create_ready(csv_table(WORKBOOK_ROWS), "table.csv")
    source = folder / "small.parquet"
    _download(client, f"/s/{share.id}.parquet", source)
    growth = Peak(server)
    with growth.watched():
        ours = _seconds(lambda: _download(client, f"/s/{share.id}.xlsx", folder / "ours.xlsx"))
    again = _seconds(lambda: _download(client, f"/s/{share.id}.xlsx", folder / "again.xlsx"))
    theirs = _write_only(source, folder / "theirs.xlsx")
    return [
        Figure("xlsx of 200k × 12, openpyxl's write-only mode", theirs, "s"),
        Figure("xlsx of 200k × 12, ours", ours, "s"),
        Figure("xlsx of 200k × 12, speed of ours / openpyxl", theirs / ours, "×", at_least=2),
        Figure("xlsx of 200k × 12, ours again", again, "s"),
        Figure("memory of the server meanwhile", growth.growth / MIB, "MiB", at_most=64),
    ]


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _download(client: Client, path: str, target: Path, coding: str = "identity") -> None:
    asked = client.request("GET", path, stream=True, headers={"Accept-Encoding": coding})
    with asked as answer, target.open("wb") as file:
        answer.raise_for_status()
        for piece in answer.iter_content(PIECE):
            file.write(piece)


def _copy(source: Path, target: Path) -> float:
    """The seconds of the COPY itself, on as many threads as DuckDB likes."""
    command = [sys.executable, "-c", COPY, str(source), str(target)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _write_only(source: Path, target: Path) -> float:
    """The seconds it takes once the rows are values in memory."""
    command = [sys.executable, "-c", WRITE_ONLY, str(source), str(target)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "begin\n"
        begun = time.perf_counter()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait() == 0
        return time.perf_counter() - begun
