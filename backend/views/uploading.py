"""What both upload resources share: a body that is a file, or a form with one, or a document."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from backend.errors import BadRequestError, PayloadTooLargeError
from backend.operations import load_query
from backend.schemas.revisions import ReadingOptionsSchema, UploadQuerySchema
from backend.services.revisions import Accepted, Delivery, RevisionService
from backend.services.uploads import UploadService
from backend.views.body import BodyView
from backend.views.intake import FormIntake, Intake, RawIntake

DOCUMENT = "application/json"
FORM = "multipart/form-data"
UNNAMED = "upload"


class UploadingView(BodyView):
    """Streams a file into an upload while it comes; nothing of it is left when it is refused."""

    uploads: UploadService
    revisions: RevisionService
    intake: Intake | None = None

    async def admit(self) -> None:
        if self.request.method != "POST" or self.is_document():
            return
        length = int(self.request.headers.get("Content-Length", "0"))
        limit = self.config.max_upload_bytes
        if length > limit + self.config.max_json_bytes:
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
        session = self.begin_session() if share_id is None else self.principal.session
        filename = self._filename(said)
        delivery = Delivery(
            blob=await upload.finish(),
            filename=filename,
            options=ReadingOptionsSchema.options(said),
            share_id=share_id,
            title=said.get("title") or filename[: self.config.max_title_characters],
            principal=self.principal,
            session_id=session,
            expected_version=self.expected_version(),
            idempotency_key=self._idempotency_key(),
        )
        accepted = await self.revisions.accept(delivery)
        wait_s = self._wait_s()
        return await self.revisions.settled(accepted, wait_s) if wait_s else accepted

    async def _check_form(self) -> None:
        """Everything that can be wrong is found before the bytes are made durable."""
        assert self.intake is not None
        await self.intake.finish()
        self._said()
        self._idempotency_key()

    def _said(self) -> dict[str, Any]:
        """What was said with the upload, in the query and in the form."""
        assert self.intake is not None
        arguments = {name: list(given) for name, given in self.request.query_arguments.items()}
        for name, value in self.intake.fields.items():
            arguments.setdefault(name, []).append(value.encode())
        said: dict[str, Any] = load_query(UploadQuerySchema, arguments)
        return said

    def _filename(self, said: dict[str, Any]) -> str:
        assert self.intake is not None
        given = said.get("filename") or self.intake.filename or self._disposition() or UNNAMED
        # Some browsers and programs send a whole path; the last part is the name.
        name = re.split(r"[/\\]", given)[-1].strip() or UNNAMED
        return "".join(c for c in name if c.isprintable())[: self.config.max_filename_characters]

    def _disposition(self) -> str | None:
        header = self.request.headers.get("Content-Disposition", "")
        found = re.search(r"filename\*=UTF-8''([^;]+)", header, re.IGNORECASE)
        if found:
            return unquote(found[1])
        found = re.search(r'filename="?([^";]+)"?', header, re.IGNORECASE)
        return found[1] if found else None

    def _idempotency_key(self) -> str | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is not None and not (1 <= len(key) <= 255 and key.isprintable()):
            raise BadRequestError("An Idempotency-Key has 1 to 255 visible characters.")
        return key

    def _wait_s(self) -> float:
        """The seconds that `Prefer: wait=10` asks for (RFC 7240), within our own limit."""
        prefer = ",".join(self.request.headers.get_list("Prefer"))
        found = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})", prefer, re.IGNORECASE)
        if found is None:
            return 0.0
        self.set_header("Preference-Applied", f"wait={found[1]}")
        return min(float(found[1]), self.config.max_wait_s)
