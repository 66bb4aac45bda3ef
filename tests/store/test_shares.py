"""Shares on every database: titles, versions, seqs, and revision numbers without gaps."""

from __future__ import annotations

from datetime import UTC

import pytest
from sqlalchemy import func, select

from backend.domain import Blob, ReadingOptions, RevisionState, Share
from backend.errors import InvalidParameterError, NotFoundError, PreconditionFailedError
from backend.store import clock, idempotency, models, presenters, sessions, shares, tokens
from backend.store.database import Database
from backend.store.references import referenced
from tests.store.building import (
    accept,
    all_at_once,
    begin_upload,
    claimed,
    finish,
    new_share,
    now_revision,
    now_share,
    sheet,
)


def test_a_new_share_is_found_as_it_was_made(database: Database) -> None:
    share = new_share(database, "売上高 – 2026")
    assert now_share(database, share) == share
    assert (share.version, share.head, share.latest) == (1, None, 0)
    assert share.created_at.tzinfo is UTC


def test_a_share_that_is_not_there_is_none(database: Database) -> None:
    with database.reading() as reader:
        assert shares.get(reader, "nobody") is None


def test_many_shares_are_found_at_once(database: Database) -> None:
    made = {share.id: share for share in (new_share(database) for _ in range(3))}
    asked = [*made, *(f"nobody {number}" for number in range(600))]
    with database.reading() as reader:
        assert shares.get_many(reader, asked) == made
        assert shares.get_many(reader, []) == {}


def test_renaming_moves_version_and_seq(database: Database) -> None:
    share = new_share(database)
    with database.transaction() as session:
        renamed = shares.rename(session, share.id, "Costs", expected_version=1)
    assert (renamed.title, renamed.version) == ("Costs", 2)
    assert renamed.seq > share.seq
    assert now_share(database, share) == renamed


def test_renaming_with_an_old_version_changes_nothing(database: Database) -> None:
    share = new_share(database)
    with pytest.raises(PreconditionFailedError), database.transaction() as session:
        shares.rename(session, share.id, "Costs", expected_version=7)
    with pytest.raises(PreconditionFailedError), database.transaction() as session:
        shares.rename(session, share.id, "Costs", expected_version=10**30)
    assert now_share(database, share) == share


def test_what_is_not_there_can_be_neither_renamed_nor_deleted_nor_extended(
    database: Database,
) -> None:
    with pytest.raises(NotFoundError), database.transaction() as session:
        shares.rename(session, "nobody", "Costs")
    with pytest.raises(NotFoundError), database.transaction() as session:
        shares.delete(session, "nobody", expected_version=1)
    share = new_share(database)
    with database.transaction() as session:
        shares.delete(session, share.id)
    with pytest.raises(NotFoundError):
        accept(database, share)


@pytest.mark.parametrize("title", ["half \ud83d of a pair", "zero \0"])
def test_a_title_is_kept_as_it_is_or_refused(database: Database, title: str) -> None:
    try:
        share = new_share(database, title)
    except InvalidParameterError:
        return
    assert now_share(database, share).title == title


def test_an_error_in_the_block_undoes_the_transaction(database: Database) -> None:
    share = new_share(database)

    def rename_and_stumble() -> None:
        with database.transaction() as session:
            shares.rename(session, share.id, "Costs")
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        rename_and_stumble()
    assert now_share(database, share) == share


def test_an_accepted_revision_is_processing_and_has_a_job(database: Database) -> None:
    share = new_share(database)
    options = ReadingOptions(encoding="cp1252", header_row=0)
    changed, revision = accept(database, share, options=options)
    assert (changed.latest, changed.version, changed.head) == (1, 2, None)
    assert changed.seq > share.seq
    assert (revision.number, revision.state) == (1, RevisionState.PROCESSING)
    assert revision.options == options
    assert now_revision(database, share, 1) == revision
    job = claimed(database)
    assert (job.share_id, job.revision, job.attempts, job.deaths) == (share.id, 1, 1, 0)


