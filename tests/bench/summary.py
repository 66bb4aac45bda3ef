"""The summary of every column against exact figures in SQL, by DuckDB from its own file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from tests.bench.figures import Figure
from tests.bench.ingest import PLAIN, make_csv, watch
from tests.client import API, Client, Created
from tests.server import Server

ROWS = int(os.environ.get("TABLECAST_BENCH_ROWS", "10000000"))
NUMBERS = {"BIGINT", "DOUBLE"}
BUILT_S = 300.0


def run(folder: Path) -> list[Figure]:
    """In turns: theirs, ours on a revision never asked before, theirs, ours with files built."""
    table, native = folder / "table.csv", folder / "native.duckdb"
    make_csv(table, ROWS, PLAIN)
    with duckdb.connect(native) as connection:
        connection.execute(f"CREATE TABLE peer AS FROM read_csv('{table}')")
    with Server(folder / "server") as server, Client(server.url) as client:
        share = uploaded(server, client, table)
        table.unlink()
        small = client.create_ready(b"a\n1\n", "small.csv")
        summarised(client, small)  # the process that answers has its libraries loaded
        theirs = [timed(lambda: in_sql(native))]
        with peak_memory(server) as first_peak:
            first = timed(lambda: ours(client, share))
        wait_until_built(server)
        theirs.append(timed(lambda: in_sql(native)))
        server.restart()  # forgets the summary, keeps the files
        summarised(client, small)
        with peak_memory(server) as later_peak:
            later = timed(lambda: ours(client, share))
        theirs.append(timed(lambda: in_sql(native)))
        kept = timed(lambda: ours(client, share))
    peer = sorted(theirs)[1]
    name = f"summary of {ROWS:,} × 12"
    return [
        Figure(f"{name}, exact in SQL by DuckDB, median of 3", peer, "s"),
        Figure(f"{name}, ours, never asked before", first, "s"),
        Figure(f"{name}, ours / DuckDB", first / peer, "×", at_most=1.3),
        Figure(f"{name}, ours, files built behind", later, "s"),
        Figure(f"{name}, ours / DuckDB, files built", later / peer, "×", at_most=1.3),
        Figure(f"{name}, memory gained, never asked before", first_peak[0], "MiB", at_most=1_000),
        Figure(f"{name}, memory gained, files built", later_peak[0], "MiB", at_most=1_000),
        Figure(f"{name}, asked again", kept * 1_000, "ms"),
    ]


def uploaded(server: Server, client: Client, table: Path) -> Created:
    """The table as a share that is ready; its body is streamed."""
    address = f"{server.url}{API}/shares?filename=table.csv"
    with table.open("rb") as body:
        made = client.session.post(address, data=body, timeout=900).json()
    share = Created(made["id"], made["edit_token"], made)
    client.wait_ready(share.id, 1, timeout=900)
    return share


def ours(client: Client, share: Created) -> None:
    """Every column over HTTP."""
    columns = summarised(client, share)
    assert all(column["count"] + column["nulls"] == ROWS for column in columns)


def summarised(client: Client, share: Created) -> list[dict[str, Any]]:
    """The columns of a summary."""
    told = client.request("GET", f"{API}/shares/{share.id}/summary", timeout=600)
    assert told.status_code == 200, told.text
    return list(told.json()["columns"])


def in_sql(native: Path) -> None:
    """The same figures without histograms and frequent values, column by column, on both cores."""
    with duckdb.connect(native, read_only=True) as connection:
        for key, type, *_ in connection.execute("DESCRIBE peer").fetchall():
            column = f'"{key}"'
            wanted = [f"{figure}({column})" for figure in ("count", "min", "max")]
            wanted.append(f"count(DISTINCT {column})")
            if type in NUMBERS:
                wanted += [f"avg({column})", f"stddev_samp({column})"]
                wanted.append(f"quantile_cont({column}, [0.25, 0.5, 0.75])")
            connection.execute(f"SELECT {', '.join(wanted)} FROM peer").fetchall()


def timed(work: Callable[[], None]) -> float:
    """Seconds that something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def peak_memory(server: Server) -> Iterator[list[float]]:
    """At the end, in MiB: how much more the server and its children held than at the beginning."""
    gained, peak, done = [0.0], [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(server, peak, done))
    watcher.start()
    done.wait(0.2)
    before = peak[0]
    yield gained
    done.set()
    watcher.join()
    gained[0] = (peak[0] - before) / 2**20


def wait_until_built(server: Server) -> None:
    """Return when nothing more is built behind: the folder of built files has not grown for 3 s."""
    ends = time.monotonic() + BUILT_S
    sizes: list[int] = []
    while time.monotonic() < ends:
        files = [path for path in (server.data_dir / "derived").rglob("*") if path.is_file()]
        scratch = [path for path in (server.data_dir / "scratch").rglob("*.*") if path.is_file()]
        sizes.append(sum(path.stat().st_size for path in files))
        if len(files) >= 2 and not scratch and sizes[-7:] == [sizes[-1]] * 7:
            return
        time.sleep(0.5)
    raise TimeoutError("the files were not built")
