"""Uploads that may be cut at any moment, and that remember what they were told."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TypeAlias

from tests.client import API, Created
from tests.durability.contents import Content

PIECE = 32 * 1024


@dataclass(eq=False)
class Upload:
    """One file on its way to a share, or to a share of its own. A `key` makes it repeatable."""

    content: Content
    share: Created | None
    key: str | None = None
    share_id: str | None = None
    """Where it was told to be; None while it has no 201."""
    number: int | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether its 201 was seen."""
        return self.share_id is not None

    def headers(self) -> dict[str, str]:
        """What is sent before the body."""
        headers = {"Content-Length": str(len(self.content.data))}
        if self.share is not None:
            headers["Authorization"] = f"Bearer {self.share.token}"
        if self.key is not None:
            headers["Idempotency-Key"] = self.key
        return headers

    def acknowledge(self, location: str) -> None:
        """Note where it is: a share's own address, or that of a revision."""
        parts = location.removeprefix(f"{API}/shares/").split("/")
        told = (parts[0], int(parts[2]) if len(parts) > 1 else 1)
        assert not self.acknowledged or told == (self.share_id, self.number)
        self.share_id, self.number = told


OnWay: TypeAlias = Callable[[Upload, float], None]
"""Called with the part of the body that is sent, at the beginning, after each piece, at 1.0."""
OnAnswer: TypeAlias = Callable[[Upload], None]


def send(
    upload: Upload,
    port: int,
    on_way: OnWay = lambda _upload, _part: None,
    on_answer: OnAnswer = lambda _upload: None,
) -> bool:
    """Send it; false where the connection broke before the answer was there."""
    target = f"{API}/shares" + (f"/{upload.share.id}/revisions" if upload.share else "")
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.connect()
        # a small buffer: what was sent has really left for the server
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)
        connection.putrequest("POST", f"{target}?filename={upload.content.filename}")
        for name, value in upload.headers().items():
            connection.putheader(name, value)
        connection.endheaders()
        data = upload.content.data
        on_way(upload, 0.0)
        for start in range(0, len(data), PIECE):
            connection.send(data[start : start + PIECE])
            on_way(upload, min(1.0, (start + PIECE) / len(data)))
        answer = connection.getresponse()
        assert answer.status == 201, answer.read()
        upload.acknowledge(answer.headers["Location"])
        on_answer(upload)
        answer.read()
    except (OSError, HTTPException):
        return upload.acknowledged
    finally:
        connection.close()
    return True
