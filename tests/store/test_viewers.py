"""How many look, of each process that lives, on every database."""

from __future__ import annotations

from sqlalchemy import select

from backend.store import models, viewers
from backend.store.database import Database

LEASE_S = 60


def counted(database: Database, node: str, lease_s: float = LEASE_S, **numbers: int) -> None:
    """A process that tells its numbers."""
    with database.transaction() as session:
        if not viewers.renew(session, node, lease_s):
            viewers.enter(session, node, lease_s)
        viewers.count(session, node, numbers)


def elsewhere(database: Database, node: str) -> dict[str, int]:
    """What a process is told of the others."""
    with database.reading() as reader:
        return viewers.elsewhere(reader, node)


def test_a_process_is_told_of_the_others_where_it_is_looked_at_too(database: Database) -> None:
    counted(database, "a", one=1, two=2)
    counted(database, "b", one=10, three=30)
    counted(database, "c", one=100)
    assert elsewhere(database, "a") == {"one": 110}
    assert elsewhere(database, "c") == {"one": 11}
    counted(database, "a", two=3)
    counted(database, "b", one=0, two=20)
    assert elsewhere(database, "a") == {"one": 100, "two": 20}
    assert elsewhere(database, "b") == {"two": 3}


def test_who_left_or_died_does_not_count(database: Database) -> None:
    counted(database, "a", one=1)
    counted(database, "left", one=1)
    counted(database, "died", lease_s=-1, one=1)
    assert elsewhere(database, "a") == {"one": 1}
    with database.transaction() as session:
        viewers.leave(session, "left")
    assert elsewhere(database, "a") == {}


def test_a_process_that_was_slow_counts_again_and_one_long_dead_is_forgotten(
    database: Database,
) -> None:
    counted(database, "slow", lease_s=-1, one=1)
    counted(database, "long dead", lease_s=-1_000_000, one=1)
    counted(database, "a", one=1)
    assert elsewhere(database, "a") == {}
    counted(database, "slow")
    assert elsewhere(database, "a") == {"one": 1}
    with database.reading() as reader:
        nodes = set(reader.execute(select(models.viewers.c.node_id)).scalars())
    assert nodes == {"a", "slow"}


def test_thousands_of_shares_are_counted(database: Database) -> None:
    numbers = {f"share-{number}": 1 for number in range(2_000)}
    counted(database, "a", **numbers)
    counted(database, "b", **numbers)
    assert elsewhere(database, "a") == numbers
    counted(database, "b", **dict.fromkeys(numbers, 0))
    assert elsewhere(database, "a") == {}
