"""Resumable uploads over HTTP: tus 1.0, and a state in JSON beside it."""

from __future__ import annotations

from typing import Any

from backend.errors import (
    BadRequestError,
    EmptyFileError,
    ForbiddenError,
    IdempotencyMismatchError,
    NotFoundError,
    PayloadTooLargeError,
    PreconditionFailedError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
    UnsupportedTusError,
    UploadGoneError,
    UploadStalledError,
    WrongOffsetError,
)
from backend.operations import Header, load_query, operation
from backend.schemas.revisions import ReadingOptionsSchema
from backend.schemas.uploads import (
    BegunUploadSchema,
    UploadMetadataSchema,
    UploadSchema,
    read_metadata,
)
from backend.services.announcing import Announcement, AnnouncingService, Begun
from backend.services.resumable import UploadState
from backend.views.resumable import (
    ANNOUNCING,
    BYTES,
    GONE_ERRORS,
    HOW_FAR,
    SPEAKS_TUS,
    WHOLE,
    TusView,
)
from backend.views.taking import UNNAMED, last_part


class UploadsView(TusView):
    """Where uploads are begun."""

    announcing: AnnouncingService
    begun: Begun

    async def admit_part(self) -> None:
        if self.request.method != "POST":
            return
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
        request={BYTES: None},
        body_required=False,
        headers=ANNOUNCING,
        told=HOW_FAR,
        response=BegunUploadSchema,
        status=201,
        errors=(
            BadRequestError,
            EmptyFileError,
            UnauthorizedError,
            ForbiddenError,
            NotFoundError,
            PreconditionFailedError,
            WrongOffsetError,
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
        headers=(SPEAKS_TUS,),
        told={
            **HOW_FAR,
            "Upload-Length": "How many bytes the file has.",
            "Upload-Metadata": "What was said of it.",
        },
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
        headers=(
            SPEAKS_TUS,
            Header("Upload-Offset", "Where the bytes belong: what HEAD says.", WHOLE, True),
        ),
        told=HOW_FAR,
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
        headers=(SPEAKS_TUS,),
        status=204,
        errors=GONE_ERRORS,
    )
    async def delete(self, upload_id: str) -> None:
        self.body_arrived()
        await self.resumable.end(upload_id)
        self.send_response()
