"""Inspecting over HTTP: what reading a file would give, with nothing kept."""

from __future__ import annotations

from typing import Any

from backend.errors import NotFoundError, NothingYetError, UnavailableError, UploadGoneError
from backend.operations import operation
from backend.schemas.inspection import InspectFormSchema, InspectionSchema, InspectQuerySchema
from backend.schemas.revisions import ReadingOptionsSchema
from backend.services.inspecting import InspectionService, Sample
from backend.services.provisional import ProvisionalService
from backend.views.base import BaseView
from backend.views.intake import Begin
from backend.views.shares import UPLOAD_ERRORS
from backend.views.taking import UNNAMED, TakingView


class InspectView(TakingView[Sample]):
    """A dry run on the first part of a file."""

    query_schema = InspectQuerySchema
    inspecting: InspectionService

    def receiver(self, said: dict[str, Any]) -> Begin[Sample]:  # noqa: ARG002 - said again later
        return self.inspecting.begin

    def is_document(self) -> bool:
        return False  # whatever comes is the file

    @operation(
        summary="See how a file would be read",
        description="The body is a file, or the first part of one (`complete=false`). A file that "
        "cannot be read is an answer whose `failure` says why. Nothing is kept.",
        tag="uploads",
        query=InspectQuerySchema,
        request={"application/octet-stream": None, "multipart/form-data": InspectFormSchema},
        response=InspectionSchema,
        errors=(*UPLOAD_ERRORS, UnavailableError),
    )
    async def post(self) -> None:
        sample, said = await self.taken()
        inspection = await self.inspecting.inspect(
            sample,
            said.get("filename", UNNAMED),
            ReadingOptionsSchema.options(said),
            complete=said["complete"],
        )
        self.send_response(inspection)


class ProvisionalRowsView(BaseView):
    """The beginning of an upload that is still on its way, or being read."""

    provisional: ProvisionalService

    @operation(
        summary="Read the first rows of an upload while it is still on its way",
        tag="uploads",
        response=InspectionSchema,
        errors=(NotFoundError, UploadGoneError, NothingYetError, UnavailableError),
    )
    async def get(self, upload_id: str) -> None:
        self.send_response(await self.provisional.look(upload_id))
