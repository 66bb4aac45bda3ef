"""Views whose requests have a body: taken chunk by chunk, so that its size is ours to judge."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from backend.errors import (
    BadRequestError,
    MalformedBodyError,
    PayloadTooLargeError,
    ServiceError,
    UnsupportedMediaTypeError,
    UploadStalledError,
)
from backend.operations import Operation
from backend.services.access import Principal
from backend.views.base import LINGER_BYTES, BaseView

ANONYMOUS_KEY_CHARACTERS = 16
ENTITY_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')
OUR_TAG = re.compile(r'(W/)?"([0-9]{1,15})(?:-(?:edit|view))?"')


class BodyView(BaseView):
    """Keeps a refusal until the body has come, for a client still sending would not see it."""

    refusal: ServiceError | None = None
    _patience: asyncio.TimerHandle | None = None
    _taking = False

    async def prepare(self) -> None:
        super().prepare()
        self._body = bytearray()
        await self.refusing(self._admit)
        if self.refusal is not None and "Expect" in self.request.headers:
            raise self.refusal  # the client waits to be told before it sends
        self._heard()

    async def _admit(self) -> None:
        encoding = self.request.headers.get("Content-Encoding", "identity")
        if encoding.strip().lower() != "identity":
            headers = {"Accept-Encoding": "identity"}
            raise UnsupportedMediaTypeError("Send the body without an encoding.", headers=headers)
        await self.admit()

    async def admit(self) -> None:
        """Decide from the headers whether the body is wanted; raise a ServiceError if not."""

    async def take(self, chunk: bytes) -> None:
        """Take the next bytes of the body. Small documents are kept in memory."""
        if len(self._body) + len(chunk) > self.config.max_json_bytes:
            limit = self.config.max_json_bytes
            raise PayloadTooLargeError(f"This body may have at most {limit} bytes.", limit=limit)
        self._body += chunk

    async def data_received(self, chunk: bytes) -> None:
        self._taking = True
        if self.refusal is None:
            await self.refusing(self.take, chunk)
        else:
            self._dropped += len(chunk)
            if self._dropped > LINGER_BYTES and not self._finished:
                self.end_early(self.refusal)
        self._taking = False
        self._heard()

    def _heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if self._patience is None and not self._finished:
            self._wait(self.config.upload_idle_s)

    def _wait(self, seconds: float) -> None:
        self._patience = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        """Cut a client that has sent nothing for too long; our own slowness is not its fault."""
        silent = asyncio.get_running_loop().time() - self._heard_at
        if self._taking or silent < self.config.upload_idle_s:
            self._wait(max(0.05, self.config.upload_idle_s - (0 if self._taking else silent)))
        elif not self._finished:
            self.end_early(UploadStalledError())

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()

    def begin_operation(self, operation: Operation) -> None:
        self._stop_waiting()  # a method begins when the body is here
        super().begin_operation(operation)

    def on_finish(self) -> None:
        self._stop_waiting()
        super().on_finish()

    def on_connection_close(self) -> None:
        self._stop_waiting()
        super().on_connection_close()

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

    def idempotency_key(self) -> str | None:
        """The Idempotency-Key. Without credentials it alone tells callers apart, so it is long."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if re.fullmatch(r"[!-~]{1,255}", key) is None:
            raise BadRequestError("An Idempotency-Key has 1 to 255 visible ASCII characters.")
        # whoever changes a share without credentials is told that, whatever the key
        anonymous = self.principal == Principal() and "share_id" not in self.path_kwargs
        if anonymous and len(key) < ANONYMOUS_KEY_CHARACTERS:
            raise BadRequestError(
                "Without credentials an Idempotency-Key has at least "
                f"{ANONYMOUS_KEY_CHARACTERS} characters, chosen at random, such as a UUID."
            )
        return key

    def expected_version(self) -> int | None:
        """The share version that If-Match asks for; None: any; -1: none there ever is.

        RFC 9110, section 13.1.1: tags are compared strongly, so a weak one matches nothing.
        """
        given = self.request.headers.get("If-Match")
        if given is None or given.strip() == "*":
            return None
        if ENTITY_TAGS.fullmatch(given) is None:
            raise BadRequestError('If-Match takes ETags in double quotes, as in "3-edit", or *.')
        versions = {int(found[2]) for found in OUR_TAG.finditer(given) if not found[1]}
        if len(versions) > 1:
            raise BadRequestError("If-Match names more than one version; name the one you read.")
        return versions.pop() if versions else -1
