"""Revisions on every database: finished once, by the owner; the head never goes back."""

from __future__ import annotations

import pytest

from backend.domain import CellProblem, Failure, Job, Progress, RevisionState, Share
from backend.errors import NotFoundError
from backend.store import jobs, revisions, shares
from backend.store.database import Database
from tests.store.building import (
    accept,
    all_at_once,
    claim,
    claimed,
    finish,
    new_share,
    now_revision,
    now_share,
    sheet,
)

FAILURE = Failure(
    code="not_a_table",
    detail="Line 3 cannot be read.",
    errors=(CellProblem(code="bad_byte", row=3, column="a", value="\0 \ud800"),),
)


def fail(database: Database, job: Job) -> Share | None:
    with database.transaction() as session:
        return revisions.finish_failed(session, job, FAILURE, {"lines": 3})


def progress(database: Database, job: Job, rows: int) -> Share | None:
    with database.transaction() as session:
        return revisions.set_progress(session, job, Progress(rows=rows, fraction=0.25))


def test_a_finished_revision_is_ready_and_the_head(database: Database) -> None:
    share = new_share(database)
    accepted, _ = accept(database, share)
    made = (sheet(0), sheet(1, data="more", written="text"))
    finished = finish(database, claimed(database), *made)
    assert finished is not None
    assert (finished.head, finished.latest, finished.version) == (1, 1, accepted.version + 1)
    assert finished.seq > accepted.seq
    assert now_share(database, share) == finished
    revision = now_revision(database, share, 1)
    assert (revision.state, revision.sheets) == (RevisionState.READY, made)
    assert revision.report == {"rows": 1}
    assert revision.finished_at is not None
    assert revision.finished_at >= revision.created_at


