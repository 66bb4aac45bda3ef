"""Resumable uploads: what is said of a file with tus, and how far it is as JSON."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, pre_dump, pre_load, validate

from backend.errors import BadRequestError
from backend.schemas.fields import Moment
from backend.schemas.revisions import OptionsSchema, UploadQuerySchema
from backend.schemas.shares import ShareSchema
from backend.services.announcing import Begun
from backend.services.resumable import UploadState
from backend.services.shares import SeenShare


class UploadMetadataSchema(UploadQuerySchema):
    """The keys of Upload-Metadata that mean something here; clients send others of their own."""

    class Meta:
        unknown = EXCLUDE

    share = fields.String(validate=validate.Regexp(r"[A-Za-z0-9_-]{1,64}\Z"))

    @pre_load
    def rename(self, said: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Some clients call the file's name `name`. What is empty was not said, save a quote."""
        if "filename" not in said and "name" in said:
            said["filename"] = said["name"]
        return {key: value for key, value in said.items() if value or key == "quote"}


def read_metadata(header: str) -> dict[str, list[bytes]]:
    """The pairs of an Upload-Metadata header: `key base64,key base64`. Raises BadRequestError."""
    pairs: dict[str, list[bytes]] = {}
    for pair in header.split(",") if header.strip() else []:
        key, _, encoded = pair.strip().partition(" ")
        if not key or key in pairs:
            raise BadRequestError("Upload-Metadata has a key twice, or a pair without a key.")
        try:
            pairs[key] = [base64.b64decode(encoded.strip(), validate=True)]
        except binascii.Error as error:
            raise BadRequestError(f"Upload-Metadata: {key!r} is not Base64.") from error
    return pairs


class UploadLinksSchema(Schema):
    """Addresses of what belongs to an upload."""

    self = fields.String(required=True)
    share = fields.String(required=True)
    page = fields.String(required=True, metadata={"description": "The page for people."})
    revision = fields.String(required=True, allow_none=True)


class UploadSchema(Schema):
    """How far an upload is."""

    upload = fields.String(required=True, metadata={"description": "Its id, which is a secret."})
    share = fields.String(required=True)
    offset = fields.Integer(required=True, metadata={"description": "Bytes that are durable."})
    size = fields.Integer(required=True)
    filename = fields.String(required=True)
    options = fields.Nested(OptionsSchema, required=True)
    created_at = Moment(required=True, metadata={"format": "date-time"})
    expires_at = Moment(
        required=True,
        metadata={"format": "date-time", "description": "Moves on whenever bytes come."},
    )
    revision = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The number of the revision it became; null before."},
    )
    links = fields.Nested(UploadLinksSchema, required=True)

    @pre_dump
    def flatten(self, state: UploadState, **_: Any) -> dict[str, Any]:
        """From the state to the fields."""
        upload = state.upload
        share = f"/api/v1/shares/{upload.share_id}"
        number = upload.revision
        return {
            "upload": upload.id,
            "share": upload.share_id,
            "offset": state.offset,
            "size": upload.size,
            "filename": upload.filename,
            "options": upload.options.given(),
            "created_at": upload.created_at,
            "expires_at": upload.expires_at,
            "revision": number,
            "links": {
                "self": f"/api/v1/uploads/{upload.id}",
                "share": share,
                "page": f"/s/{upload.share_id}",
                "revision": None if number is None else f"{share}/revisions/{number}",
            },
        }


class BegunUploadSchema(Schema):
    """An upload just begun. Clients that speak nothing but tus need none of this."""

    upload = fields.String(required=True, metadata={"description": "Its id, which is a secret."})
    share = fields.Nested(ShareSchema, required=True)
    edit_token = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of a share that was made for this upload; else null."},
    )

    @pre_dump
    def flatten(self, begun: Begun, **_: Any) -> dict[str, Any]:
        """From what the service began to the fields."""
        return {
            "upload": begun.upload.id,
            "share": SeenShare(begun.share, may_edit=True),
            "edit_token": begun.edit_token,
        }
