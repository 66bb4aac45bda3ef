"""A new revision from an earlier one: read again with other options, or restored as it was."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from backend.schemas.fields import WholeNumber
from backend.schemas.revisions import ReadingOptionsSchema

NUMBER = validate.Range(1, 2**31 - 1)


class RereadingSchema(Schema):
    """Exactly one of `from_revision` (with `options`) and `restore`."""

    from_revision = WholeNumber(
        validate=NUMBER,
        metadata={"description": "Read the stored original of this revision again."},
    )
    options = fields.Nested(ReadingOptionsSchema)
    restore = WholeNumber(
        validate=NUMBER,
        metadata={"description": "Make what this revision holds the newest again."},
    )

    @validates_schema
    def one_of_both(self, loaded: dict[str, Any], **_: Any) -> None:
        """Refuse both, neither, and options for a restore."""
        if ("from_revision" in loaded) == ("restore" in loaded):
            raise ValidationError("Give from_revision or restore, not both.", "from_revision")
        if "restore" in loaded and "options" in loaded:
            raise ValidationError("A restored revision is not read again.", "options")
