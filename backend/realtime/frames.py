"""The frames of `tablecast.changes.v1`: ids and numbers only, never names, never cells."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from backend.domain import Standing, What

SUBPROTOCOL = "tablecast.changes.v1"

GOING_AWAY = 1012
TRY_LATER = 1013
POLICY = 1008
UNAUTHORIZED = 4401
TOO_SLOW = 4408

_FINAL_TEXT = 0x81
_EMPTY_PING = b"\x89\x00"


class Frame:
    """What is told, encoded once for all who hear it: `text` for a WebSocket, `event` for SSE."""

    __slots__ = ("event", "text", "told")

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        encoded = orjson.dumps(told)
        self.text = as_text_frame(encoded)
        self.event = b"data: %b\n\n" % encoded


def as_text_frame(payload: bytes) -> bytes:
    """A whole message as a server sends it: final, unmasked, of text (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", _FINAL_TEXT, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _FINAL_TEXT, 126, size) + payload
    return struct.pack("!BBQ", _FINAL_TEXT, 127, size) + payload


def hello(
    heartbeat_s: float, standings: Mapping[str, Standing | None], viewers: Mapping[str, int]
) -> Frame:
    """The first frame of every connection; a share that cannot be seen is `gone`."""
    shares = {
        share_id: {"gone": True}
        if standing is None
        else {
            "seq": standing.seq,
            "revision": standing.revision,
            "viewers": viewers.get(share_id, 0),
        }
        for share_id, standing in standings.items()
    }
    return Frame({"type": "hello", "heartbeat_s": heartbeat_s, "shares": shares})


def change(
    share_id: str, seq: int, revision: int | None, what: Iterable[What], spread_ms: int
) -> Frame:
    """Share X now has seq N; clients wait a random part of `spread_ms` before they refetch."""
    return Frame(
        {
            "type": "change",
            "share": share_id,
            "seq": seq,
            "revision": revision,
            "what": sorted(what),
            "spread_ms": spread_ms,
        }
    )


def viewers(share_id: str, number: int) -> Frame:
    """So many channels follow the share now. Not a change of it: its seq stays."""
    return Frame({"type": "viewers", "share": share_id, "viewers": number})


def bye(code: int, retry_ms: tuple[int, int]) -> Frame:
    """The last frame: why, and within which span to come back."""
    return Frame({"type": "bye", "code": code, "retry_ms": retry_ms})


HEARTBEAT = Frame({"type": "heartbeat"})
"""Says that the connection lives, and asks a WebSocket whether the other end does."""
HEARTBEAT.text += _EMPTY_PING
