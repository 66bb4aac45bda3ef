"""What the server says of itself."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, fields

from backend.errors import catalogue


class StatusSchema(Schema):
    """Whether the process answers, or can serve."""

    status = fields.String(required=True)
    process = fields.Integer(
        required=True,
        metadata={"description": "Which of the processes of this server has answered, from 1."},
    )


class LimitsSchema(Schema):
    """The limits a client may want to know beforehand. Sizes are bytes."""

    max_upload_bytes = fields.Integer(required=True)
    max_page_rows = fields.Integer(required=True)
    default_page_rows = fields.Integer(required=True)
    max_page_bytes = fields.Integer(required=True)
    max_title_characters = fields.Integer(required=True)
    max_wait_s = fields.Float(required=True)
    max_shares_per_channel = fields.Integer(required=True)


class BlameSchema(Schema):
    """One thing that is wrong: a parameter, or a cell of the file."""

    class Meta:
        unknown = INCLUDE

    parameter = fields.String()
    detail = fields.String()
    code = fields.String()
    sheet = fields.String(allow_none=True)
    row = fields.Integer(allow_none=True)
    column = fields.String(allow_none=True)
    value = fields.String(allow_none=True)


class ProblemSchema(Schema):
    """RFC 9457 problem details. Some codes add members of their own, such as `limit` or `state`."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(
        required=True, metadata={"description": "Leads to the meaning of the code."}
    )
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "What is wrong, for a person."})
    code = fields.String(
        required=True,
        metadata={"description": "Stable.", "enum": [error.code for error in catalogue()]},
    )
    errors = fields.List(
        fields.Nested(BlameSchema), metadata={"description": "The first twenty, where it helps."}
    )
    errors_total = fields.Integer(metadata={"description": "How many there are in all."})
