"""The backups of docs/deployment.md, taken while people upload: what comes back is whole."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.client import Client, Created
from tests.conftest import StartServer
from tests.durability.contents import Content, small_csv
from tests.durability.keeping import assert_in_order
from tests.durability.waiting import beside, eventually
from tests.postgres import PostgresServer, new_database
from tests.server import Server

BEFORE = 4
"""So many uploads are acknowledged before the backup begins."""
WAIT_S = 60.0
SETTINGS = {"TABLECAST_LEASE_S": "1"}
"""What was being read when the backup was taken is read again soon."""
# The order of docs/deployment.md: all that the first file names has to be in the second.
FILES = ("tablecast.sqlite3", "blobs.sqlite3")


class Uploading:
    """Uploads without a pause: every second one is a new share, the others go to the first."""

    def __init__(self, server: Server, seed: int) -> None:
        self.acknowledged: list[tuple[Created, int, Content]] = []
        self._server = server
        self._chance = random.Random(seed)

    def go_on(self, ending: threading.Event) -> None:
        """Upload until told to stop."""
        with Client(self._server.url) as client:
            number = 0
            while not ending.is_set():
                content = small_csv(self._chance, number)
                if number % 2 == 0:
                    share, revision = client.create(content.data, content.filename), 1
                else:
                    share = self.acknowledged[0][0]
                    revision = client.upload(share, content.data, content.filename)["number"]
                self.acknowledged.append((share, revision, content))
                number += 1


def come_back(
    server: Server, seed: int, save: Callable[[], None], restore: Callable[[], Server]
) -> None:
    """Save while uploads go on, lose everything, restore, and look at what there is."""
    uploading = Uploading(server, seed)
    with beside(uploading.go_on):
        eventually(lambda: len(uploading.acknowledged) >= BEFORE, WAIT_S, "nothing is uploaded")
        before = list(uploading.acknowledged)
        save()
    server.close()
    restored = restore()
    with Client(restored.url) as client:
        for share, number, content in before:
            assert client.original(share.id, number) == content.data
            client.wait_ready(share.id, number)
        # What came while the backup was taken is there as a whole, or not at all.
        shares = {share.id for share, _, _ in uploading.acknowledged}
        there = [one for one in shares if client.request("GET", page(one)).status_code == 200]
        assert_in_order(client, there)
        first = before[0][0]
        for number in range(1, client.share(first.id)["latest"] + 1):
            assert client.original(first.id, number)
            client.wait_ready(first.id, number)
        # The link is the same, and so is the right to change what is behind it.
        client.upload(first, b"a\n1\n", "after.csv")


def page(share_id: str) -> str:
    """The address of a share's page."""
    return f"/api/v1/shares/{share_id}"


def test_two_copied_files_are_a_backup(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(env=SETTINGS)

    def save() -> None:
        for name in FILES:
            with (
                closing(sqlite3.connect(server.data_dir / name)) as source,
                closing(sqlite3.connect(tmp_path / name)) as copy,
            ):
                source.backup(copy)

    come_back(server, 1, save, lambda: start_server(data=tmp_path, env=SETTINGS))


def test_a_dump_is_a_backup(
    postgres: PostgresServer, start_server: StartServer, tmp_path: Path
) -> None:
    database, again = new_database(postgres), new_database(postgres)
    dump = tmp_path / "tablecast.dump"

    def run(program: str, *arguments: str) -> None:
        subprocess.run([postgres.programs / program, *arguments], check=True)

    def save() -> None:
        run("pg_dump", "--format=custom", f"--file={dump}", database)

    def restore() -> Server:
        run("pg_restore", f"--dbname={again}", "--exit-on-error", str(dump))
        return start_server(database_url=again, env=SETTINGS)

    come_back(start_server(database_url=database, env=SETTINGS), 2, save, restore)
