"""`kill -9` at random moments: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import itertools
import random
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from backend.config import Config
from tests.client import API, Client, Created
from tests.conftest import Seeded, StartServer
from tests.durability.contents import a_content
from tests.durability.keeping import (
    Books,
    assert_in_order,
    assert_kept,
    assert_settled,
    assert_swept,
)
from tests.durability.sending import OnAnswer, OnWay, Upload, send
from tests.durability.waiting import noticed
from tests.postgres import new_database
from tests.server import Server

SETTINGS = {
    # a killed node's readings are free again soon, or the test would wait for them
    "TABLECAST_LEASE_S": "3",
}
SWEEPING = {"TABLECAST_ORPHAN_AGE_S": "0.01", "TABLECAST_SWEEP_EVERY_S": "0.2"}
SHARES = 3
CLIENTS = 3
SETTLE_S = 120.0
PATIENCE_S = 10.0


class Crashes:
    """Rounds of uploading, each ended by a kill at a moment that the seed decides."""

    def __init__(self, server: Server, books: Books, chance: random.Random) -> None:
        self.server = server
        self.books = books
        self.chance = chance
        self.uploads: list[Upload] = []
        self.moments: Counter[str] = Counter()
        self.interrupted = 0
        self.shares = [self._empty_share() for _ in range(SHARES)]
        self._numbers = itertools.count(1)

    def round(self, number: int) -> None:
        """Upload, kill, start again, and look whether everything is in order."""
        kinds = (
            self._in_the_body,
            self._while_reading,
            self._before_the_answer,
            self._at_the_end,
            self._after_the_answer,
        )
        moment = kinds[number % len(kinds)]
        self.moments[moment.__name__.strip("_")] += 1
        moment()
        self.server.kill()
        self.server.start()
        with Client(self.server.url) as client:
            unread = assert_in_order(client, [share.id for share in self.shares])
            self.interrupted += unread > 0

    def repeat(self) -> None:
        """Send again what has a key and no answer: now there is nobody to disturb it."""
        for upload in self._unanswered():
            assert send(upload, self.server.port)

    def _in_the_body(self) -> None:
        uploads = self._some(self._clients())
        victim, part = self.chance.choice(uploads), self.chance.random()
        self._send(uploads, lambda upload, sent: self._strike(upload is victim and sent >= part))

    def _before_the_answer(self) -> None:
        uploads = self._some(self._clients())
        victim, pause = uploads[0], self.chance.uniform(0.0, 0.02)

        def on_way(upload: Upload, sent: float) -> None:
            if upload is victim and sent == 1.0:
                self._pause(pause)
                self._strike(True)

        self._send(uploads, on_way)

    def _after_the_answer(self) -> None:
        uploads = self._some(self._clients())
        answers, which = itertools.count(1), self.chance.randint(1, len(uploads))
        self._send(uploads, on_answer=lambda _: self._strike(next(answers) == which))

    def _while_reading(self) -> None:
        self._keep_busy()
        self._pause(self.chance.uniform(0.0, 0.6))

    def _at_the_end(self) -> None:
        self._keep_busy()
        unread = self.books.unread()
        if self.chance.random() < 0.5:
            noticed(self._is_written, PATIENCE_S)
            self._pause(self.chance.uniform(0.0, 0.03))
        else:
            noticed(lambda: self.books.unread() < unread, PATIENCE_S)

    def _keep_busy(self) -> None:
        if not self.books.unread():
            self._send(self._some(1))

    def _clients(self) -> int:
        # a reading costs more than a kill: what waits to be read must not pile up
        return CLIENTS if self.books.unread() < CLIENTS else 1

    def _some(self, clients: int) -> list[Upload]:
        """New uploads, and those that were cut before and may be sent again."""
        again = self._unanswered()[: clients - 1]
        made = [self._new() for _ in range(clients - len(again))]
        self.uploads += made
        return made + again

    def _new(self) -> Upload:
        number = next(self._numbers)
        share = self.chance.choice([*self.shares, None])
        key = f"{self.chance.getrandbits(128):032x}" if self.chance.random() < 0.5 else None
        return Upload(a_content(self.chance, number), share, key)

    def _unanswered(self) -> list[Upload]:
        return [u for u in self.uploads if u.key is not None and not u.acknowledged]

    def _send(
        self,
        uploads: Sequence[Upload],
        on_way: OnWay = lambda _upload, _part: None,
        on_answer: OnAnswer = lambda _upload: None,
    ) -> None:
        with ThreadPoolExecutor(len(uploads)) as pool:
            for sent in [
                pool.submit(send, upload, self.server.port, on_way, on_answer) for upload in uploads
            ]:
                sent.result()

    def _strike(self, now: bool) -> None:
        process = self.server.process
        if now and process is not None:
            process.kill()

    def _pause(self, seconds: float) -> None:
        process = self.server.process
        noticed(lambda: process is None or process.poll() is not None, seconds)

    def _is_written(self) -> bool:
        """A reading has begun to write what will become a columnar file."""
        return any(path.is_file() for path in self.server.own("work/**/*"))

    def _empty_share(self) -> Created:
        with Client(self.server.url) as client:
            answer = client.request("POST", f"{API}/shares", json={"title": "Kept"})
            answer.raise_for_status()
            share = answer.json()
        return Created(share["id"], share["edit_token"], share)


@pytest.mark.parametrize(("database", "kills"), [("sqlite", 50), ("postgresql", 10)])
def test_no_acknowledged_upload_is_lost_and_nothing_is_seen_by_half(
    request: pytest.FixtureRequest,
    start_server: StartServer,
    seeded: Seeded,
    database: str,
    kills: int,
) -> None:
    url = "" if database == "sqlite" else new_database(request.getfixturevalue("postgres"))
    server = start_server(database_url=url, env=SETTINGS)
    with closing(Books(Config(data_dir=server.data_dir, database_url=url))) as books:
        crashes = Crashes(server, books, seeded.random)
        for number in range(seeded.rounds(kills)):
            crashes.round(number)
        crashes.repeat()
        with Client(server.url) as client:
            assert_settled(client, books.share_ids(), SETTLE_S)
            assert assert_in_order(client, books.share_ids()) == 0
        server.stop()
        orphans = len(books.orphans())
        forget_copies(server)
        with Server(server.folder, database_url=url, env=SWEEPING) as sweeping:
            assert_swept(books, SETTLE_S)
            with Client(sweeping.url) as client:
                outcome = assert_kept(client, books, crashes.uploads)
    tell(seeded, crashes, outcome, orphans)
    assert outcome["acknowledged"] > 0
    assert crashes.interrupted > 0, "no reading was interrupted: the kills came too late"


def forget_copies(server: Server) -> None:
    """The database is the only durable thing: from here on it has to be enough."""
    for name in ("cache", "processes"):
        shutil.rmtree(server.data_dir / name)


def tell(seeded: Seeded, crashes: Crashes, outcome: Counter[str], orphans: int) -> None:
    """What happened, for `pytest -s`."""
    sys.stdout.write(
        f"\nseed {seeded.seed}; kills: {in_words(crashes.moments)}; "
        f"uploads: {in_words(outcome)}; "
        f"kills with something unread: {crashes.interrupted}; orphans swept: {orphans}\n"
    )


def in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
