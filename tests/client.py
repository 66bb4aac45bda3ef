"""A small client of the REST API for tests: it says what it expects and never retries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import requests
from websockets.sync.client import connect

SUBPROTOCOL = "tablecast.changes.v1"
API = "/api/v1"
SETTLED = ("ready", "failed")


@dataclass(frozen=True)
class Created:
    """A share as its maker knows it."""

    id: str
    token: str
    json: dict[str, Any]


class Client:
    """Talks to one server. Methods raise requests.HTTPError unless the answer is a success."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Any request, below the server's root; the answer whatever its status."""
        arguments.setdefault("timeout", 120)
        return self.session.request(method, self.url + path, **arguments)

    def create(self, content: bytes | Path, filename: str | None = None, **options: Any) -> Created:
        """A new share from a file, sent as the raw body; reading options by name."""
        body, name = _body(content, filename)
        answer = self.request(
            "POST", f"{API}/shares", data=body, params={"filename": name, **options}
        )
        answer.raise_for_status()
        share = answer.json()
        return Created(share["id"], share["edit_token"], share)

    def create_ready(
        self, content: bytes | Path, filename: str | None = None, **options: Any
    ) -> Created:
        """The same, and return when its first revision is ready."""
        share = self.create(content, filename, **options)
        self.wait_ready(share.id, 1)
        return share

    def upload(
        self,
        share: Created,
        content: bytes | Path,
        filename: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """A further revision of a share; its JSON."""
        body, name = _body(content, filename)
        answer = self.request(
            "POST",
            f"{API}/shares/{share.id}/revisions",
            data=body,
            params={"filename": name, **options},
            headers={"Authorization": f"Bearer {share.token}", **(headers or {})},
        )
        answer.raise_for_status()
        return dict(answer.json())

    def share(self, share_id: str) -> dict[str, Any]:
        """The share as it is now."""
        return self._json(f"{API}/shares/{share_id}")

    def revision(self, share_id: str, number: int) -> dict[str, Any]:
        """One revision as it is now."""
        return self._json(f"{API}/shares/{share_id}/revisions/{number}")

    def original(self, share_id: str, number: int) -> bytes:
        """The bytes that were uploaded."""
        answer = self.request("GET", f"{API}/shares/{share_id}/revisions/{number}/original")
        answer.raise_for_status()
        return answer.content

    def wait_settled(self, share_id: str, number: int, timeout: float = 120.0) -> dict[str, Any]:
        """Wait on the change channel until the revision is ready or failed."""
        with self.changes(share_id) as channel:
            channel.recv(timeout)  # hello: from here on nothing can be missed
            revision = self.revision(share_id, number)
            while revision["state"] not in SETTLED:
                frame = json.loads(channel.recv(timeout))
                if frame["type"] == "change":
                    revision = self.revision(share_id, number)
        return revision

    def wait_ready(self, share_id: str, number: int, timeout: float = 120.0) -> dict[str, Any]:
        """Wait until the revision is ready; a failed one is an AssertionError that says why."""
        revision = self.wait_settled(share_id, number, timeout)
        assert revision["state"] == "ready", revision["failure"]
        return revision

    def changes(self, *share_ids: str) -> Any:
        """An open change channel (a websockets connection) for these shares."""
        query = "&".join(f"share={share_id}" for share_id in share_ids)
        address = self.url.replace("http", "ws", 1) + f"{API}/changes?{query}"
        return connect(address, subprotocols=[SUBPROTOCOL], proxy=None)  # type: ignore[list-item]

    def page(self, share_id: str, number: int | None = None, **params: Any) -> dict[str, Any]:
        """A page of the head, or of a revision."""
        pinned = "" if number is None else f"/revisions/{number}"
        return self._json(f"{API}/shares/{share_id}{pinned}/rows", params=params)

    def pages(
        self, share_id: str, number: int | None = None, **params: Any
    ) -> Iterator[dict[str, Any]]:
        """Every page, by following `next`."""
        page = self.page(share_id, number, **params)
        yield page
        while page["next"]:
            page = self._json(page["next"])
            yield page

    def rows(self, share_id: str, number: int | None = None, **params: Any) -> list[Any]:
        """Every row, in order."""
        params.setdefault("limit", 1_000)
        return [row for page in self.pages(share_id, number, **params) for row in page["rows"]]

    def _json(self, path: str, **arguments: Any) -> dict[str, Any]:
        answer = self.request("GET", path.removeprefix(self.url), **arguments)
        answer.raise_for_status()
        return dict(answer.json())


def _body(content: bytes | Path, filename: str | None) -> tuple[bytes, str]:
    if isinstance(content, Path):
        return content.read_bytes(), filename or content.name
    assert filename, "bytes need a file name"
    return content, filename
