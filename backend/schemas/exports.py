"""Exports: the query that asks for one."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from backend.schemas.fields import Names, WholeNumber
from backend.schemas.row_queries import RowQuerySchema
from backend.services.exports import ExportQuery


class ExportQuerySchema(RowQuerySchema):
    """Which rows and columns of which sheet, and how text is written."""

    sheet = fields.String(
        load_default=None, metadata={"description": "By name. Not together with `sheet_index`."}
    )
    sheet_index = WholeNumber(
        load_default=None,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "By position among the visible sheets, from 0."},
    )
    columns = Names(
        load_default=None,
        metadata={
            "description": "Column keys, comma-separated; none twice.",
            "pattern": "^[^,]+(,[^,]+)*$",
        },
    )
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
        if loaded["sheet"] is not None and loaded["sheet_index"] is not None:
            raise ValidationError("Give sheet or sheet_index, not both.", "sheet")
        return ExportQuery(rows=wanted, **{**loaded, "raw": loaded["raw"] == "true"})