def test_a_sheet_may_have_any_name_and_thousands_of_columns(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    column = sheet().columns[1]
    hostile = sheet(data="d")
    hostile = type(hostile)(0, "\0 \ud800 \U0001f4c8", 2**40, (column,) * 16_384, "d")
    assert finish(database, claimed(database), hostile) is not None
    assert now_revision(database, share, 1).sheets == (hostile,)


def test_a_workbook_of_many_sheets_keeps_their_order(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    made = tuple(sheet(index) for index in range(250))
    assert finish(database, claimed(database), *reversed(made)) is not None
    assert now_revision(database, share, 1).sheets == made


def test_a_failed_revision_says_why_and_never_becomes_head(database: Database) -> None:
    share = new_share(database)
    accepted, _ = accept(database, share)
    failed = fail(database, claimed(database))
    assert failed is not None
    assert (failed.head, failed.version) == (None, accepted.version)
    assert failed.updated_at == accepted.updated_at
    assert failed.seq > accepted.seq
    revision = now_revision(database, share, 1)
    assert (revision.state, revision.failure) == (RevisionState.FAILED, FAILURE)
    assert revision.report == {"lines": 3}
    assert claim(database) is None


def test_seven_finishing_after_eight_is_ready_but_not_head(database: Database) -> None:
    share = new_share(database)
    for _ in range(8):
        accept(database, share)
    *_, seven, eight = [claimed(database) for _ in range(8)]
    after_eight = finish(database, eight, sheet())
    after_seven = finish(database, seven, sheet())
    assert after_eight is not None
    assert after_seven is not None
    assert (after_eight.head, after_seven.head) == (8, 8)
    assert after_seven.version == after_eight.version
    assert after_seven.updated_at == after_eight.updated_at
    assert after_seven.seq > after_eight.seq
    assert now_revision(database, share, 7).state is RevisionState.READY


def test_many_finishing_at_once_leave_the_greatest_as_head(database: Database) -> None:
    share = new_share(database)
    for _ in range(12):
        accept(database, share)
    held = [claimed(database) for _ in range(12)]
    finished = all_at_once(12, lambda number: finish(database, held[number], sheet()))
    assert None not in finished
    assert now_share(database, share).head == 12
    assert len({share.seq for share in finished if share}) == 12


def test_progress_moves_seq_and_nothing_else(database: Database) -> None:
    share = new_share(database)
    accepted, _ = accept(database, share)
    job = claimed(database)
    told = progress(database, job, 120_000)
    assert told is not None
    assert (told.version, told.updated_at) == (accepted.version, accepted.updated_at)
    assert told.seq > accepted.seq
    assert now_revision(database, share, 1).progress == Progress(rows=120_000, fraction=0.25)
    assert finish(database, job, sheet()) is not None
    assert now_revision(database, share, 1).progress is None


def test_who_lost_the_lease_can_change_nothing(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    lost = claimed(database, owner="slow", lease_s=0)
    taken = claimed(database, owner="quick")
    before = now_share(database, share), now_revision(database, share, 1)
    assert progress(database, lost, 1) is None
    assert fail(database, lost) is None
    assert finish(database, lost, sheet()) is None
    assert (now_share(database, share), now_revision(database, share, 1)) == before
    assert finish(database, taken, sheet()) is not None


def test_an_earlier_lease_of_the_same_owner_is_lost_too(database: Database) -> None:
    accept(database, new_share(database))
    first = claimed(database, lease_s=0)
    second = claimed(database)
    assert first.owner == second.owner
    assert finish(database, first, sheet()) is None
    assert finish(database, second, sheet()) is not None


def test_a_lease_that_ran_out_but_went_to_nobody_may_still_finish(database: Database) -> None:
    accept(database, new_share(database))
    late = claimed(database, lease_s=0)
    assert finish(database, late, sheet()) is not None


def test_a_revision_is_finished_once(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    job = claimed(database)
    assert fail(database, job) is not None
    assert finish(database, job, sheet()) is None
    assert now_revision(database, share, 1).state is RevisionState.FAILED


def test_a_revision_of_a_deleted_share_cannot_be_finished(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    job = claimed(database)
    with database.transaction() as session:
        shares.delete(session, share.id)
    assert progress(database, job, 1) is None
    assert finish(database, job, sheet()) is None


def test_deleting_and_finishing_at_once_never_lock_each_other_out(database: Database) -> None:
    for _ in range(10):
        share = new_share(database)
        accept(database, share)
        held = claimed(database)

        def act(number: int, share: Share = share, held: Job = held) -> None:
            if number == 0:
                with database.transaction() as session:
                    shares.delete(session, share.id)
            elif number == 1:
                finish(database, held, sheet())
            elif number == 2:
                with database.transaction() as session:
                    jobs.renew(session, held, 60)
            else:
                try:
                    accept(database, share)
                except NotFoundError:
                    return

        all_at_once(4, act)
        with database.reading() as reader:
            assert shares.get(reader, share.id) is None
            assert jobs.pending(reader) == 0


def test_history_comes_newest_first_in_pages_and_without_what_is_large(
    database: Database,
) -> None:
    share = new_share(database)
    for _ in range(5):
        accept(database, share)
        assert finish(database, claimed(database), sheet(0), sheet(1)) is not None
    accept(database, share)
    with database.reading() as reader:
        first = revisions.list_newest(reader, share.id, limit=4)
        second = revisions.list_newest(reader, share.id, before=first[-1].number, limit=4)
        assert revisions.list_newest(reader, share.id, before=1, limit=4) == []
        assert revisions.list_newest(reader, share.id, before=10**30, limit=4) == first
        assert revisions.get(reader, share.id, 10**30) is None
    assert [revision.number for revision in first] == [6, 5, 4, 3]
    assert [revision.number for revision in second] == [2, 1]
    assert first[0].sheets == ()
    assert [made.name for made in first[1].sheets] == ["Sheet 0", "Sheet 1"]
    assert all(made.columns == () for made in first[1].sheets)
    assert first[1].report is None


def test_a_report_that_is_not_json_is_refused(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    job = claimed(database)
    with pytest.raises(Exception, match="JSON"), database.transaction() as session:
        revisions.finish_ready(session, job, [], {"mean": float("nan")})
    assert now_revision(database, share, 1).state is RevisionState.PROCESSING
