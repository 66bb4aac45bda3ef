"""Two nodes on PostgreSQL behind nginx, for tests that are not written in Python.

`python -m tests.proxy.stand FOLDER` says as one line of JSON where they are, then takes lines like
`kill 0` and `start 1`, answers each with `done`, and ends everything with its standard input.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.postgres import new_database, postgres_server
from tests.proxy.nginx import Nginx
from tests.server import Server


def main(folder: Path) -> None:
    """Stand, obey, end."""
    with ExitStack() as stack:
        database = new_database(stack.enter_context(postgres_server()))
        env = {"TABLECAST_TRUSTED_PROXIES": "127.0.0.1"}
        nodes = [
            stack.enter_context(Server(folder / f"node-{number}", database_url=database, env=env))
            for number in range(2)
        ]
        nginx = stack.enter_context(Nginx(folder / "nginx", [node.port for node in nodes]))
        say(json.dumps({"url": nginx.url, "nodes": [node.url for node in nodes]}))
        for line in sys.stdin:
            order, number = line.split()
            node = nodes[int(number)]
            (node.kill if order == "kill" else node.start)()
            say("done")


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
