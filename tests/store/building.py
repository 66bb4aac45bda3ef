"""Builders of what the tests of the store need, with everything unimportant left out."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeAlias, TypeVar

from backend.config import Config
from backend.domain import (
    Column,
    ColumnType,
    Job,
    ReadingOptions,
    ResumableUpload,
    Revision,
    Share,
    Sheet,
)
from backend.store import jobs, revisions, shares, uploads
from backend.store.database import Database

SEGMENT_BYTES = 256
FIRST_SEGMENT_BYTES = 64
Result = TypeVar("Result")
Opened: TypeAlias = Callable[[Config], tuple[Database, Database]]


def new_share(database: Database, title: str = "Sales") -> Share:
    """A share without revisions."""
    with database.transaction() as session:
        return shares.create(session, id=secrets.token_urlsafe(16), title=title)


def accept(
    database: Database,
    share: Share,
    *,
    original: str = "original",
    options: ReadingOptions | None = None,
    expected_version: int | None = None,
) -> tuple[Share, Revision]:
    """One more revision of the share, still to be read."""
    with database.transaction() as session:
        return shares.accept_revision(
            session,
            share.id,
            filename="sales.csv",
            size=12,
            sha256="ab" * 32,
            original=original,
            options=options or ReadingOptions(),
            expected_version=expected_version,
        )


def begin_upload(
    database: Database,
    share: Share,
    *,
    id: str = "upload",
    blob_id: str = "incoming",
    expiry_s: float = 60,
    key: str | None = None,
) -> ResumableUpload:
    """A resumable upload to the share, of which nothing has come."""
    with database.transaction() as session:
        return uploads.create(
            session,
            id=id,
            share_id=share.id,
            blob_id=blob_id,
            size=12,
            filename="sales.csv",
            options=ReadingOptions(delimiter=";"),
            described="filename c2FsZXMuY3N2",
            token_id=None,
            session_id=None,
            expected_version=None,
            fingerprint="",
            expiry_s=expiry_s,
            scope="caller",
            key=key,
        )


def claim(database: Database, *, owner: str = "node", lease_s: float = 60) -> Job | None:
    """The oldest free job, leased."""
    with database.transaction() as session:
        return jobs.claim(session, owner=owner, lease_s=lease_s)


def claimed(database: Database, *, owner: str = "node", lease_s: float = 60) -> Job:
    """The oldest free job, leased; there must be one."""
    job = claim(database, owner=owner, lease_s=lease_s)
    assert job is not None
    return job


def finish(database: Database, job: Job, *sheets: Sheet) -> Share | None:
    """Make the job's revision ready."""
    with database.transaction() as session:
        return revisions.finish_ready(session, job, sheets, {"rows": 1})


def sheet(index: int = 0, *, data: str = "data", written: str | None = None) -> Sheet:
    """A sheet with one usual column and one where everything is rare."""
    return Sheet(
        index=index,
        name=f"Sheet {index}",
        rows=3,
        columns=(
            Column(key="amount", name="Amount", type=ColumnType.NUMBER, nulls=0),
            Column(
                key="column_2",
                name="",
                type=ColumnType.INTEGER,
                nulls=2,
                generated=True,
                exact=False,
                written=written is not None,
            ),
        ),
        data=data,
        written=written,
    )


def now_share(database: Database, share: Share) -> Share:
    """The share as it is now, read on a connection of its own."""
    with database.reading() as reader:
        found = shares.get(reader, share.id)
    assert found is not None
    return found


def now_revision(database: Database, share: Share, number: int) -> Revision:
    """The revision as it is now, read on a connection of its own."""
    with database.reading() as reader:
        found = revisions.get(reader, share.id, number)
    assert found is not None
    return found


def all_at_once(times: int, act: Callable[[int], Result]) -> list[Result]:
    """Call `act` with 0, 1, 2… in as many threads, which all begin together."""
    barrier = Barrier(times)

    def started(number: int) -> Result:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(started, range(times)))
