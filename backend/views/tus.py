"""Resumable uploads over HTTP: the tus protocol 1.0, and a state in JSON beside it."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any

from backend.errors import (
    BadRequestError,
    EmptyFileError,
    ForbiddenError,
    IdempotencyMismatchError,
    NotFoundError,
    PayloadTooLargeError,
    PreconditionFailedError,
    ServiceError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
    UnsupportedTusError,
    UploadGoneError,
    UploadLockedError,
    UploadStalledError,
    WrongOffsetError,
)
from backend.operations import load_query, operation
from backend.schemas.revisions import ReadingOptionsSchema
from backend.schemas.uploads import (
    BegunUploadSchema,
    UploadMetadataSchema,
    UploadSchema,
    read_metadata,
)
from backend.services.announcing import Announcement, AnnouncingService, Begun
from backend.services.receiving import Receiving
from backend.services.resumable import ResumableService, UploadState
from backend.views.body import BodyView
from backend.views.uploading import UNNAMED, last_part

TUS = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination"
BYTES = "application/offset+octet-stream"
OVERRIDES = ("PATCH", "DELETE", "HEAD")
GONE_ERRORS = (NotFoundError, UploadGoneError, UploadLockedError, UnsupportedTusError)
TUS_HEADER = ("Tus-Resumable", "`1.0.0`", {"type": "string", "const": TUS})
WHOLE = {"type": "integer", "minimum": 0}


class TusView(BodyView):
    """What every tus resource does. What came over a connection that is cut is kept."""

    resumable: ResumableService
    receiving: Receiving | None = None

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Tus-Resumable", TUS)

    async def prepare(self) -> None:
        # The protocol wants this, for clients whose way out lets only GET and POST through.
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
        if self.request.method in ("GET", "OPTIONS"):
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


class UploadsView(TusView):
    """Where uploads are begun."""

    announcing: AnnouncingService
    begun: Begun

    async def admit_part(self) -> None:
        has_body = self.request.headers.get("Content-Length", "0") != "0"
        if self.media_type() != BYTES and has_body:
            raise UnsupportedMediaTypeError(f"Send the first bytes as {BYTES}, or none.")
        self.begun = await self.announcing.begin(self._announcement())
        if self.media_type() == BYTES:
            await self.receive(self.begun.upload.id, 0)

    @operation(
        summary="Begin a resumable upload",
        description="tus 1.0, creation and creation-with-upload. `Upload-Metadata` may name "
        "`filename`, `title`, the `share` it is to be a revision of (else one is made at once), "
        "and the reading options. The body is empty, or the first bytes of the file.",
        tag="uploads",
        response=BegunUploadSchema,
        status=201,
        errors=(
            BadRequestError,
            EmptyFileError,
            UnauthorizedError,
            ForbiddenError,
            NotFoundError,
            PreconditionFailedError,
            UnsupportedTusError,
            PayloadTooLargeError,
            UnsupportedMediaTypeError,
            IdempotencyMismatchError,
        ),
        credentials="optional",
        conditional=True,
    )
    async def post(self) -> None:
        self.body_arrived()
        if self.receiving is not None:
            state = await self.resumable.conclude(self.receiving)
        else:
            state = UploadState(self.begun.upload, 0)
        self.tell(state)
        self.set_header("Location", f"/api/v1/uploads/{self.begun.upload.id}")
        self.send_response(self.begun)

    def _announcement(self) -> Announcement:
        if "Upload-Defer-Length" in self.request.headers:
            raise BadRequestError("Say the size at once: Upload-Defer-Length is not supported.")
        described = self.request.headers.get("Upload-Metadata", "")
        said: dict[str, Any] = load_query(UploadMetadataSchema, read_metadata(described))
        share_id = said.get("share")
        filename = last_part(said.get("filename", UNNAMED))
        principal = self.principal
        return Announcement(
            size=self.required_number("Upload-Length"),
            filename=filename,
            title=said.get("title") or filename[: self.config.max_title_characters],
            options=ReadingOptionsSchema.options(said),
            described=described,
            share_id=share_id,
            # as it was sent: a retry comes without the cookie that this answer sets
            principal=principal,
            session_id=self.begin_session() if share_id is None else principal.session,
            expected_version=None if share_id is None else self.expected_version(),
            idempotency_key=self.idempotency_key(),
        )


class UploadView(TusView):
    """One upload. Whoever knows its id may go on with it."""

    async def admit_part(self) -> None:
        if self.request.method != "PATCH":
            return
        if self.media_type() != BYTES:
            raise UnsupportedMediaTypeError(f"Send the bytes as {BYTES}.")
        await self.receive(self.path_kwargs["upload_id"], self.required_number("Upload-Offset"))

    @operation(
        summary="Read how far an upload is",
        tag="uploads",
        response=UploadSchema,
        errors=(NotFoundError, UploadGoneError),
    )
    async def get(self, upload_id: str) -> None:
        self.send_response(await self.resumable.state(upload_id))

    @operation(
        summary="Ask where to go on with an upload",
        description="Ends a connection that still sends to it. Where all bytes have come, the "
        "answer names the revision.",
        tag="uploads",
        errors=GONE_ERRORS,
    )
    async def head(self, upload_id: str) -> None:
        self.body_arrived()
        state = await self.resumable.settle(upload_id)
        self.tell(state)
        self.set_header("Upload-Length", state.upload.size)
        if state.upload.described:
            self.set_header("Upload-Metadata", state.upload.described)
        self.send_response()

    @operation(
        summary="Go on with an upload",
        description="The last bytes make it a revision, whose number `Tablecast-Revision` tells.",
        tag="uploads",
        request={BYTES: None},
        status=204,
        errors=(
            BadRequestError,
            ForbiddenError,
            *GONE_ERRORS,
            UploadStalledError,
            WrongOffsetError,
            PreconditionFailedError,
            PayloadTooLargeError,
            UnsupportedMediaTypeError,
        ),
    )
    async def patch(self, upload_id: str) -> None:
        self.body_arrived()
        assert self.receiving is not None
        assert self.receiving.id == upload_id
        self.tell(await self.resumable.conclude(self.receiving))
        self.send_response()

    @operation(
        summary="Give an upload up",
        description="What came of it is forgotten. One that is finished stays a revision.",
        tag="uploads",
        status=204,
        errors=GONE_ERRORS,
    )
    async def delete(self, upload_id: str) -> None:
        self.body_arrived()
        await self.resumable.end(upload_id)
        self.send_response()
