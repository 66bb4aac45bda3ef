"""The AsyncAPI document of the change channel. Committed as docs/asyncapi.yaml."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from backend.description import VERSION, as_yaml, schema_name
from backend.schemas.changes import (
    ByeSchema,
    ChangeSchema,
    HeartbeatSchema,
    HelloSchema,
    ViewersSchema,
)
from backend.services.following import SUBPROTOCOL

FRAMES: dict[str, type[Schema]] = {
    "hello": HelloSchema,
    "change": ChangeSchema,
    "viewers": ViewersSchema,
    "heartbeat": HeartbeatSchema,
    "bye": ByeSchema,
}
ABOUT = f"""\
The server says that a share has changed, never what: ids and numbers only. Read the share again
over REST (openapi.yaml) when its seq is not the one you know. Over a WebSocket the subprotocol is
`{SUBPROTOCOL}`; with `Accept: text/event-stream` the same frames come as server-sent events.
Let frames pass whose type you do not know.
Clients only listen: one that speaks on a WebSocket is closed with 1008.
"""


def build_channel_document() -> str:
    """The document as YAML text, the same every time."""
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Tablecast changes", "version": VERSION, "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": {"changes": _channel()},
        "operations": {
            "tellChanges": {
                "action": "send",
                "channel": {"$ref": "#/channels/changes"},
                "summary": "What the server sends to whoever follows shares",
                "messages": [{"$ref": f"#/channels/changes/messages/{name}"} for name in FRAMES],
            }
        },
        "components": {"messages": _messages(), "schemas": _schemas()},
    }
    return as_yaml(document)


def _channel() -> dict[str, Any]:
    several = {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "description": "A share's id. Repeat it to follow several.",
    }
    query = {"type": "object", "properties": {"share": several}, "required": ["share"]}
    return {
        "address": "/api/v1/changes",
        "summary": "Changes of the shares that the address names",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in FRAMES},
        "bindings": {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}},
    }


def _messages() -> dict[str, Any]:
    return {
        name: {
            "name": name,
            "summary": (schema.__doc__ or "").strip(),
            "payload": {"$ref": f"#/components/schemas/{schema_name(schema)}"},
        }
        for name, schema in FRAMES.items()
    }


def _schemas() -> dict[str, Any]:
    spec = APISpec(
        title="",
        version="",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=schema_name)],
    )
    for schema in FRAMES.values():
        spec.components.schema(schema_name(schema), schema=schema)
    made: dict[str, Any] = spec.to_dict()["components"]["schemas"]
    return made
