"""Jobs on every database: one owner at a time, and none is ever lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from backend.store import jobs
from backend.store.database import Database
from tests.store.building import accept, all_at_once, claim, claimed, finish, new_share, sheet


def pending(database: Database) -> int:
    with database.reading() as reader:
        return jobs.pending(reader)


def test_the_oldest_job_goes_first_and_to_one_owner(database: Database) -> None:
    share = new_share(database)
    for _ in range(3):
        accept(database, share)
    assert [claimed(database).revision for _ in range(3)] == [1, 2, 3]
    assert claim(database) is None
    assert pending(database) == 3


def test_many_owners_at_once_get_every_job_once(database: Database) -> None:
    share = new_share(database)
    for _ in range(20):
        accept(database, share)
    found = all_at_once(20, lambda number: claim(database, owner=f"node {number}"))
    # a claim that met only jobs which others were just taking comes back with nothing
    numbers = [job.revision for job in found if job is not None]
    while (job := claim(database)) is not None:
        numbers.append(job.revision)
    assert Counter(numbers) == Counter(range(1, 21))


def test_a_lease_that_ran_out_goes_to_the_next(database: Database) -> None:
    accept(database, new_share(database))
    lost = claimed(database, owner="first", lease_s=0)
    taken = claimed(database, owner="second")
    assert (taken.id, taken.attempts, taken.owner) == (lost.id, 2, "second")
    with database.transaction() as session:
        assert not jobs.renew(session, lost, 60)
        assert not jobs.release(session, lost, died=True)
        assert jobs.renew(session, taken, 60)
    assert claim(database) is None


def test_a_renewed_lease_keeps_others_away(database: Database) -> None:
    accept(database, new_share(database))
    job = claimed(database, lease_s=0)
    with database.transaction() as session:
        assert jobs.renew(session, job, 60)
    assert claim(database, owner="other") is None


def test_a_released_job_can_be_claimed_again_and_counts_deaths_apart(database: Database) -> None:
    accept(database, new_share(database))
    for died in (True, False, True):
        job = claimed(database)
        with database.transaction() as session:
            assert jobs.release(session, job, died=died)
    job = claimed(database)
    assert (job.attempts, job.deaths) == (4, 2)


def test_a_clean_stop_of_the_node_is_no_attempt(database: Database) -> None:
    accept(database, new_share(database))
    for _ in range(10):
        with database.transaction() as session:
            job = jobs.claim(session, owner="node", lease_s=60)
            assert job is not None
            assert jobs.release(session, job, died=False, counted=False)
    assert claimed(database).attempts == 1


def test_a_job_that_waits_is_passed_over(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    accept(database, share)
    job = claimed(database)
    with database.transaction() as session:
        assert jobs.release(session, job, died=True, delay_s=60)
    assert claimed(database).revision == 2
    assert claim(database) is None
    assert pending(database) == 2


def test_a_job_with_too_many_attempts_is_still_given_out(database: Database) -> None:
    accept(database, new_share(database))
    for _ in range(30):
        last = claimed(database, lease_s=0)
    assert last.attempts == 30


def test_somebody_else_cannot_renew_or_release(database: Database) -> None:
    accept(database, new_share(database))
    job = claimed(database)
    with database.transaction() as session:
        assert not jobs.renew(session, replace(job, owner="thief"), 60)
        assert not jobs.release(session, replace(job, owner="thief"), died=False)


def test_a_finished_job_is_gone_and_its_id_is_not_given_again(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    first = claimed(database)
    assert finish(database, first, sheet()) is not None
    assert pending(database) == 0
    accept(database, share)
    assert claimed(database).id > first.id
