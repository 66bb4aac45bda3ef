"""Revisions over HTTP: history, one revision, and a new one from a file."""

from __future__ import annotations

from backend.errors import NotFoundError, NothingToRestoreError
from backend.operations import operation
from backend.schemas.rereading import RereadingSchema
from backend.schemas.revisions import (
    HistoryQuerySchema,
    HistorySchema,
    ReadingOptionsSchema,
    RevisionSchema,
    UploadFormSchema,
    UploadQuerySchema,
)
from backend.services.revisions import Accepted, RevisionService
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
        expected = self.expected_version()
        if self.idempotency_key() is not None:
            expected = None  # this may be a retry of what made the newer version: the commit tells
        await self.revisions.admit(self.path_kwargs["share_id"], self.principal, expected)

    @operation(
        summary="Make a new revision",
        description="The body is the file itself (with `?filename=`), a multipart form with a part "
        "named `file`, or a JSON document that makes a revision from an earlier one: "
        "`from_revision` reads its stored original again with other `options`, `restore` makes "
        "what it holds the newest again. The link stays the same.",
        tag="revisions",
        query=UploadQuerySchema,
        request={
            "application/octet-stream": None,
            "multipart/form-data": UploadFormSchema,
            "application/json": RereadingSchema,
        },
        response=RevisionSchema,
        status=201,
        errors=(*CHANGE_ERRORS, *UPLOAD_ERRORS, NothingToRestoreError),
        credentials="required",
        conditional=True,
        uploads=True,
    )
    async def post(self, share_id: str) -> None:
        accepted = await (self.remake(share_id) if self.is_document() else self.accept(share_id))
        address = f"/api/v1/shares/{share_id}/revisions/{accepted.revision.number}"
        self.set_header("Location", address)
        self.send_response(accepted.revision)

    async def remake(self, share_id: str) -> Accepted:
        """A revision from an earlier one: restored, or its original read with other options."""
        wanted = self.load_body()
        who, version = self.principal, self.expected_version()
        if "restore" in wanted:
            return await self.revisions.restore(share_id, wanted["restore"], who, version)
        options = ReadingOptionsSchema.options(wanted.get("options", {}))
        number = wanted["from_revision"]
        accepted = await self.revisions.read_again(share_id, number, options, who, version)
        return await self.settle(accepted)


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
