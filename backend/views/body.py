"""Views whose requests have a body: taken chunk by chunk, so that its size is ours to judge."""

from __future__ import annotations

from typing import Any

from tornado.web import stream_request_body

from backend.config import MIB
from backend.errors import (
    MalformedBodyError,
    PayloadTooLargeError,
    ServiceError,
    UnsupportedMediaTypeError,
)
from backend.views.base import BaseView

LINGER_BYTES = 16 * MIB


@stream_request_body
class BodyView(BaseView):
    """Keeps a refusal until the body has come, for a client still sending would not see it."""

    refusal: ServiceError | None = None

    async def prepare(self) -> None:
        super().prepare()
        # The framework's own limit closes the connection without a word; ours are below.
        self.request.connection.set_max_body_size(2**62)  # type: ignore[union-attr]
        self._body = bytearray()
        self._dropped = 0
        await self.refusing(self.admit)

    async def admit(self) -> None:
        """Decide from the headers whether the body is wanted; raise a ServiceError if not."""

    async def take(self, chunk: bytes) -> None:
        """Take the next bytes of the body. Small documents are kept in memory."""
        if len(self._body) + len(chunk) > self.config.max_json_bytes:
            limit = self.config.max_json_bytes
            raise PayloadTooLargeError(f"This body may have at most {limit} bytes.", limit=limit)
        self._body += chunk

    async def data_received(self, chunk: bytes) -> None:
        if self.refusal is None:
            await self.refusing(self.take, chunk)
            return
        self._dropped += len(chunk)
        if self._dropped > LINGER_BYTES and not self._finished:
            refusal = self.refusal
            self.send_error(refusal.status, exc_info=(type(refusal), refusal, None))

    async def refusing(self, step: Any, *args: Any) -> None:
        """Run a step; a ServiceError it raises is kept and told once the body has come."""
        try:
            await step(*args)
        except ServiceError as error:
            self.refusal = error
            await self.give_up()

    async def give_up(self) -> None:
        """Called when the body is not wanted any more."""
        self._body.clear()

    def body_arrived(self) -> None:
        """Raise the refusal, if there is one. Call it first in a method that takes a body."""
        if self.refusal is not None:
            raise self.refusal

    def load_body(self) -> Any:
        """The JSON body, validated against the operation's schema."""
        self.body_arrived()
        media_type = self.media_type()
        schema = (self.operation.request or {}).get(media_type)
        if schema is None:
            wanted = ", ".join(self.operation.request or {})
            raise UnsupportedMediaTypeError(f"Send one of: {wanted}; not {media_type!r}.")
        if not self._body:
            raise MalformedBodyError("The body is empty.")
        return self.load_document(schema, bytes(self._body))

    def media_type(self) -> str:
        """The request's media type without parameters."""
        return self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def expected_version(self) -> int | None:
        """The share version that If-Match asks for; None: any. See ShareService for its form."""
        given = self.request.headers.get("If-Match")
        if given is None or given.strip() == "*":
            return None
        digits = given.strip().strip('"').partition("-")[0]
        # What is no ETag of ours matches no version.
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else -1
