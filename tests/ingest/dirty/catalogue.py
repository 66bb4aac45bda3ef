"""All kinds of defect, in the order in which two of them are applied to one file."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.ingest.dirty.breaks import BREAKS
from tests.ingest.dirty.contents import CONTENTS
from tests.ingest.dirty.draft import Draft, IncompatibleError, new_draft
from tests.ingest.dirty.encodings import ENCODINGS
from tests.ingest.dirty.frames import FRAMES, HEADS
from tests.ingest.dirty.quotes import QUOTES
from tests.ingest.dirty.rows import ROWS, TABLES

Defect = Callable[[Draft], None]

DEFECTS: list[Defect] = [*CONTENTS, *TABLES, *HEADS, *QUOTES, *BREAKS, *ENCODINGS, *ROWS, *FRAMES]


def damaged(seed: str, defects: Sequence[Defect]) -> Draft:
    """A table of its own for each seed, with these defects; IncompatibleError if they exclude
    each other."""
    draft = new_draft(random.Random(seed))
    for defect in sorted(defects, key=DEFECTS.index):
        defect(draft)
    if not draft.lines:
        raise IncompatibleError
    try:
        draft.content()
    except UnicodeEncodeError as error:
        raise IncompatibleError from error
    return draft
