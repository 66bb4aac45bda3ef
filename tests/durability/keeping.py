"""What the server must hold in the end, compared with what was sent to it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from backend.config import Config
from backend.store import jobs, models
from backend.store.blobs import BlobStore
from backend.store.database import open_databases
from backend.store.references import referenced
from tests.client import API, Client
from tests.durability.sending import Upload
from tests.durability.waiting import eventually

EVERY_BLOB = -3600.0
"""An age that every blob has, whatever the clock did meanwhile."""


class Books:
    """What the databases themselves say, read beside the server."""

    def __init__(self, config: Config) -> None:
        self._metadata, blobs = open_databases(config)
        self._blobs = BlobStore(
            blobs,
            segment_bytes=config.segment_bytes,
            first_segment_bytes=config.first_segment_bytes,
        )
        self._blob_database = blobs

    def share_ids(self) -> set[str]:
        """Every share there is."""
        with self._metadata.reading() as reader:
            return set(reader.scalars(select(models.shares.c.id)))

    def orphans(self) -> set[str]:
        """Blobs, complete or not, that no revision speaks of."""
        every = self._blobs.candidates(EVERY_BLOB)
        with self._metadata.reading() as reader:
            return set(every) - referenced(reader, every)

    def unread(self) -> int:
        """Revisions that wait to be read, or are being read."""
        with self._metadata.reading() as reader:
            return jobs.pending(reader)

    def stray_segments(self) -> int:
        """Segments of which the blob is gone."""
        segments = models.segments
        known = select(models.blobs.c.id)
        with self._blob_database.reading() as reader:
            stray = select(segments.c.start).where(segments.c.blob_id.not_in(known))
            return len(reader.execute(stray).all())

    def close(self) -> None:
        """Let go of the files."""
        self._metadata.dispose()
        self._blob_database.dispose()


def assert_in_order(client: Client, share_ids: Iterable[str]) -> int:
    """Numbers are 1..n, the head is the greatest ready one; how many are still being read."""
    processing = 0
    for share_id in share_ids:
        states = history(client, share_id)
        share = client.share(share_id)
        assert sorted(states) == list(range(1, share["latest"] + 1))
        processing += sum(state == "processing" for state in states.values())
        # read after the states: it may have moved on meanwhile, never back
        head = share["head"]
        assert (head or 0) >= max((n for n in states if states[n] == "ready"), default=0)
        assert head is None or client.page(share_id, limit=1)["total"] > 0
    return processing


def history(client: Client, share_id: str) -> dict[int, str]:
    """The state of every revision of a share, by number."""
    states: dict[int, str] = {}
    path = f"{API}/shares/{share_id}/revisions?limit=100"
    while path:
        answer = client.request("GET", path)
        answer.raise_for_status()
        states |= {revision["number"]: revision["state"] for revision in answer.json()["revisions"]}
        path = (answer.json()["next"] or "").removeprefix(client.url)
    return states


def assert_settled(client: Client, share_ids: Iterable[str], timeout: float) -> None:
    """Every revision becomes ready within the time: the files are good."""
    for share_id in share_ids:
        for number in range(1, client.share(share_id)["latest"] + 1):
            client.wait_ready(share_id, number, timeout)
        share = client.share(share_id)
        assert share["head"] == share["latest"] or share["latest"] == 0


def assert_kept(client: Client, books: Books, uploads: Sequence[Upload]) -> Counter[str]:
    """Every acknowledged upload is there with its bytes and its cells; the others whole or not.

    Counts what became of the uploads.
    """
    by_digest = {upload.content.sha256: upload for upload in uploads}
    assert len(by_digest) == len(uploads), "no two uploads may be alike"
    found: Counter[str] = Counter()
    for share_id in books.share_ids():
        for number in range(1, client.share(share_id)["latest"] + 1):
            revision = client.revision(share_id, number)
            upload = by_digest[revision["sha256"]]
            found[revision["sha256"]] += 1
            if upload.acknowledged:
                assert (upload.share_id, upload.number) == (share_id, number)
            elif upload.share is not None:
                assert upload.share.id == share_id
            assert_whole(client, upload, share_id, number)
    assert set(found.values()) <= {1}, "an upload became two revisions"
    for upload in uploads:
        there = upload.content.sha256 in found
        assert there or not upload.acknowledged, f"lost: {upload}"
    acknowledged = sum(upload.acknowledged for upload in uploads)
    return Counter(
        acknowledged=acknowledged,
        whole_without_answer=len(found) - acknowledged,
        gone_without_answer=len(uploads) - len(found),
    )


def assert_whole(client: Client, upload: Upload, share_id: str, number: int) -> None:
    """The bytes, the size, and every cell of a ready revision are those that were sent."""
    content = upload.content
    revision = client.revision(share_id, number)
    assert revision["size"] == len(content.data)
    original = client.original(share_id, number)
    assert hashlib.sha256(original).hexdigest() == content.sha256
    assert revision["sheets"][0]["rows"] == len(content.rows)
    assert client.rows(share_id, number, values="text", shape="arrays") == content.rows


def assert_swept(books: Books, timeout: float) -> None:
    """Sooner or later nothing is left that no revision speaks of."""
    eventually(lambda: not books.orphans(), timeout, "orphaned blobs are not swept")
    assert books.stray_segments() == 0
