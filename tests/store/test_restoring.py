"""Restoring on every database: an old revision's rows become head under a new number, at once."""

from __future__ import annotations

import pytest

from backend.domain import RevisionState
from backend.errors import NotFoundError, NothingToRestoreError, PreconditionFailedError
from backend.store import revisions
from backend.store.database import Database
from tests.store.building import accept, claimed, finish, new_share, now_revision, now_share, sheet


def test_a_restored_revision_is_a_new_one_that_is_ready_and_head(database: Database) -> None:
    share = new_share(database)
    for data in ("old", "new"):
        accept(database, share, original=data)
        finish(database, claimed(database), sheet(0, data=data), sheet(1, data=data))
    before = now_share(database, share)
    with database.transaction() as session:
        restored_share, restored = revisions.restore(session, share.id, 1)
    assert (restored_share.head, restored_share.latest) == (3, 3)
    assert (restored_share.version, now_share(database, share)) == (
        before.version + 1,
        restored_share,
    )
    assert restored_share.seq > before.seq
    kept = now_revision(database, share, 3)
    first = now_revision(database, share, 1)
    assert kept == restored
    assert (kept.state, kept.sheets) == (RevisionState.READY, first.sheets)
    assert (kept.original, kept.sha256, kept.report) == (first.original, first.sha256, first.report)


def test_what_has_no_rows_cannot_be_restored(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    with pytest.raises(NothingToRestoreError), database.transaction() as session:
        revisions.restore(session, share.id, 1)
    with pytest.raises(NotFoundError), database.transaction() as session:
        revisions.restore(session, share.id, 7)


def test_restoring_heeds_the_expected_version(database: Database) -> None:
    share = new_share(database)
    accept(database, share)
    finish(database, claimed(database), sheet(0))
    with pytest.raises(PreconditionFailedError), database.transaction() as session:
        revisions.restore(session, share.id, 1, expected_version=1)
    assert now_share(database, share).latest == 1
