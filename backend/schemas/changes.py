"""What may be asked of the change channel, and what a long poll answers."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from backend.domain import What

DEFAULT_WAIT_S = 25.0
SINCE = re.compile(r"([A-Za-z0-9_-]{1,64}):([0-9]{1,18})", re.ASCII)


class Since(fields.String):
    """What a client knows of shares, as in `abc:41,def:7`; loaded as seqs by share id."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        parts = super()._deserialize(value, *args, **kwargs).split(",")
        matches = [SINCE.fullmatch(part) for part in parts]
        known = {match[1]: int(match[2]) for match in matches if match}
        if len(known) != len(parts):
            raise ValidationError("Give each share once with its seq, as in abc:41,def:7.")
        return known


class ChangesQuerySchema(Schema):
    """Which shares to watch; `since` and `wait` are for the long poll."""

    share = fields.List(
        fields.String(validate=validate.Length(1, 64)),
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "A share's id. Repeat it to watch several: `?share=a&share=b`."},
    )
    since = Since(
        load_default=None,
        metadata={
            "description": "The seqs known so far, `abc:41,def:7`; 0 for a share that is gone.",
            "pattern": rf"^{SINCE.pattern}(,{SINCE.pattern})*$",
        },
    )
    wait = fields.Float(
        load_default=DEFAULT_WAIT_S,
        validate=validate.Range(min=0),
        metadata={"description": "How many seconds to wait for news, at most `max_wait_s`."},
    )


VIEWERS = {
    "description": (
        "How many open channels follow the share now, this one among them: WebSockets and event "
        "streams, at all nodes. A long poll is none."
    )
}


class StandingSchema(Schema):
    """Where a share stands: its seq and head revision and who looks, or that it is gone."""

    seq = fields.Integer()
    revision = fields.Integer(allow_none=True)
    viewers = fields.Integer(validate=validate.Range(min=0), metadata=VIEWERS)
    gone = fields.Boolean()


WHATS = [what.value for what in What]


class HelloSchema(Schema):
    """The first frame of every connection: where each share stands."""

    type = fields.String(required=True, validate=validate.OneOf(["hello"]))
    heartbeat_s = fields.Float(
        required=True, metadata={"description": "How many seconds lie between two heartbeats."}
    )
    shares = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(StandingSchema),
        required=True,
        metadata={"description": "By share id. Another seq than the known one means: read again."},
    )


class ChangeSchema(Schema):
    """A share has a new seq: read it again, after a random part of `spread_ms`."""

    type = fields.String(required=True, validate=validate.OneOf(["change"]))
    share = fields.String(required=True, metadata={"description": "The share's id."})
    seq = fields.Integer(required=True, metadata={"description": "Only grows."})
    revision = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The head, if there is one."}
    )
    what = fields.List(fields.String(validate=validate.OneOf(WHATS)), required=True)
    spread_ms = fields.Integer(required=True, validate=validate.Range(min=0))


class ViewersSchema(Schema):
    """Another number of viewers than was told before. The share has not changed: no seq."""

    type = fields.String(required=True, validate=validate.OneOf(["viewers"]))
    share = fields.String(required=True, metadata={"description": "The share's id."})
    viewers = fields.Integer(required=True, validate=validate.Range(min=0), metadata=VIEWERS)


class HeartbeatSchema(Schema):
    """The connection lives. Two missed in a row mean that it does not."""

    type = fields.String(required=True, validate=validate.OneOf(["heartbeat"]))


class ByeSchema(Schema):
    """The last frame: come back after a random time within `retry_ms`."""

    type = fields.String(required=True, validate=validate.OneOf(["bye"]))
    code = fields.Integer(required=True, metadata={"description": "The close code that follows."})
    retry_ms = fields.List(
        fields.Integer(validate=validate.Range(min=0)),
        required=True,
        validate=validate.Length(equal=2),
        metadata={"description": "The least and the most milliseconds to wait."},
    )


class StandingsSchema(Schema):
    """A long poll's answer: hello as on any channel, or bye where the server stops."""

    type = fields.String(required=True, validate=validate.OneOf(["hello", "bye"]))
    heartbeat_s = fields.Float()
    shares = fields.Dict(keys=fields.String(), values=fields.Nested(StandingSchema))
    spread_ms = fields.Integer(
        metadata={"description": "After a change: wait a random part of it before reading again."}
    )
    code = fields.Integer()
    retry_ms = fields.List(fields.Integer())
