"""A process that is killed in the middle of writing takes nothing with it that it had promised."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import Config
from backend.store.blobs import BlobStore
from backend.store.database import Database
from tests.store.building import FIRST_SEGMENT_BYTES, SEGMENT_BYTES, new_share, now_share

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from backend.config import Config
from backend.domain import ReadingOptions
from backend.store import shares
from backend.store.blobs import BlobStore
from backend.store.database import open_databases

metadata, blobs = open_databases(Config.from_env())
store = BlobStore(blobs, segment_bytes=256, first_segment_bytes=64)
while True:
    writer = store.writer(compress=False)
    for _ in range(20):
        writer.write(bytes(100))
    blob = writer.finish()
    with metadata.transaction() as session:
        share, revision = shares.accept_revision(
            session, sys.argv[1], filename="", size=blob.size, sha256=blob.digest,
            original=blob.id, options=ReadingOptions(),
        )
    print(revision.number, blob.id, flush=True)
"""


@pytest.mark.parametrize("promises", [1, 7, 20])
def test_what_was_promised_before_the_kill_is_there_after_it(
    config: Config, database: Database, blob_database: Database, promises: int
) -> None:
    share = new_share(database)
    environment = {
        **os.environ,
        "TABLECAST_DATA_DIR": str(config.data_dir),
        "TABLECAST_DATABASE_URL": config.database_url,
    }
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, share.id],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in range(promises)]
        process.kill()
        told += [line.split() for line in process.stdout if line.endswith("\n")]
    assert [int(number) for number, _ in told] == list(range(1, len(told) + 1))
    # the one that was being told is allowed to be there
    assert now_share(database, share).latest in (len(told), len(told) + 1)
    store = BlobStore(
        blob_database, segment_bytes=SEGMENT_BYTES, first_segment_bytes=FIRST_SEGMENT_BYTES
    )
    for _, blob_id in told:
        blob = store.get(blob_id)
        assert blob is not None
        data = b"".join(store.read(blob_id))
        assert hashlib.sha256(data).hexdigest() == blob.digest
    # what was being written is unreadable, and the sweeper will find it
    left = set(store.candidates(-60)) - {blob_id for _, blob_id in told}
    assert len(left) <= 2
    for blob_id in left:
        store.delete(blob_id)
