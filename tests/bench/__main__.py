"""`make bench`: every figure of this project, as ratios within one run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import (
    cold_page,
    datasette,
    exports,
    first_rows,
    grid,
    herd,
    hot_page,
    ingest,
    notifications,
    processes,
    queries,
    readers,
    seed_idea,
    stalled,
    storage,
    summary,
    upload,
    watchers,
    wide_page,
    workbook,
)

PARTS = {
    "hot_page": hot_page.run,
    "cold_page": cold_page.run,
    "seed_idea": seed_idea.run,
    "upload": upload.run,
    "ingest": ingest.run,
    "first_rows": first_rows.run,
    "workbook": workbook.run,
    "summary": summary.run,
    "readers": readers.run,
    "exports": exports.run,
    "datasette": datasette.run,
    "queries": queries.run,
    "wide_page": wide_page.run,
    "grid": grid.run,
    "watchers": watchers.run,
    "stalled": stalled.run,
    "herd": herd.run,
    "notifications": notifications.run,
    "processes": processes.run,
    "storage": storage.run,
}


def main() -> int:
    """Run the parts asked for, or all, and print their figures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    for name in parser.parse_args().parts or PARTS:
        with TemporaryDirectory(prefix="tablecast-bench-") as folder:
            for figure in PARTS[name](Path(folder)):
                sys.stdout.write(figure.line() + "\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
