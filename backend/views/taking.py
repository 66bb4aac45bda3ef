"""Taking a file with a request: streamed in while it comes, with what is said about it."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, ClassVar, Generic
from urllib.parse import unquote

from backend.errors import PayloadTooLargeError
from backend.operations import load_query
from backend.schemas.revisions import UploadQuerySchema
from backend.views.body import BodyView
from backend.views.intake import Begin, FormIntake, Intake, R, RawIntake

DOCUMENT = "application/json"
FORM = "multipart/form-data"
UNNAMED = "upload"


class TakingView(BodyView, Generic[R]):
    """Streams a file into a receiver; nothing of it is left when the request is refused."""

    query_schema: ClassVar[type[UploadQuerySchema]] = UploadQuerySchema
    intake: Intake[R] | None = None

    @abstractmethod
    def receiver(self, said: dict[str, Any]) -> Begin[R]:
        """What makes a receiver of the bytes; `said` is what the query says of the file."""

    async def admit(self) -> None:
        if self.request.method != "POST" or self.is_document():
            return
        # What is no length at all ends the connection before any body is read.
        length = self.request.headers.get("Content-Length", "")
        limit = self.config.max_upload_bytes
        if length.isdecimal() and int(length[:20]) > limit + self.config.max_json_bytes:
            raise PayloadTooLargeError(f"A file may have at most {limit} bytes.", limit=limit)
        said = load_query(self.query_schema, self.request.query_arguments)
        await self.admit_upload()
        content_type = self.request.headers.get("Content-Type", "")
        is_form = self.media_type() == FORM
        begin = self.receiver(said)
        self.intake = FormIntake(begin, content_type) if is_form else RawIntake(begin)

    async def admit_upload(self) -> None:
        """Refuse an upload from its headers alone."""

    def is_document(self) -> bool:
        """Whether the body is JSON about an upload rather than one. A named file never is."""
        return self.media_type() == DOCUMENT and "filename" not in self.request.query_arguments

    async def take(self, chunk: bytes) -> None:
        if self.intake is None:
            await super().take(chunk)
        else:
            await self.intake.take(chunk)

    async def give_up(self) -> None:
        await super().give_up()
        if self.intake is not None:
            await self.intake.abandon()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self.intake is not None:
            self.traffic.spawn(self.intake.abandon())

    async def taken(self) -> tuple[R, dict[str, Any]]:
        """The receiver with all its bytes, and what was said with them."""
        self.body_arrived()
        assert self.intake is not None
        await self.refusing(self.check)
        self.body_arrived()
        return await self.intake.finish(), self.said()

    async def check(self) -> None:
        """Everything that can be wrong is found before the bytes are used."""
        assert self.intake is not None
        await self.intake.finish()
        self.said()

    def said(self) -> dict[str, Any]:
        """What was said with the upload, in the query, in the form and in headers."""
        assert self.intake is not None
        arguments = {name: list(given) for name, given in self.request.query_arguments.items()}
        for name, value in self.intake.fields.items():
            arguments.setdefault(name, []).append(value.encode())
        given_name = self.intake.filename or self._disposition()
        if given_name and "filename" not in arguments:
            arguments["filename"] = [last_part(given_name).encode()]
        said: dict[str, Any] = load_query(self.query_schema, arguments)
        if "filename" in said:
            said["filename"] = last_part(said["filename"])
        return said

    def _disposition(self) -> str | None:
        header = self.request.headers.get("Content-Disposition", "")
        found = re.search(r"filename\*=UTF-8''([^;]+)", header, re.IGNORECASE)
        if found:
            return unquote(found[1])
        found = re.search(r'filename="?([^";]+)"?', header, re.IGNORECASE)
        # the framework reads headers as Latin-1; what was sent is UTF-8 more often than not
        return found[1].encode("latin-1", "replace").decode("utf-8", "replace") if found else None


def last_part(name: str) -> str:
    """Some browsers and programs send a whole path; the last part is the name."""
    return re.split(r"[/\\]", name)[-1].strip() or UNNAMED
