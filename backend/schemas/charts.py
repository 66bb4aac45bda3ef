"""Charts: the query that asks for one, and what its marks say."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from backend.schemas.fields import WholeNumber
from backend.schemas.pages import PageColumnSchema
from backend.schemas.row_queries import UNKNOWN, RowQuerySchema
from backend.services.charts import MOST_TOP, ChartQuery, Measure, Period

OF_ROWS = ("sort", "collate", "columns")
"""A chart has no order, and names its columns by x and y."""
FORMS = ("categories", "bins", "periods", "points", "cells")


class ChartQuerySchema(RowQuerySchema):
    """Which columns of which rows, and how."""

    class Meta(RowQuerySchema.Meta):
        exclude = OF_ROWS

    x = fields.String(required=True, metadata={"description": "The key of the column along x."})
    y = fields.String(
        load_default=None,
        metadata={"description": "The key of a column of numbers; without it rows are counted."},
    )
    measure = fields.Enum(
        Measure,
        by_value=True,
        load_default=None,
        metadata={
            "description": "Of the values of y that share a place on x. Unless told `sum`; where "
            "x is a number, too, each row is a point then."
        },
    )
    period = fields.Enum(
        Period,
        by_value=True,
        load_default=None,
        metadata={"description": "Where x is a date or datetime; unless told, the one that fits."},
    )
    top = WholeNumber(
        load_default=None,
        validate=validate.Range(1, MOST_TOP),
        metadata={
            "description": "Where x is text or boolean: so many categories have a mark of their "
            "own, 20 unless told. All others are told together."
        },
    )

    @post_load
    def build(self, loaded: dict[str, Any], **_: Any) -> ChartQuery:
        """The frozen query."""
        if unknown := {name: [UNKNOWN] for name in OF_ROWS if name in loaded}:
            raise ValidationError(unknown)
        known = {"sheet", "sheet_index", "x", "y", "measure", "period", "top"}
        rows = self.take_wanted({**loaded, "sort": (), "collate": "codepoint"}, known)
        return ChartQuery(**{name: loaded[name] for name in known}, rows=rows)


class ChartColumnSchema(PageColumnSchema):
    """A column of a chart, and how many of its cells have no place on an axis."""

    nulls = fields.Integer(required=True)
    nan = fields.Integer(required=True)
    infinite = fields.Integer(required=True)


class ChartGroupSchema(Schema):
    """Rows that are drawn, or told, together."""

    rows = fields.Integer(required=True)
    count = fields.Integer(
        metadata={"description": "Where there is a y: how many of the rows have a finite value."}
    )
    value = fields.Raw(
        allow_none=True,
        metadata={
            "description": "The measure: a number, text where `values_as_strings`, null where "
            "there is nothing to measure. Not in points and cells."
        },
    )


class ChartMarkSchema(ChartGroupSchema):
    """A mark. `x` in categories and points, `from` and `to` in bins, periods and cells."""

    rows = fields.Integer(metadata={"description": "Not in points: each is one row."})
    x = fields.Raw(allow_none=True, metadata={"description": "As a cell of the column."})
    x_length = fields.Integer(
        metadata={"description": "Only where `x` is no more than the beginning of the text."}
    )
    y = fields.Raw(metadata={"description": "In points."})
    y_from = fields.Raw(metadata={"description": "In cells."})
    y_to = fields.Raw(metadata={"description": "In cells."})


# `from` is a word of Python.
ChartMarkSchema._declared_fields["from"] = fields.Raw(
    metadata={
        "description": "A mark holds its lower edge and not its upper one; the last one both."
    }
)
ChartMarkSchema._declared_fields["to"] = fields.Raw()


class ChartOthersSchema(ChartGroupSchema):
    """All categories that have no mark of their own."""

    categories = fields.Integer(required=True)


class ChartSchema(Schema):
    """A chart."""

    share = fields.String(required=True)
    revision = fields.Integer(required=True)
    sheet_index = fields.Integer(required=True)
    form = fields.String(required=True, validate=validate.OneOf(FORMS))
    measure = fields.Enum(Measure, by_value=True, required=True, allow_none=True)
    period = fields.Enum(Period, by_value=True, allow_none=True)
    partial_from = fields.Raw(
        allow_none=True,
        metadata={
            "description": "In periods: the least x, where the first period begins later than "
            "every other that has rows."
        },
    )
    partial_until = fields.Raw(
        allow_none=True,
        metadata={"description": "Likewise the greatest x, where the last period ends earlier."},
    )
    total = fields.Integer(required=True, metadata={"description": "How many rows were looked at."})
    drawn = fields.Integer(
        required=True, metadata={"description": "How many of them lie in a mark or in `others`."}
    )
    x = fields.Nested(ChartColumnSchema, required=True)
    y = fields.Nested(ChartColumnSchema, required=True, allow_none=True)
    values_as_strings = fields.Boolean(
        metadata={"description": "True where a value is an integer beyond ±2^53."}
    )
    marks = fields.List(fields.Nested(ChartMarkSchema), required=True)
    others = fields.Nested(ChartOthersSchema, allow_none=True)
    unplaced = fields.Nested(
        ChartGroupSchema,
        allow_none=True,
        metadata={"description": "Rows whose x has no place: null, NaN or infinite."},
    )
