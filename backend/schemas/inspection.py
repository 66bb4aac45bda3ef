"""Inspections as JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, pre_dump

from backend.schemas.revisions import (
    ColumnSchema,
    FailureSchema,
    OptionsSchema,
    UploadQuerySchema,
)
from backend.services.inspecting import Inspection


class InspectQuerySchema(UploadQuerySchema):
    """What may be said with a sample."""

    complete = fields.Boolean(
        load_default=True,
        metadata={"description": "False: the body is the first part of a file, its last line cut."},
    )


class InspectFormSchema(InspectQuerySchema):
    """A multipart form with one file."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class InspectedSheetSchema(Schema):
    """A sheet as it would be read."""

    index = fields.Integer(required=True)
    name = fields.String(required=True)
    rows = fields.Integer(required=True, metadata={"description": "Rows in the part read."})
    columns = fields.List(fields.Nested(ColumnSchema), required=True)
    first_rows = fields.List(
        fields.List(fields.String(allow_none=True)),
        required=True,
        metadata={"description": "At most 50 rows, every cell as it is written in the file."},
    )


class InspectionSchema(Schema):
    """What reading the file would give."""

    complete = fields.Boolean(
        required=True, metadata={"description": "False where only the first part was read."}
    )
    options = fields.Nested(OptionsSchema, required=True)
    report = fields.Dict(required=True, allow_none=True)
    failure = fields.Nested(FailureSchema, required=True, allow_none=True)
    sheets = fields.List(fields.Nested(InspectedSheetSchema), required=True)

    @pre_dump
    def flatten(self, inspection: Inspection, **_: Any) -> dict[str, Any]:
        """From the inspection to the fields."""
        document = {name: getattr(inspection, name) for name in inspection.__slots__}
        document["options"] = inspection.options.given()
        return document
