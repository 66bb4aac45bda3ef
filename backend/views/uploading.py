"""What both upload resources share: a body that is a file, or a form with one, or a document."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from backend.errors import PayloadTooLargeError
from backend.operations import load_query
from backend.schemas.revisions import ReadingOptionsSchema, UploadQuerySchema
from backend.services.revisions import Accepted, Delivery, RevisionService
from backend.services.uploads import UploadService
from backend.views.body import BodyView
from backend.views.intake import FormIntake, Intake, RawIntake

DOCUMENT = "application/json"
FORM = "multipart/form-data"
UNNAMED = "upload"
WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?([0-9]{1,9})\"?\s*(?:[,;]|$)", re.IGNORECASE)


class UploadingView(BodyView):
    """Streams a file into an upload while it comes; nothing of it is left when it is refused."""

    uploads: UploadService
    revisions: RevisionService
    intake: Intake | None = None

    async def admit(self) -> None:
        if self.request.method != "POST" or self.is_document():
            return
        # What is no length at all ends the connection before any body is read.
        length = self.request.headers.get("Content-Length", "")
        limit = self.config.max_upload_bytes
        if length.isdecimal() and int(length[:20]) > limit + self.config.max_json_bytes:
            raise PayloadTooLargeError(f"A file may have at most {limit} bytes.", limit=limit)
        load_query(UploadQuerySchema, self.request.query_arguments)
        await self.admit_upload()
        content_type = self.request.headers.get("Content-Type", "")
        is_form = self.media_type() == FORM
        self.intake = FormIntake(self.uploads, content_type) if is_form else RawIntake(self.uploads)

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

    async def accept(self, share_id: str | None) -> Accepted:
        """The finished upload as a revision, waited for where `Prefer: wait` asks so."""
        self.body_arrived()
        assert self.intake is not None
        await self.refusing(self._check_form)
        self.body_arrived()
        upload = await self.intake.finish()
        said = self._said()
        filename = said.get("filename", UNNAMED)
        principal = self.principal
        delivery = Delivery(
            blob=await upload.finish(),
            filename=filename,
            options=ReadingOptionsSchema.options(said),
            share_id=share_id,
            title=said.get("title") or filename[: self.config.max_title_characters],
            # as it was sent: a retry comes without the cookie that this answer sets
            principal=principal,
            session_id=self.begin_session() if share_id is None else principal.session,
            expected_version=None if share_id is None else self.expected_version(),
            idempotency_key=self.idempotency_key(),
        )
        accepted = await self.revisions.accept(delivery)
        wait_s = self._wait_s()
        return await self.revisions.settled(accepted, wait_s) if wait_s else accepted

    async def _check_form(self) -> None:
        """Everything that can be wrong is found before the bytes are made durable."""
        assert self.intake is not None
        await self.intake.finish()
        self._said()
        self.idempotency_key()

    def _said(self) -> dict[str, Any]:
        """What was said with the upload, in the query, in the form and in headers."""
        assert self.intake is not None
        arguments = {name: list(given) for name, given in self.request.query_arguments.items()}
        for name, value in self.intake.fields.items():
            arguments.setdefault(name, []).append(value.encode())
        given_name = self.intake.filename or self._disposition()
        if given_name and "filename" not in arguments:
            arguments["filename"] = [last_part(given_name).encode()]
        said: dict[str, Any] = load_query(UploadQuerySchema, arguments)
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

    def _wait_s(self) -> float:
        """The seconds that `Prefer: wait=10` asks for (RFC 7240), within our own limit."""
        prefer = ",".join(self.request.headers.get_list("Prefer"))
        found = WAIT.search(prefer)
        if found is None:
            return 0.0
        seconds = min(int(found[1]), int(self.config.max_wait_s))
        self.set_header("Preference-Applied", f"wait={seconds}")
        return float(seconds)


def last_part(name: str) -> str:
    """Some browsers and programs send a whole path; the last part is the name."""
    return re.split(r"[/\\]", name)[-1].strip() or UNNAMED
