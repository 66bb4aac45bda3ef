"""What the server says of itself: health, limits, figures, and its own description."""

from __future__ import annotations

from backend.operations import operation
from backend.schemas.service import LimitsSchema, StatusSchema
from backend.services.health import HealthService
from backend.services.siblings import Siblings
from backend.services.site import KeptFile
from backend.views.base import BaseView


class HealthView(BaseView):
    """Answers while the process is alive; asks nothing of anyone."""

    siblings: Siblings

    @operation(summary="Is the process alive?", tag="service", response=StatusSchema)
    async def get(self) -> None:
        self.send_response({"status": "ok", "process": self.siblings.number})


class ReadyView(BaseView):
    """Answers 503 when the database does not."""

    health: HealthService
    siblings: Siblings

    @operation(summary="Can the server serve?", tag="service", response=StatusSchema)
    async def get(self) -> None:
        await self.health.check()
        self.send_response({"status": "ok", "process": self.siblings.number})


class LimitsView(BaseView):
    """The limits a client may want to know beforehand."""

    @operation(summary="Read the limits", tag="service", response=LimitsSchema)
    async def get(self) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.send_response(self.config)


class MetricsView(BaseView):
    """Figures for Prometheus, of all the processes that serve here."""

    siblings: Siblings

    @operation(summary="Read the figures", tag="service", produces="text/plain")
    async def get(self) -> None:
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(await self.siblings.figures())


class DescriptionView(BaseView):
    """The OpenAPI document."""

    document: KeptFile
    channel_document: KeptFile

    @operation(summary="Read this document", tag="service", produces="application/yaml")
    async def get(self) -> None:
        self.send_document(self.document)

    def send_document(self, document: KeptFile) -> None:
        """Send a document that describes the server."""
        self.set_header("Cache-Control", "no-cache")
        self.send_kept(document)


class ChannelDescriptionView(DescriptionView):
    """The AsyncAPI document."""

    @operation(
        summary="Read what the change channel sends", tag="service", produces="application/yaml"
    )
    async def get(self) -> None:
        self.send_document(self.channel_document)
