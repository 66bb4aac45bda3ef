"""Follows a share and prints its newest rows whenever they change. Python 3.11, no packages.

python follow.py http://127.0.0.1:8888 SHARE_ID
"""

import json
import random
import sys
import time
from urllib.request import Request, urlopen

WAIT_S = 25


def read(address: str, seq: int = 0) -> dict:
    """Whatever node answers, it is to know what another one has told us already: seq."""
    request = Request(address, headers={"Tablecast-Seq": str(seq)})
    with urlopen(request, timeout=WAIT_S + 30) as answer:
        return json.load(answer)


def follow(server: str, share: str) -> None:
    """Ask for changes by long polls; read the rows again whenever the seq is another one."""
    changes = f"{server}/api/v1/changes?share={share}&wait={WAIT_S}"
    seq = None
    while True:
        try:
            told = read(changes if seq is None else f"{changes}&since={share}:{seq}")
            if told["type"] == "bye":
                time.sleep(random.uniform(*told["retry_ms"]) / 1000)
                continue
            standing = told["shares"][share]
            if standing.get("gone"):
                print("The share was deleted.", flush=True)
                return
            if standing["seq"] != seq and standing["revision"] is not None:
                # Many follow the same share: who does not ask with all others is answered sooner.
                time.sleep(random.uniform(0, told.get("spread_ms", 0)) / 1000)
                rows = f"{server}/api/v1/shares/{share}/rows?limit=10"
                show(read(rows, standing["seq"]))
            seq = standing["seq"]
        except OSError:  # the server restarts, or the connection is gone
            time.sleep(random.uniform(1, 5))


def show(page: dict) -> None:
    print(f"Revision {page['revision']}: {page['total']} rows", flush=True)
    for row in page["rows"]:
        print(" ", row, flush=True)


if __name__ == "__main__":
    follow(*sys.argv[1:3])
