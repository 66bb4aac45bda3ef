"""Shares over HTTP."""

from __future__ import annotations

from backend.errors import (
    BadRequestError,
    EmptyFileError,
    ForbiddenError,
    IdempotencyMismatchError,
    MalformedBodyError,
    MissingFileError,
    NotFoundError,
    PayloadTooLargeError,
    PreconditionFailedError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
    UploadStalledError,
)
from backend.operations import load_query, operation
from backend.schemas.revisions import UploadFormSchema, UploadQuerySchema
from backend.schemas.shares import (
    CreatedShareSchema,
    NewShareSchema,
    ShareSchema,
    SharesQuerySchema,
    SharesSchema,
    TitleSchema,
)
from backend.services.revisions import Accepted
from backend.services.shares import NewShare, SeenShare, ShareService, Wanted
from backend.views.body import BodyView
from backend.views.uploading import UploadingView

CHANGE_ERRORS = (UnauthorizedError, ForbiddenError, NotFoundError, PreconditionFailedError)
BODY_ERRORS = (
    BadRequestError,
    MalformedBodyError,
    UploadStalledError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
)
UPLOAD_ERRORS = (EmptyFileError, MissingFileError, *BODY_ERRORS, IdempotencyMismatchError)


class SharesView(UploadingView):
    """All the shares of the caller."""

    shares: ShareService

    @operation(
        summary="List the caller's shares",
        tag="shares",
        query=SharesQuerySchema,
        response=SharesSchema,
        errors=(UnauthorizedError,),
        credentials="optional",
    )
    async def get(self) -> None:
        query = self.load_query()
        found = await self.shares.of(self.principal, **query)
        self.send_response({"shares": [SeenShare(share, may_edit=True) for share in found]})

    @operation(
        summary="Make a share from a file",
        description="The body is the file itself (with `?filename=`), a multipart form with a part "
        "named `file`, or a JSON document that makes an empty share.",
        tag="shares",
        query=UploadQuerySchema,
        request={
            "application/octet-stream": None,
            "multipart/form-data": UploadFormSchema,
            "application/json": NewShareSchema,
        },
        response=CreatedShareSchema,
        status=201,
        errors=UPLOAD_ERRORS,
        credentials="optional",
        uploads=True,
        tagged=True,
    )
    async def post(self) -> None:
        if self.is_document():
            made: NewShare | Accepted = await self.shares.create(self.wanted())
        else:
            made = await self.accept(None)
        self.set_header("Location", f"/api/v1/shares/{made.share.id}")
        self.send_response(made, etag=SeenShare(made.share, may_edit=True).etag)

    def wanted(self) -> Wanted:
        """The empty share that a JSON document asks for."""
        title = self.load_body()["title"]
        # A file's options mean nothing here, but a parameter nobody knows is refused all the same.
        load_query(UploadQuerySchema, self.request.query_arguments)
        key, principal = self.idempotency_key(), self.principal
        return Wanted(
            title=title,
            principal=principal,
            session_id=self.begin_session(),
            idempotency_key=key,
        )


class ShareView(BodyView):
    """One share."""

    shares: ShareService

    @operation(
        summary="Read a share",
        tag="shares",
        response=ShareSchema,
        errors=(NotFoundError,),
        credentials="optional",
        not_modified=True,
    )
    async def get(self, share_id: str) -> None:
        seen = await self.shares.see(share_id, self.principal)
        self.set_header("Cache-Control", "private, no-cache")
        self.send_response(seen, etag=seen.etag)

    @operation(
        summary="Rename a share",
        tag="shares",
        request={"application/json": TitleSchema},
        response=ShareSchema,
        errors=(*CHANGE_ERRORS, *BODY_ERRORS),
        credentials="required",
        conditional=True,
        tagged=True,
    )
    async def patch(self, share_id: str) -> None:
        title = self.load_body()["title"]
        version = self.expected_version()
        seen = await self.shares.rename(share_id, title, self.principal, version)
        self.send_response(seen, etag=seen.etag)

    @operation(
        summary="Delete a share",
        tag="shares",
        status=204,
        errors=CHANGE_ERRORS,
        credentials="required",
        conditional=True,
    )
    async def delete(self, share_id: str) -> None:
        self.body_arrived()
        await self.shares.delete(share_id, self.principal, self.expected_version())
        self.send_response()
