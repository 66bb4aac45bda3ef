"""How many look is one number for all nodes."""

from __future__ import annotations

import json
from typing import Any

from tests.nodes.conftest import Nodes

CSV = b"a\n1\n"


def until(channel: Any, share_id: str, viewers: int) -> None:
    """Read frames until so many look."""
    while True:
        frame: dict[str, Any] = json.loads(channel.recv(60))
        told = frame["shares"][share_id] if frame["type"] == "hello" else frame
        if told.get("viewers") == viewers:
            return


def test_those_who_look_are_counted_at_all_nodes(nodes: Nodes) -> None:
    share = nodes.to_a.create_ready(CSV, "a.csv")
    with nodes.to_a.changes(share.id) as here:
        until(here, share.id, 1)
        with nodes.to_b.changes(share.id) as there, nodes.to_b.changes(share.id):
            until(here, share.id, 3)
            until(there, share.id, 3)
        until(here, share.id, 1)
