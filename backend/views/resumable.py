"""What resumable uploads share over HTTP: the rules of tus 1.0, and the life of a connection."""

from __future__ import annotations

from email.utils import format_datetime

from backend.errors import (
    BadRequestError,
    NotFoundError,
    ServiceError,
    UnsupportedTusError,
    UploadGoneError,
    UploadLockedError,
)
from backend.operations import Header, load_query
from backend.services.receiving import Receiving
from backend.services.resumable import ResumableService, UploadState
from backend.views.body import BodyView

TUS = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination"
BYTES = "application/offset+octet-stream"
OVERRIDES = ("PATCH", "DELETE")
TUS_METHODS = ("POST", "HEAD", *OVERRIDES)
GONE_ERRORS = (NotFoundError, UploadGoneError, UploadLockedError, UnsupportedTusError)
SPEAKS_TUS = Header("Tus-Resumable", "The version of tus.", {"type": "string", "const": TUS}, True)
WHOLE = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999_999}
ANNOUNCING = (
    SPEAKS_TUS,
    Header("Upload-Length", "How many bytes the file has.", {**WHOLE, "minimum": 1}, True),
    Header(
        "Upload-Metadata",
        "What there is to say of the file: `key Base64,key Base64`.",
        {"type": "string", "examples": ["filename c2FsZXMuY3N2,title U2FsZXM="]},
    ),
    Header(
        "Idempotency-Key",
        "Makes a retry safe: the same key and announcement get the same upload.",
        {"type": "string", "minLength": 16, "maxLength": 255, "pattern": "^[!-~]*$"},
    ),
)
HOW_FAR = {
    "Tus-Resumable": "The version of tus.",
    "Upload-Offset": "How many bytes are durable.",
    "Upload-Expires": "Until when it can be gone on with; not when it is finished.",
    "Tablecast-Share": "The id of its share.",
    "Tablecast-Revision": "The number of the revision it became; only when it is finished.",
}


class TusView(BodyView):
    """What every tus resource does. What came over a connection that is cut is kept."""

    resumable: ResumableService
    receiving: Receiving | None = None

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Tus-Resumable", TUS)

    async def prepare(self) -> None:
        # The protocol wants this, for clients whose way out knows only the oldest methods.
        wanted = self.request.headers.get("X-HTTP-Method-Override", "").upper()
        if self.request.method == "POST" and wanted in OVERRIDES:
            self.request.method = wanted
        await super().prepare()

    async def options(self, *args: str, **kwargs: str) -> None:
        """What this server can do of the protocol."""
        await super().options(*args, **kwargs)
        self.set_header("Tus-Version", TUS)
        self.set_header("Tus-Extension", EXTENSIONS)
        self.set_header("Tus-Max-Size", self.config.max_upload_bytes)

    async def admit(self) -> None:
        if self.request.method not in TUS_METHODS or not self.implements(self.request.method):
            return
        if self.request.headers.get("Tus-Resumable") != TUS:
            raise UnsupportedTusError(f"Send 'Tus-Resumable: {TUS}'.", headers={"Tus-Version": TUS})
        load_query(None, self.request.query_arguments)
        await self.admit_part()

    async def admit_part(self) -> None:
        """Refuse a part of an upload from its headers alone, or get ready for its bytes."""

    async def receive(self, upload_id: str, offset: int) -> None:
        """Get ready for the bytes of this request."""
        length = self.whole_number("Content-Length")
        self.receiving = await self.resumable.receive(upload_id, offset, length)
        self.receiving.on_interrupt = self.interrupted

    def interrupted(self, reason: ServiceError) -> None:
        """Another connection goes on: this one, if anybody is still there, is told so."""
        if not self._finished:
            self.end_early(reason)

    async def take(self, chunk: bytes) -> None:
        if self.receiving is None:
            await super().take(chunk)
        else:
            await self.receiving.write(chunk)

    async def give_up(self) -> None:
        await super().give_up()
        if self.receiving is not None:
            await self.receiving.leave()

    def on_finish(self) -> None:
        super().on_finish()
        self._leave()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._leave()

    def _leave(self) -> None:
        if self.receiving is not None and not self._begun:
            self.traffic.spawn(self.receiving.leave())

    def whole_number(self, name: str) -> int | None:
        """The header as a whole number; None where it is absent. Raises BadRequestError."""
        text = self.request.headers.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise BadRequestError(f"{name} has to be a whole number.")
        return int(text)

    def required_number(self, name: str) -> int:
        """The header as a whole number. Raises BadRequestError where it is absent, too."""
        number = self.whole_number(name)
        if number is None:
            raise BadRequestError(f"The header {name} is missing.")
        return number

    def tell(self, state: UploadState) -> None:
        """Say in headers how far the upload is, and what it became."""
        upload = state.upload
        self.set_header("Upload-Offset", state.offset)
        self.set_header("Tablecast-Share", upload.share_id)
        if upload.revision is None:
            self.set_header("Upload-Expires", format_datetime(upload.expires_at, usegmt=True))
        else:
            self.set_header("Tablecast-Revision", upload.revision)
            address = f"/api/v1/shares/{upload.share_id}/revisions/{upload.revision}"
            self.set_header("Content-Location", address)
