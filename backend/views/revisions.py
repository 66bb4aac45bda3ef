"""Revisions over HTTP: history, one revision, and a new one from a file."""

from __future__ import annotations

from backend.errors import NotFoundError, UnsupportedMediaTypeError
from backend.operations import operation
from backend.schemas.revisions import (
    HistoryQuerySchema,
    HistorySchema,
    RevisionSchema,
    UploadFormSchema,
    UploadQuerySchema,
)
from backend.services.revisions import RevisionService
from backend.views.base import BaseView
from backend.views.shares import CHANGE_ERRORS, UPLOAD_ERRORS
from backend.views.uploading import UploadingView


class RevisionsView(UploadingView):
    """The history of a share."""

    @operation(
        summary="List the revisions of a share, newest first",
        tag="revisions",
        query=HistoryQuerySchema,
        response=HistorySchema,
        errors=(NotFoundError,),
    )
    async def get(self, share_id: str) -> None:
        query = self.load_query()
        found = await self.revisions.history(share_id, **query)
        last = found[-1].number if len(found) == query["limit"] else 1
        address = f"{self.request.path}?before={last}&limit={query['limit']}"
        self.send_response({"revisions": found, "next": address if last > 1 else None})

    async def admit_upload(self) -> None:
        share_id = self.path_kwargs["share_id"]
        await self.revisions.admit(share_id, self.principal, self.expected_version())

    @operation(
        summary="Upload a new revision",
        description="The body is the file itself (with `?filename=`), or a multipart form with a "
        "part named `file`. The link stays the same.",
        tag="revisions",
        query=UploadQuerySchema,
        request={"application/octet-stream": None, "multipart/form-data": UploadFormSchema},
        response=RevisionSchema,
        status=201,
        errors=(*CHANGE_ERRORS, *UPLOAD_ERRORS),
        credentials="required",
        conditional=True,
        uploads=True,
    )
    async def post(self, share_id: str) -> None:
        self.refuse_document()
        accepted = await self.accept(share_id)
        address = f"/api/v1/shares/{share_id}/revisions/{accepted.revision.number}"
        self.set_header("Location", address)
        self.send_response(accepted.revision)

    def refuse_document(self) -> None:
        """JSON about an upload means nothing here; a JSON file is named with `?filename=`."""
        self.body_arrived()
        if self.is_document():
            detail = "Send the file itself; name a JSON file with ?filename=."
            raise UnsupportedMediaTypeError(detail)


class RevisionView(BaseView):
    """One revision."""

    revisions: RevisionService

    @operation(
        summary="Read a revision: its state, its columns, how it was read",
        tag="revisions",
        response=RevisionSchema,
        errors=(NotFoundError,),
    )
    async def get(self, share_id: str, number: str) -> None:
        self.send_response(await self.revisions.get(share_id, int(number)))
