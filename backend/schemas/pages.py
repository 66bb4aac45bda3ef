"""Pages: the query that asks for one. The answer is encoded by the service, once."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from backend.config import Config
from backend.domain import ColumnType, PageQuery
from backend.schemas.fields import WholeNumber
from backend.schemas.row_queries import RowQuerySchema
from backend.services.pages import RowsQuery


class RowsQuerySchema(RowQuerySchema):
    """A slice of the rows of one sheet, or of those rows that the filters leave, in an order."""

    offset = WholeNumber(load_default=0, validate=validate.Range(0, 2**53))
    limit = WholeNumber(
        load_default=Config.default_page_rows, validate=validate.Range(1, Config.max_page_rows)
    )
    shape = fields.String(load_default="objects", validate=validate.OneOf(["objects", "arrays"]))
    values = fields.String(
        load_default="typed",
        validate=validate.OneOf(["typed", "text"]),
        metadata={"description": "`text`: every cell exactly as it was written in the file."},
    )

    @post_load
    def build(self, loaded: dict[str, Any], **_: Any) -> RowsQuery:
        """The frozen query."""
        wanted = self.take_wanted(loaded, set(self.fields))
        sheet, sheet_index = loaded.pop("sheet"), loaded.pop("sheet_index")
        page = PageQuery(**loaded)
        return RowsQuery(sheet=sheet, sheet_index=sheet_index, page=page, wanted=wanted)


class PageColumnSchema(Schema):
    """A column of a page."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.Enum(ColumnType, by_value=True, required=True)
    integers_as_strings = fields.Boolean(
        metadata={"description": "True where an integer is beyond ±2^53: all are sent as strings."}
    )


class PageSchema(Schema):
    """One page."""

    share = fields.String(required=True)
    revision = fields.Integer(required=True)
    sheet_index = fields.Integer(required=True)
    offset = fields.Integer(required=True)
    total = fields.Integer(required=True)
    columns = fields.List(fields.Nested(PageColumnSchema), required=True)
    rows = fields.List(
        fields.Raw(),
        required=True,
        metadata={"description": "Objects by column key, or arrays in the order of `columns`."},
    )
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The following page of the same revision."},
    )
