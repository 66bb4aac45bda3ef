"""What docs/api.md says of the change channel and of headers is what the code does.

That every route, error and setting is documented, and no other, is held in test_house.
"""

from __future__ import annotations

import re

from backend.domain import What
from backend.realtime import frames
from backend.schemas.exports import ExportQuerySchema
from backend.schemas.pages import RowsQuerySchema
from backend.schemas.revisions import UploadQuerySchema
from tests.server import ROOT

API = (ROOT / "docs" / "api.md").read_text()
TOO_BIG = 1009
"""Given by the framework."""


def section(title: str) -> str:
    """The text under a heading."""
    return API.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_close_code_is_documented_and_no_other() -> None:
    used = {frames.POLICY, frames.GOING_AWAY, frames.TRY_LATER, frames.TOO_SLOW, TOO_BIG}
    assert set(re.findall(r"^\| `(\d{4})` \|", API, re.MULTILINE)) == {str(code) for code in used}


def test_every_frame_and_everything_that_can_change_is_documented() -> None:
    told = section("Changes")
    assert set(re.findall(r"^\| `([a-z]+)` \|", told, re.MULTILINE)) == {
        "hello",
        "change",
        "viewers",
        "heartbeat",
        "bye",
    }
    assert all(f"`{what}`" in told for what in What)


def test_every_parameter_of_pages_and_uploads_is_documented() -> None:
    pages, uploads = section("Pages"), section("Uploads")
    assert [name for name in RowsQuerySchema().fields if not re.search(rf"`{name}\b", pages)] == []
    assert [n for n in UploadQuerySchema().fields if not re.search(rf"[`?]{n}\b", uploads)] == []


def test_every_parameter_of_exports_is_documented() -> None:
    told = section("Exports")
    assert [n for n in ExportQuerySchema().fields if not re.search(rf"`{n}\b", told)] == []
