"""What both upload resources share: a file becomes a revision, of a new share or of theirs."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from backend.schemas.revisions import ReadingOptionsSchema
from backend.services.revisions import Accepted, Delivery, RevisionService
from backend.services.uploads import Upload, UploadService
from backend.views.intake import Begin
from backend.views.taking import UNNAMED, TakingView

WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?([0-9]{1,9})\"?\s*(?:[,;]|$)", re.IGNORECASE)


class UploadingView(TakingView[Upload]):
    """Streams a file into an upload while it comes."""

    uploads: UploadService
    revisions: RevisionService

    def receiver(self, said: dict[str, Any]) -> Begin[Upload]:
        return partial(self.uploads.begin, ReadingOptionsSchema.options(said))

    async def accept(self, share_id: str | None) -> Accepted:
        """The finished upload as a revision, waited for where `Prefer: wait` asks so."""
        upload, said = await self.taken()
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
        return await self.settle(accepted)

    async def settle(self, accepted: Accepted) -> Accepted:
        """The same, waited for where `Prefer: wait` asks so."""
        wait_s = self._wait_s()
        return await self.revisions.settled(accepted, wait_s) if wait_s else accepted

    async def check(self) -> None:
        await super().check()
        self.idempotency_key()

    def _wait_s(self) -> float:
        """The seconds that `Prefer: wait=10` asks for (RFC 7240), within our own limit."""
        prefer = ",".join(self.request.headers.get_list("Prefer"))
        found = WAIT.search(prefer)
        if found is None:
            return 0.0
        seconds = min(int(found[1]), int(self.config.max_wait_s))
        self.set_header("Preference-Applied", f"wait={seconds}")
        return float(seconds)
