"""The frames of `tablecast.changes.v1`: ids and numbers only, never names, never cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from backend.domain import Standing, What

SUBPROTOCOL = "tablecast.changes.v1"

GOING_AWAY = 1012
TRY_LATER = 1013
POLICY = 1008
UNAUTHORIZED = 4401
TOO_SLOW = 4408


def hello(heartbeat_s: float, standings: Mapping[str, Standing | None]) -> bytes:
    """The first frame of every connection; a share that cannot be seen is `gone`."""
    shares = {
        share_id: {"gone": True}
        if standing is None
        else {"seq": standing.seq, "revision": standing.revision}
        for share_id, standing in standings.items()
    }
    return orjson.dumps({"type": "hello", "heartbeat_s": heartbeat_s, "shares": shares})


def change(
    share_id: str, seq: int, revision: int | None, what: Iterable[What], spread_ms: int
) -> bytes:
    """Share X now has seq N; clients wait a random part of `spread_ms` before they refetch."""
    return orjson.dumps(
        {
            "type": "change",
            "share": share_id,
            "seq": seq,
            "revision": revision,
            "what": sorted(what),
            "spread_ms": spread_ms,
        }
    )


def heartbeat() -> bytes:
    """Says that the connection lives."""
    return b'{"type":"heartbeat"}'


def bye(code: int, retry_ms: tuple[int, int]) -> bytes:
    """The last frame: why, and within which span to come back."""
    return orjson.dumps({"type": "bye", "code": code, "retry_ms": retry_ms})
