"""Shares as JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, pre_dump, validate

from backend.config import Config
from backend.domain import Share
from backend.schemas.fields import Line, Moment, WholeNumber
from backend.schemas.revisions import RevisionSchema
from backend.services.revisions import Accepted
from backend.services.shares import UNTITLED, NewShare, SeenShare


class LinksSchema(Schema):
    """Addresses of what belongs to a share."""

    self = fields.String(required=True)
    page = fields.String(required=True, metadata={"description": "The page for people."})
    rows = fields.String(required=True)
    revisions = fields.String(required=True)
    changes = fields.String(required=True)
    presenter = fields.String(required=True)


def links(share: Share) -> dict[str, str]:
    """Where the parts of a share are."""
    address = f"/api/v1/shares/{share.id}"
    return {
        "self": address,
        "page": f"/s/{share.id}",
        "rows": f"{address}/rows",
        "revisions": f"{address}/revisions",
        "changes": f"/api/v1/changes?share={share.id}",
        "presenter": f"{address}/presenter",
    }


def as_document(share: Share, may_edit: bool) -> dict[str, Any]:
    """The fields of a share as the schema dumps them."""
    return {
        "id": share.id,
        "title": share.title,
        "version": share.version,
        "access": "edit" if may_edit else "view",
        "head": share.head,
        "latest": share.latest,
        "created_at": share.created_at,
        "updated_at": share.updated_at,
        "links": links(share),
    }


class ShareSchema(Schema):
    """A share as one caller sees it."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "For If-Match."})
    access = fields.String(required=True, validate=validate.OneOf(["edit", "view"]))
    head = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The greatest ready revision; null before there is one."},
    )
    latest = fields.Integer(
        required=True, metadata={"description": "The number of the last accepted revision; or 0."}
    )
    created_at = Moment(required=True, metadata={"format": "date-time"})
    updated_at = Moment(required=True, metadata={"format": "date-time"})
    links = fields.Nested(LinksSchema, required=True)

    @pre_dump
    def flatten(self, seen: SeenShare, **_: Any) -> dict[str, Any]:
        """From what the service saw to the fields."""
        return as_document(seen.share, seen.may_edit)


class CreatedShareSchema(ShareSchema):
    """A share just made: the only answer that tells its edit token."""

    edit_token = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `Authorization: Bearer …` to change the share."},
    )
    revision = fields.Nested(RevisionSchema, required=True, allow_none=True)

    @pre_dump
    def flatten(self, made: NewShare | Accepted, **_: Any) -> dict[str, Any]:
        """From a share made with or without a file to the fields."""
        return {
            **as_document(made.share, may_edit=True),
            "edit_token": made.edit_token,
            "revision": made.revision if isinstance(made, Accepted) else None,
        }


class SharesQuerySchema(Schema):
    """Which of the caller's shares."""

    limit = WholeNumber(load_default=100, validate=validate.Range(1, 1000))
    offset = WholeNumber(load_default=0, validate=validate.Range(0, 1_000_000))


class SharesSchema(Schema):
    """The caller's shares, the one changed last first."""

    shares = fields.List(fields.Nested(ShareSchema), required=True)


class TitleSchema(Schema):
    """A title for a share."""

    title = Line(1, Config.max_title_characters, visible=True, required=True)


class NewShareSchema(Schema):
    """An empty share, whose link exists before its first file."""

    title = Line(1, Config.max_title_characters, visible=True, load_default=UNTITLED)
