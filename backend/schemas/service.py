"""What the server says of itself."""

from __future__ import annotations

from marshmallow import Schema, fields


class StatusSchema(Schema):
    """Whether the process answers, or can serve."""

    status = fields.String(required=True)


class LimitsSchema(Schema):
    """The limits a client may want to know beforehand. Sizes are bytes."""

    max_upload_bytes = fields.Integer(required=True)
    max_page_rows = fields.Integer(required=True)
    default_page_rows = fields.Integer(required=True)
    max_page_bytes = fields.Integer(required=True)
    max_title_characters = fields.Integer(required=True)
    max_wait_s = fields.Float(required=True)
    max_shares_per_channel = fields.Integer(required=True)


class ChangesQuerySchema(Schema):
    """Which shares to watch: `share` may be repeated."""

    share = fields.List(fields.String(), required=True)


class ProblemSchema(Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable; see docs/api.md."})
    errors = fields.List(fields.Dict())
    errors_total = fields.Integer()
