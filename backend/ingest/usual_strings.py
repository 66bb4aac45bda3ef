"""Shared strings as programs usually write them, many at once. An odd one is for the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from backend.ingest.usual_xml import Tags, UnusualError, find_tags, odd_texts, unescaped

ITEM, ITEM_END, TEXT, TEXT_END = range(1, 5)
NAMES = {b"si": ITEM, b"/s": ITEM_END, b"t>": TEXT, b"t ": TEXT, b"/t": TEXT_END}
USUAL = (ITEM, TEXT, TEXT_END, ITEM_END)
LENGTHS = (3, 0, 3, 4)
"""From `<` to `>`; a text's tag may say that its spaces are to be kept."""
Ask = Callable[[bytes, int], list[str]]


def read_strings(xml: bytes, ask: Ask) -> Any:
    """The strings of whole items, an empty one as null.

    `ask` has the engine read so many items. Raises UnusualError.
    """
    if not xml.strip():
        return pa.array([], pa.string())
    tags = find_tags(xml, NAMES, {})
    items = np.flatnonzero(tags.kind == ITEM)
    if (tags.end[items] - tags.begin[items] != 3).any():  # an item without content
        raise UnusualError
    if not len(items) or items[0] or b"<!" in xml or b"<?" in xml:
        raise UnusualError
    usual = _usual(tags, items)
    plain = items[usual]
    texts = tags.texts(tags.end[plain + 1] + 1, tags.begin[plain + 2])
    odd = odd_texts(texts).to_numpy(zero_copy_only=False)
    usual[np.flatnonzero(usual)[odd]] = False
    texts = unescaped(texts.filter(pa.array(~odd)))
    if usual.all():
        return texts
    bounds = np.append(tags.begin[items], len(xml))
    asked = np.flatnonzero(~usual)
    strings = ask(b"".join(xml[bounds[at] : bounds[at + 1]] for at in asked), len(asked))
    together = pa.concat_arrays([texts, pa.array([text or None for text in strings], pa.string())])
    order = np.concatenate([np.flatnonzero(usual), asked])
    return together.take(pa.array(np.argsort(order)))


def _usual(tags: Tags, items: Any) -> Any:
    """Which items hold one text and nothing else."""
    usual = items + 3 < len(tags.kind)
    inside = np.where(usual, items, 0)
    for at, (kind, length) in enumerate(zip(USUAL, LENGTHS, strict=True)):
        usual &= tags.kind[inside + at] == kind
        usual &= (length == 0) | (tags.end[inside + at] - tags.begin[inside + at] == length)
    usual &= tags.data[tags.end[inside + 1] - 1] != ord("/")
    for at in (0, 2):  # nothing but tags around the text
        usual &= tags.begin[inside + at + 1] == tags.end[inside + at] + 1
    following = np.append(items[1:], len(tags.kind))
    return usual & (following == items + 4)
