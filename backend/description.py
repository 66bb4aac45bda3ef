"""The OpenAPI document, made from the routes and their operations. Committed as openapi.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from backend.errors import (
    BadRequestError,
    InternalError,
    InvalidParameterError,
    ServiceError,
    UnavailableError,
)
from backend.operations import Operation, operation_of
from backend.routes import ROUTES, Route
from backend.schemas.service import ProblemSchema

VERSION = "1.0"
METHODS = ("get", "head", "post", "put", "patch", "delete")
ABOUT = """\
Upload a spreadsheet, get a durable link, read its pages, and hear of changes.

Every error is a problem document (RFC 9457) with a stable `code`; `/docs/errors` says what each
means. Parameters that are unknown, repeated or out of range are refused, never corrected.

Whoever knows a share's id may read it, from any origin. To change it, send the `edit_token` that
came with it. The browser that made a share has a cookie instead, which other origins cannot use.

HEAD works wherever GET does.
"""
TAGS = {
    "shares": "A share is the durable thing behind a link.",
    "revisions": "A revision is what one complete upload made of a share; it never changes.",
    "rows": "Pages of rows, of the newest ready revision or of a pinned one.",
    "exports": "A table as a file, under a link that a program can read.",
    "uploads": "Uploads that survive a bad connection: the tus protocol, version 1.0.",
    "presenter": "Whoever may change a share may lead others through it.",
    "changes": "The channel on which the server says that something changed, never what.",
    "service": "What the server says of itself.",
}
SECURITY = {
    "editToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `edit_token` that was answered when the share was made.",
    },
    "browserSession": {
        "type": "apiKey",
        "in": "cookie",
        "name": "tablecast_session",
        "description": "Set when a page of this origin makes a share. HttpOnly, SameSite=Lax.",
    },
}
NONE: dict[str, list[str]] = {}
WAYS_IN: dict[str, list[dict[str, list[str]]]] = {
    "none": [],
    "optional": [NONE, {"editToken": []}, {"browserSession": []}],
    "required": [{"editToken": []}, {"browserSession": []}],
}
PATH_PARAMETERS = {
    "share_id": ({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}, "The share's id."),
    "upload_id": ({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}, "The upload's id."),
    "number": (
        {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "The number of the revision: 1, 2, 3, …",
    ),
    "format": (
        {"type": "string", "enum": ["csv", "tsv", "jsonl", "json", "xlsx", "parquet", "arrow"]},
        "The format, as files end.",
    ),
}
UPLOAD_HEADERS = (
    (
        "Idempotency-Key",
        "Makes a retry safe: the same key and file get the same answer, for a day. Without "
        "credentials it has 16 characters or more, such as a UUID.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    ),
    (
        "Prefer",
        "`wait=10` holds the answer until the revision is ready or failed, so many seconds at "
        "most; the status is 201 in any case, and `state` says which.",
        {"type": "string", "examples": ["wait=10"]},
    ),
)
IF_MATCH = (
    "If-Match",
    "The share's ETag: refuse with 412 if the share has changed since.",
    {"type": "string", "pattern": r'^(\*|"[0-9]{1,15}(-(edit|view))?")$', "examples": ['"3-edit"']},
)
RANGE = (
    "Range",
    "Which bytes, as in `bytes=0-999`; anything else than one range gets the whole.",
    {"type": "string", "examples": ["bytes=0-999"]},
)
IF_NONE_MATCH = (
    "If-None-Match",
    "The ETag of what you have: 304 if it is still the same.",
    {"type": "string"},
)
HEADERS = {
    "ETag": "What this answer is the state of; for If-None-Match, and of a share for If-Match.",
    "Location": "The address of what was made.",
    "Content-Range": "Which bytes these are, and how many there are.",
}


def build_document(routes: Sequence[Route] = ROUTES) -> str:
    """The document as YAML text, the same every time for the same routes."""
    spec = APISpec(
        title="Tablecast",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": ABOUT},
        plugins=[MarshmallowPlugin(schema_name_resolver=schema_name)],
    )
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for route in routes:
        described = {method: operation_of(route.view, method) for method in METHODS}
        operations = {
            method: _operation(route, method, found) for method, found in described.items() if found
        }
        spec.path(path=route.path, operations=operations, parameters=_path_parameters(route.path))
    made = spec.to_dict()
    document = {
        "openapi": made.pop("openapi"),
        "info": made.pop("info"),
        "servers": [{"url": "/", "description": "The server this document comes from"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        **made,
    }
    return as_yaml(document)


def as_yaml(document: dict[str, Any]) -> str:
    """A document as text that people can read, too."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay readable, and nothing is said by reference."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


