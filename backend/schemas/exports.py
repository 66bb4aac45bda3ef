"""Exports: the query that asks for one."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from backend.schemas.row_queries import RowQuerySchema
from backend.services.exports import ExportQuery


class ExportQuerySchema(RowQuerySchema):
    """Which rows and columns of which sheet, and how text is written."""

    raw = fields.String(
        load_default="false",
        validate=validate.OneOf(["true", "false"]),
        metadata={
            "description": "`true`: text that a spreadsheet program would run as a formula is "
            "exported as it is. It matters for csv, tsv and xlsx."
        },
    )

    @post_load
    def build(self, loaded: dict[str, Any], **_: Any) -> ExportQuery:
        """The frozen query."""
        wanted = self.take_wanted(loaded, set(self.fields))
        return ExportQuery(rows=wanted, **{**loaded, "raw": loaded["raw"] == "true"})
