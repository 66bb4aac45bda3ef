"""Summaries: the query that asks for one, and what each column of the answer says."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load

from backend.schemas.pages import PageColumnSchema
from backend.schemas.row_queries import UNKNOWN, RowQuerySchema
from backend.services.summaries import SummaryQuery

OF_ORDER = ("sort", "collate")
"""A summary has no order."""


class SummaryQuerySchema(RowQuerySchema):
    """Which columns of which rows."""

    class Meta(RowQuerySchema.Meta):
        exclude = OF_ORDER

    @post_load
    def build(self, loaded: dict[str, Any], **_: Any) -> SummaryQuery:
        """The frozen query."""
        if unknown := {name: [UNKNOWN] for name in OF_ORDER if name in loaded}:
            raise ValidationError(unknown)
        known = {"sheet", "sheet_index", "columns"}
        rows = self.take_wanted({**loaded, "sort": (), "collate": "codepoint"}, known)
        return SummaryQuery(**{name: loaded[name] for name in known}, rows=rows)


class TopValueSchema(Schema):
    """A frequent text."""

    value = fields.String(required=True)
    value_length = fields.Integer(
        metadata={"description": "Only where `value` is no more than the beginning of the text."}
    )
    count = fields.Integer(required=True)


class HistogramSchema(Schema):
    """At most 20 bins. A bin holds its lower edge and not its upper one; the last one both."""

    edges = fields.List(
        fields.Raw(),
        required=True,
        metadata={"description": "As cells of the column are written; one more than `counts`."},
    )
    counts = fields.List(fields.Integer(), required=True)


class ColumnSummarySchema(PageColumnSchema):
    """What a column holds. Only `count`, `nulls`, `distinct`, `min` and `max` are there always."""

    count = fields.Integer(
        required=True, metadata={"description": "Cells that are neither null nor NaN."}
    )
    nulls = fields.Integer(required=True)
    nan = fields.Integer(metadata={"description": "Where there are any; they count as missing."})
    distinct = fields.Integer(required=True, metadata={"description": "Exact."})
    min = fields.Raw(
        required=True,
        allow_none=True,
        metadata={"description": "As a cell of the column; text is compared by code point."},
    )
    max = fields.Raw(required=True, allow_none=True)
    min_length = fields.Integer(
        metadata={"description": "Only where `min` is no more than the beginning of the text."}
    )
    max_length = fields.Integer()
    mean = fields.Raw(
        allow_none=True, metadata={"description": "A number, or the text Infinity or -Infinity."}
    )
    std = fields.Float(
        allow_none=True,
        metadata={"description": "Of a sample (n - 1); null where there are fewer than two."},
    )
    quartiles = fields.List(
        fields.Raw(allow_none=True),
        allow_none=True,
        metadata={"description": "At 25, 50 and 75 %, between two values by linear interpolation."},
    )
    histogram = fields.Nested(HistogramSchema, allow_none=True)
    true = fields.Integer()
    false = fields.Integer()
    shortest = fields.Integer(allow_none=True, metadata={"description": "In code points."})
    longest = fields.Integer(allow_none=True)
    top = fields.List(
        fields.Nested(TopValueSchema),
        metadata={"description": "The 20 most frequent texts; equal counts by code point."},
    )


class SummarySchema(Schema):
    """A summary of the columns of one sheet."""

    share = fields.String(required=True)
    revision = fields.Integer(required=True)
    sheet_index = fields.Integer(required=True)
    total = fields.Integer(required=True, metadata={"description": "How many rows were looked at."})
    columns = fields.List(fields.Nested(ColumnSummarySchema), required=True)
