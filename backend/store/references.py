"""Which blobs the metadata still speaks of; the others are orphans once they are old enough."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import select, union_all

from backend.domain import RevisionState
from backend.store import models
from backend.store.database import Reader

_REFERENCES = (
    models.revisions.c.original,
    models.sheets.c.data,
    models.sheets.c.written,
    models.uploads.c.blob_id,
)
_IDS_PER_QUERY = 500


def referenced(reader: Reader, blob_ids: Iterable[str]) -> set[str]:
    """Those of the blobs that a revision or an upload needs. `reader` reads the metadata.

    One statement asks for all: an upload that ends hands its blob to a revision in one transaction,
    and two statements would see the revision before it and the upload after it.
    """
    found: set[str] = set()
    remaining = iter(blob_ids)
    while chosen := list(islice(remaining, _IDS_PER_QUERY)):
        everywhere = (select(column).where(column.in_(chosen)) for column in _REFERENCES)
        found.update(row[0] for row in reader.execute(union_all(*everywhere)))
    return found


def unread(reader: Reader, originals: Iterable[str]) -> set[str]:
    """Those of the originals that somebody is yet to read, or reads."""
    table = models.revisions
    wanted = select(table.c.original).where(
        table.c.original.in_(list(originals)), table.c.state == RevisionState.PROCESSING
    )
    return set(reader.execute(wanted).scalars())
