"""Presenter mode over HTTP: who may edit leads, and everyone may follow."""

from __future__ import annotations

from backend.errors import ForbiddenError, NotFoundError, UnauthorizedError
from backend.operations import operation
from backend.schemas.presenters import PositionSchema, PresenterSchema
from backend.services.presenting import PresentingService
from backend.views.body import BodyView
from backend.views.shares import BODY_ERRORS

LEAD_ERRORS = (UnauthorizedError, ForbiddenError, NotFoundError)


class PresenterView(BodyView):
    """What is presented of a share: a lease that ends by itself."""

    presenting: PresentingService

    @operation(
        summary="Read what is presented",
        tag="presenter",
        response=PresenterSchema,
        errors=(NotFoundError,),
        not_modified=True,
    )
    async def get(self, share_id: str) -> None:
        presenter = await self.presenting.see(share_id)
        self.set_header("Cache-Control", "no-cache")
        self.send_response(presenter, etag=self.presenting.etag(presenter))

    @operation(
        summary="Show a position to all who follow",
        description="Whoever comes last wins. Say it again before the lease ends to go on.",
        tag="presenter",
        request={"application/json": PositionSchema},
        response=PresenterSchema,
        errors=(*LEAD_ERRORS, *BODY_ERRORS),
        credentials="required",
        tagged=True,
    )
    async def put(self, share_id: str) -> None:
        position = self.load_body()
        presenter = await self.presenting.present(share_id, position, self.principal)
        self.send_response(presenter, etag=self.presenting.etag(presenter))

    @operation(
        summary="Present no longer",
        tag="presenter",
        status=204,
        errors=LEAD_ERRORS,
        credentials="required",
    )
    async def delete(self, share_id: str) -> None:
        self.body_arrived()
        await self.presenting.end(share_id, self.principal)
        self.send_response()
