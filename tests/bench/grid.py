"""Tables in a real browser: 10M × 12, 200 and 2,000 columns. `TABLECAST_BENCH_SCROLL_S`: how long
the largest one is scrolled, 300 seconds unless told.

The pages measure themselves (tests/browser/grid.bench.ts); first rows and last rows are what is
drawn, not what is sent.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.ingest import PLAIN, make_csv
from tests.bench.summary import uploaded
from tests.client import Client
from tests.server import ROOT, Server

ROWS = int(os.environ.get("TABLECAST_BENCH_ROWS", "10000000"))
WIDE = [(50_000, 200), (12_000, 2_000)]


def run(folder: Path) -> list[Figure]:
    """One server, warm, with all three tables."""
    told = folder / "figures.jsonl"
    told.touch()
    with Server(folder / "server") as server, Client(server.url) as client:
        path = folder / "table.csv"
        make_csv(path, ROWS, PLAIN)
        tables = [table_of(server, client, path, ROWS, 12)]
        for rows, columns in WIDE:
            make_wide(path, rows, columns)
            tables.append(table_of(server, client, path, rows, columns))
        path.unlink()
        watch_pages(
            TABLECAST_BENCH_URL=server.url,
            TABLECAST_BENCH_TABLES=json.dumps(tables),
            TABLECAST_BENCH_FIGURES=str(told),
        )
    return [figure_of(line) for line in told.read_text().splitlines()]


def table_of(
    server: Server, client: Client, path: Path, rows: int, columns: int
) -> dict[str, object]:
    """A share of the file, as the pages are told of it."""
    share = uploaded(server, client, path)
    return {"id": share.id, "rows": rows, "columns": columns}


def make_wide(path: Path, rows: int, columns: int) -> None:
    """Small numbers in many columns."""
    with path.open("w") as file:
        file.write(",".join(f"c{number}" for number in range(columns)) + "\n")
        cells = [str(number) for number in range(997)] * (columns // 997 + 3)
        for row in range(rows):
            start = row % 997
            file.write(",".join(cells[start : start + columns]) + "\n")


def watch_pages(**env: str) -> None:
    """Run the pages' own measurements in Chromium."""
    done = subprocess.run(
        ["npm", "run", "--silent", "measure"],
        cwd=ROOT / "frontend",
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the pages could not be measured:\n{done.stdout}{done.stderr}")


def figure_of(line: str) -> Figure:
    """A figure as the pages tell it; where there is no bound, it is null."""
    told = json.loads(line)
    bound = told["at_most"]
    return Figure(
        told["name"],
        math.nan if told["value"] is None else told["value"],
        told["unit"],
        at_most=bound,
    )