def test_fifty_uploads_at_once_get_the_numbers_1_to_50(database: Database) -> None:
    share = new_share(database)
    accepted = all_at_once(50, lambda _: accept(database, share))
    assert sorted(revision.number for _, revision in accepted) == list(range(1, 51))
    # everyone was told the state that his own commit made
    assert all(share.latest == revision.number for share, revision in accepted)
    assert len({share.seq for share, _ in accepted}) == 50
    assert now_share(database, share).version == 51


def test_of_racers_with_one_expected_version_exactly_one_wins(database: Database) -> None:
    share = new_share(database)

    def race(_number: int) -> bool:
        try:
            accept(database, share, expected_version=share.version)
        except PreconditionFailedError:
            return False
        return True

    assert sorted(all_at_once(8, race)) == [False] * 7 + [True]
    assert now_share(database, share).latest == 1


def test_seq_grows_even_when_the_clock_goes_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = new_share(database)
    monkeypatch.setattr(clock, "epoch_milliseconds", lambda: share.seq - 86_400_000)
    first, _ = accept(database, share)
    with database.transaction() as session:
        second = shares.rename(session, share.id, "Costs")
    third = finish(database, claimed(database), sheet())
    assert third is not None
    assert [first.seq, second.seq, third.seq] == [share.seq + step for step in (1, 2, 3)]


def test_seq_follows_the_clock_when_that_is_ahead(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = new_share(database)
    monkeypatch.setattr(clock, "epoch_milliseconds", lambda: share.seq + 5_000)
    changed, _ = accept(database, share)
    assert changed.seq == share.seq + 5_000


def test_deleting_a_share_leaves_nothing_of_it_and_everything_of_others(
    database: Database,
) -> None:
    kept, doomed = furnished(database), furnished(database)
    with database.transaction() as session:
        shares.delete(session, doomed.id, expected_version=now_share(database, doomed).version)
    with database.reading() as reader:
        for table in models.metadata.tables.values():
            # who looks at a share is counted by processes, which hear of its end themselves
            if "share_id" in table.c and table is not models.viewers:
                owners = set(reader.scalars(select(table.c.share_id)))
                assert owners == {kept.id}, table.name
        assert reader.scalar(select(func.count()).select_from(models.browser_sessions)) == 1
        assert referenced(reader, [f"{kind} of {doomed.id}" for kind in KINDS]) == set()
        blobs = {f"{kind} of {kept.id}" for kind in KINDS}
        assert referenced(reader, [*blobs, "unknown"]) == blobs


def test_deleting_with_an_old_version_changes_nothing(database: Database) -> None:
    share = new_share(database)
    with pytest.raises(PreconditionFailedError), database.transaction() as session:
        shares.delete(session, share.id, expected_version=0)
    assert now_share(database, share) == share


def test_referenced_takes_more_ids_than_a_statement_can(database: Database) -> None:
    share = new_share(database)
    blob = Blob(id="the one", size=1, digest="")
    accept(database, share, original=blob.id)
    with database.reading() as reader:
        asked = [str(number) for number in range(40_000)] + [blob.id]
        assert referenced(reader, asked) == {blob.id}


KINDS = ("original", "data", "written", "incoming")


def furnished(database: Database) -> Share:
    """A share that has something in every table."""
    share = new_share(database)
    accept(database, share, original=f"original of {share.id}")
    made = sheet(data=f"data of {share.id}", written=f"written of {share.id}")
    assert finish(database, claimed(database), made) is not None
    accept(database, share)
    # leased for long, so that the other share's job is the next one
    claimed(database)
    with database.transaction() as session:
        tokens.add(session, id=f"token of {share.id}", share_id=share.id, name="", nonce="")
        sessions.create(session, "browser")
        sessions.grant(session, "browser", share.id)
        presenters.present(session, share.id, presenters.Position(offset=5), 60)
        idempotency.put(
            session, scope="", key=f"key of {share.id}", fingerprint="", share_id=share.id
        )
    begin_upload(database, share, id=f"upload of {share.id}", blob_id=f"incoming of {share.id}")
    return share
