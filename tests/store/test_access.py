"""Tokens, browser sessions, idempotency keys and shared settings, on every database."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from backend.errors import ConflictError
from backend.store import clock, idempotency, sessions, settings, shares, tokens
from backend.store.database import Database
from backend.store.idempotency import Remembered
from tests.store.building import all_at_once, new_share


def test_a_token_is_found_listed_and_revoked_once(database: Database) -> None:
    share = new_share(database)
    with database.transaction() as session:
        first = tokens.add(session, id="t1", share_id=share.id, name="mine", nonce="n1")
        second = tokens.add(session, id="t2", share_id=share.id, name="CI", nonce="n2")
    with database.reading() as reader:
        assert tokens.get(reader, "t1") == first
        assert tokens.get(reader, "t3") is None
        assert tokens.list_of(reader, share.id) == [first, second]
        assert tokens.list_of(reader, "nobody") == []
    with database.transaction() as session:
        revoked = tokens.revoke(session, "t1")
        assert revoked is not None
        assert revoked.revoked_at is not None
        assert tokens.revoke(session, "t1") == revoked
        assert tokens.revoke(session, "t3") is None
    with database.reading() as reader:
        assert tokens.list_of(reader, share.id) == [revoked, second]


def test_a_browser_may_change_what_it_was_granted_and_nothing_else(database: Database) -> None:
    mine, other = new_share(database), new_share(database)
    with database.transaction() as session:
        for _ in range(2):
            sessions.create(session, "browser")
            sessions.grant(session, "browser", mine.id)
    with database.reading() as reader:
        assert sessions.exists(reader, "browser")
        assert not sessions.exists(reader, "stranger")
        assert sessions.may_edit(reader, "browser", mine.id)
        assert not sessions.may_edit(reader, "browser", other.id)
        assert not sessions.may_edit(reader, "stranger", mine.id)
        assert sessions.shares_of(reader, "stranger", limit=10) == []


def test_the_shares_of_a_browser_come_last_updated_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [new_share(database, f"Share {number}") for number in range(4)]
    new_share(database, "somebody else's")
    with database.transaction() as session:
        sessions.create(session, "browser")
        for share in made:
            sessions.grant(session, "browser", share.id)
    for step, number in enumerate((2, 0, 3, 1), start=1):
        later = made[0].seq + 1_000 * step
        monkeypatch.setattr(clock, "epoch_milliseconds", lambda later=later: later)
        with database.transaction() as session:
            shares.rename(session, made[number].id, f"Share {number}")
    with database.reading() as reader:
        first = sessions.shares_of(reader, "browser", limit=3)
        rest = sessions.shares_of(reader, "browser", limit=3, offset=3)
    assert [share.title for share in first + rest] == ["Share 1", "Share 3", "Share 0", "Share 2"]


def test_an_answer_is_remembered_under_its_key_and_scope(database: Database) -> None:
    share = new_share(database)
    answer = Remembered(fingerprint="f", share_id=share.id, revision=3, token_id="t")
    with database.transaction() as session:
        idempotency.put(
            session,
            scope="me",
            key="k",
            fingerprint="f",
            share_id=share.id,
            revision=3,
            token_id="t",
        )
        idempotency.put(session, scope="you", key="k", fingerprint="g", share_id=share.id)
    with database.reading() as reader:
        assert idempotency.find(reader, "me", "k") == answer
        assert idempotency.find(reader, "you", "k") == Remembered("g", share.id)
        assert idempotency.find(reader, "me", "other") is None


def test_of_racing_requests_with_one_key_the_quicker_answers_for_all(database: Database) -> None:
    share = new_share(database)

    def race(number: int) -> bool:
        try:
            with database.transaction() as session:
                mine = shares.create(session, id=f"made by {number}", title="")
                idempotency.put(
                    session, scope="", key="k", fingerprint=str(number), share_id=mine.id
                )
        except ConflictError:
            return False
        return True

    won = all_at_once(6, race)
    assert sorted(won) == [False] * 5 + [True]
    with database.reading() as reader:
        found = idempotency.find(reader, "", "k")
        made = shares.get_many(reader, [share.id, *(f"made by {number}" for number in range(6))])
    assert found is not None
    assert found.fingerprint == str(won.index(True))
    assert set(made) == {share.id, found.share_id}


def test_old_keys_are_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    share = new_share(database)
    present = clock.epoch_milliseconds()
    for key, age_s in (("old", 200), ("new", 0)):
        past = present - age_s * 1000
        monkeypatch.setattr(clock, "epoch_milliseconds", lambda past=past: past)
        with database.transaction() as session:
            idempotency.put(session, scope="", key=key, fingerprint="", share_id=share.id)
    with database.transaction() as session:
        assert idempotency.purge(session, 100) == 1
        assert idempotency.find(session, "", "old") is None
        assert idempotency.find(session, "", "new") is not None


def test_everyone_gets_the_setting_that_was_made_first(database: Database) -> None:
    def ask(_number: int) -> str:
        with database.transaction() as session:
            return settings.get_or_create(session, "secret", lambda: secrets.token_hex(16))

    answers = set(all_at_once(10, ask))
    assert len(answers) == 1
    with database.transaction() as session:
        assert settings.get_or_create(session, "secret", lambda: "another") in answers
        assert settings.get_or_create(session, "other", lambda: "another") == "another"


def test_times_are_kept_to_the_millisecond_in_utc(database: Database) -> None:
    share = new_share(database)
    assert share.created_at.utcoffset() == timedelta(0)
    assert share.created_at.microsecond % 1_000 == 0
    # Its first seq is taken from the same clock, a moment later.
    assert 0 <= share.seq - round(share.created_at.timestamp() * 1_000) < 60_000
