"""Revisions as JSON, and what may be said with an upload."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_dump, validate

from backend.config import Config
from backend.domain import ColumnType, ReadingOptions, Revision, RevisionState
from backend.schemas.fields import Line, Lines, Moment, WholeNumber

NAMED_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
BREAKS = r"\r\n\u0000"


class ColumnSchema(Schema):
    """A column: `key` is its name in this API, `name` its header as uploaded."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.Enum(ColumnType, by_value=True, required=True)
    nulls = fields.Integer(required=True)
    generated = fields.Boolean(
        required=True, metadata={"description": "Whether the file has no header for it."}
    )


class SheetSchema(Schema):
    """One table of a revision."""

    index = fields.Integer(required=True)
    name = fields.String(required=True)
    rows = fields.Integer(required=True)
    columns = fields.List(fields.Nested(ColumnSchema), required=True)


class CellProblemSchema(Schema):
    """Where in the file something is wrong."""

    code = fields.String(required=True)
    sheet = fields.String(allow_none=True)
    row = fields.Integer(allow_none=True)
    column = fields.String(allow_none=True)
    value = fields.String(allow_none=True)


class FailureSchema(Schema):
    """Why a revision could not be read."""

    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(CellProblemSchema), required=True)


class ProgressSchema(Schema):
    """How far the reading is."""

    rows = fields.Integer(required=True)
    fraction = fields.Float(required=True, allow_none=True)


class RevisionLinksSchema(Schema):
    """Addresses of what belongs to a revision."""

    self = fields.String(required=True)
    rows = fields.String(required=True)
    original = fields.String(required=True)


class OptionsSchema(Schema):
    """How the file was asked to be read; what is absent was detected."""

    encoding = fields.String()
    delimiter = fields.String()
    quote = fields.String()
    header_row = fields.Raw(metadata={"anyOf": [{"type": "integer"}, {"type": "string"}]})
    sheet = fields.String()


class RevisionSchema(Schema):
    """What one complete upload made of a share."""

    share = fields.String(required=True, attribute="share_id")
    number = fields.Integer(required=True)
    state = fields.Enum(RevisionState, by_value=True, required=True)
    filename = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes of the original."})
    sha256 = fields.String(required=True)
    created_at = Moment(required=True, metadata={"format": "date-time"})
    finished_at = Moment(required=True, allow_none=True, metadata={"format": "date-time"})
    options = fields.Nested(OptionsSchema, required=True)
    progress = fields.Nested(ProgressSchema, required=True, allow_none=True)
    failure = fields.Nested(FailureSchema, required=True, allow_none=True)
    report = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "What was detected and repaired; see docs/reading.md."},
    )
    sheets = fields.List(fields.Nested(SheetSchema), required=True)
    links = fields.Nested(RevisionLinksSchema, required=True)

    @pre_dump
    def flatten(self, revision: Revision, **_: Any) -> dict[str, Any]:
        """From the revision to the fields."""
        address = f"/api/v1/shares/{revision.share_id}/revisions/{revision.number}"
        document = {name: getattr(revision, name) for name in revision.__slots__}
        document["options"] = revision.options.given()
        document["links"] = {
            "self": address,
            "rows": f"{address}/rows",
            "original": f"{address}/original",
        }
        return document


class HistoryQuerySchema(Schema):
    """Which part of a share's history."""

    limit = WholeNumber(load_default=20, validate=validate.Range(1, 100))
    before = WholeNumber(load_default=None, validate=validate.Range(1, 2**31 - 1))


class HistorySchema(Schema):
    """The revisions of a share, newest first."""

    revisions = fields.List(fields.Nested(RevisionSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ReadingOptionsSchema(Schema):
    """How to read the file. Everything is detected unless it is given here."""

    encoding = Line(
        1, 40, metadata={"description": "As Python names it: utf-8, cp1252, shift_jis, …"}
    )
    delimiter = fields.String(
        validate=validate.Length(1, 9),
        metadata={
            "description": "One character, or tab, comma, semicolon, pipe, space.",
            "pattern": rf"^([^{BREAKS}]|tab|comma|semicolon|pipe|space)$",
        },
    )
    quote = fields.String(
        validate=[validate.Length(0, 1), validate.NoneOf(["\r", "\n", "\0"])],
        metadata={
            "description": "One character; empty: none.",
            "pattern": rf"^[^{BREAKS}]?$",
        },
    )
    header_row = Lines(
        most=10,
        largest=1_000_000,
        metadata={
            "description": "The 1-based line of the header; 0: there is none; 2-4: these lines "
            "are joined into one header."
        },
    )
    sheet = Line(1, 255, metadata={"description": "The name of the sheet to read."})

    @post_load
    def normalize(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Delimiters by name become the character they name."""
        delimiter = loaded.get("delimiter")
        if delimiter is not None:
            delimiter = NAMED_DELIMITERS.get(delimiter.lower(), delimiter)
            if len(delimiter) != 1 or delimiter in "\r\n\0":
                raise ValidationError("Give one character or its name.", "delimiter")
            loaded["delimiter"] = delimiter
        return loaded

    @staticmethod
    def options(loaded: dict[str, Any]) -> ReadingOptions:
        """The options among the loaded fields."""
        names = ReadingOptions.__slots__
        return ReadingOptions(**{name: loaded[name] for name in names if name in loaded})


class UploadQuerySchema(ReadingOptionsSchema):
    """What may be said with an upload, in the query or as form fields before or after the file."""

    filename = Line(
        1,
        Config.max_filename_characters,
        metadata={"description": "The name of the file; of a path the last part is kept."},
    )
    title = Line(
        1,
        Config.max_title_characters,
        visible=True,
        metadata={"description": "The title of a new share; the file's name unless told."},
    )


class UploadFormSchema(UploadQuerySchema):
    """A multipart form with one file."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