def schema_name(schema: type[Schema]) -> str:
    """What a schema is called among the components of a document."""
    name = schema if isinstance(schema, str) else getattr(schema, "__name__", None)
    return (name or type(schema).__name__).removesuffix("Schema")


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"in": "path", "name": name, "required": True, "description": meaning, "schema": schema}
        for name, (schema, meaning) in PATH_PARAMETERS.items()
        if f"{{{name}}}" in path
    ]


def _operation(route: Route, method: str, described: Operation) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": f"{method}{route.view.__name__.removesuffix('View')}",
        "tags": [described.tag],
        "summary": described.summary,
    }
    about = [described.description, getattr(described.query, "about_filters", "")]
    if any(about):
        document["description"] = " ".join(filter(None, about))
    document["security"] = WAYS_IN[described.credentials]
    parameters = [*_query_parameters(described), *_header_parameters(described)]
    if parameters:
        document["parameters"] = parameters
    if described.request:
        document["requestBody"] = {
            "required": described.body_required,
            "content": _content(described.request),
        }
    document["responses"] = _responses(described)
    if method == "head":
        document["responses"][str(described.status)].pop("content", None)
    return document


def _query_parameters(described: Operation) -> list[dict[str, Any]]:
    return [{"in": "query", "schema": described.query}] if described.query else []


def _header_parameters(described: Operation) -> list[dict[str, Any]]:
    wanted = [
        *([IF_MATCH] if described.conditional else []),
        *([IF_NONE_MATCH] if described.not_modified else []),
        *([RANGE] if described.partial else []),
        *(UPLOAD_HEADERS if described.uploads else ()),
    ]
    return [
        *(
            {"in": "header", "name": name, "description": meaning, "schema": schema}
            for name, meaning, schema in wanted
        ),
        *(
            {
                "in": "header",
                "name": header.name,
                "description": header.meaning,
                "required": header.required,
                "schema": dict(header.schema),
            }
            for header in described.headers
        ),
    ]


def _content(request: Mapping[str, type[Schema] | None]) -> dict[str, Any]:
    # In OpenAPI 3.1 a raw body is a media type without a schema.
    return {kind: {"schema": schema} if schema else {} for kind, schema in request.items()}


def _responses(described: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": described.summary}
    if headers := _headers(described):
        answer["headers"] = headers
    if described.response is not None:
        answer["content"] = {described.produces: {"schema": described.response}}
    elif described.status == 200:
        answer["content"] = {described.produces: {}}
    for kind in described.also_produces:
        answer["content"][kind] = {}
    responses = {str(described.status): answer}
    if described.partial:
        part = {**answer.get("headers", {}), **_described(["Content-Range"])}
        responses["206"] = {**answer, "description": "The asked range of it", "headers": part}
    if described.not_modified:
        told = {"description": "You have it already: the ETag is the same"}
        responses["304"] = {**told, "headers": _described(["ETag"])}
    for status, errors in sorted(_by_status(described).items()):
        responses[str(status)] = _problem(errors)
    return responses


def _headers(described: Operation) -> dict[str, Any]:
    sent = {
        "ETag": described.not_modified or described.tagged,
        "Location": described.status == 201,
    }
    own = {
        name: {"description": meaning, "schema": {"type": "string"}}
        for name, meaning in described.told.items()
    }
    return {**_described([name for name, is_sent in sent.items() if is_sent]), **own}


def _described(names: Sequence[str]) -> dict[str, Any]:
    return {
        name: {"description": HEADERS[name], "required": True, "schema": {"type": "string"}}
        for name in names
    }


def errors_of(described: Operation) -> list[type[ServiceError]]:
    """Every error that an operation can give, those that every one can give included."""
    always = (InvalidParameterError, InternalError, UnavailableError)
    conditional = (BadRequestError,) if described.conditional or described.uploads else ()
    return list(dict.fromkeys([*described.errors, *conditional, *always]))


def _by_status(described: Operation) -> dict[int, list[type[ServiceError]]]:
    by_status: dict[int, list[type[ServiceError]]] = {}
    for error in errors_of(described):
        by_status.setdefault(error.status, []).append(error)
    return by_status


def _problem(errors: Sequence[type[ServiceError]]) -> dict[str, Any]:
    codes = [error.code for error in errors]
    meaning = "; ".join(f"`{error.code}`: {error.title}" for error in errors)
    narrowed = {"properties": {"code": {"enum": codes}}}
    # The named component comes first, for a reader who wants to know no more than that.
    return {
        "description": meaning,
        "content": {"application/problem+json": {"schema": {"allOf": [ProblemSchema, narrowed]}}},
    }
