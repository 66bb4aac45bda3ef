"""What a presenter shows, as JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, pre_dump, validate

from backend.schemas.fields import CONTROLS, Line, Moment
from backend.services.presenting import Position, Presenter

LONGEST_VIEW = 8_192
GREATEST_OFFSET = 2**53 - 1


class PositionSchema(Schema):
    """What is shown: the first row in sight, of which sheet and revision, in which view."""

    offset = fields.Integer(required=True, strict=True, validate=validate.Range(0, GREATEST_OFFSET))
    sheet_index = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 100_000))
    revision = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 999_999_999),
        metadata={"description": "null: the newest one, whatever it becomes."},
    )
    view = Line(
        0,
        LONGEST_VIEW,
        load_default="",
        pattern=rf"^[^{CONTROLS}]*$",
        metadata={"description": "Sort, filters and search, as in a query string."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Position:
        """The position as a value."""
        return Position(**data)


class PresenterSchema(Schema):
    """Whether a share is presented, and what is shown."""

    presenting = fields.Boolean(required=True)
    position = fields.Nested(PositionSchema, required=True, allow_none=True)
    expires_at = Moment(
        required=True,
        allow_none=True,
        metadata={"format": "date-time", "description": "The lease ends then, unless renewed."},
    )

    @pre_dump
    def flatten(self, presenter: Presenter | None, **_: Any) -> dict[str, Any]:
        """From what is presented, or nothing, to the fields."""
        return {
            "presenting": presenter is not None,
            "position": presenter and presenter.position,
            "expires_at": presenter and presenter.expires_at,
        }
