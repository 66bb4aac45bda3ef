"""The OpenAPI document, made from the routes and their operations. Committed as openapi.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from backend.errors import InternalError, InvalidParameterError, ServiceError, UnavailableError
from backend.operations import Operation, operation_of
from backend.routes import ROUTES, Route
from backend.schemas.service import ProblemSchema

VERSION = "1.0"
METHODS = ("get", "post", "put", "patch", "delete")
ABOUT = (
    "Upload a spreadsheet, get a durable link, read its pages, and hear of changes.\n\n"
    "Every error is a problem document (RFC 9457) with a stable `code`."
)
PATH_PARAMETERS = {
    "share_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "number": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
UPLOAD_HEADERS = (
    ("Idempotency-Key", "Makes a retry safe: the same key and file get the same answer."),
    ("Prefer", "`wait=10` holds the answer until the revision is ready or failed."),
)
IF_MATCH = ("If-Match", "The share's ETag: refuse with 412 if the share has changed since.")


def build_document(routes: Sequence[Route] = ROUTES) -> str:
    """The document as YAML text, the same every time for the same routes."""
    spec = APISpec(
        title="Tablecast",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": ABOUT},
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
    )
    bearer = {"type": "http", "scheme": "bearer", "description": "An edit token."}
    cookie = {"type": "apiKey", "in": "cookie", "name": "tablecast_session"}
    spec.components.security_scheme("editToken", bearer)
    spec.components.security_scheme("browserSession", cookie)
    for route in routes:
        described = {method: operation_of(route.view, method) for method in METHODS}
        operations = {
            method: _operation(route, method, found) for method, found in described.items() if found
        }
        spec.path(path=route.path, operations=operations, parameters=_path_parameters(route.path))
    return yaml.safe_dump(spec.to_dict(), sort_keys=False, allow_unicode=True, width=100)


def _schema_name(schema: type[Schema]) -> str:
    name = schema if isinstance(schema, str) else getattr(schema, "__name__", None)
    return (name or type(schema).__name__).removesuffix("Schema")


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"in": "path", "name": name, "required": True, "schema": schema}
        for name, schema in PATH_PARAMETERS.items()
        if f"{{{name}}}" in path
    ]


def _operation(route: Route, method: str, described: Operation) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": f"{method}{route.view.__name__.removesuffix('View')}",
        "tags": [described.tag],
        "summary": described.summary,
    }
    if described.description:
        document["description"] = described.description
    if described.credentials == "required":
        document["security"] = [{"editToken": []}, {"browserSession": []}]
    elif described.credentials == "optional":
        document["security"] = [{}, {"editToken": []}, {"browserSession": []}]
    parameters = [*_query_parameters(described), *_header_parameters(described)]
    if parameters:
        document["parameters"] = parameters
    if described.request:
        document["requestBody"] = {"required": True, "content": _content(described.request)}
    document["responses"] = _responses(described)
    return document


def _query_parameters(described: Operation) -> list[dict[str, Any]]:
    return [{"in": "query", "schema": described.query}] if described.query else []


def _header_parameters(described: Operation) -> list[dict[str, Any]]:
    wanted = [IF_MATCH] if described.conditional else []
    if described.uploads:
        wanted.extend(UPLOAD_HEADERS)
    return [
        {"in": "header", "name": name, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in wanted
    ]


def _content(request: Any) -> dict[str, Any]:
    # In OpenAPI 3.1 a raw body is a media type without a schema.
    return {kind: {"schema": schema} if schema else {} for kind, schema in request.items()}


def _responses(described: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": described.summary}
    if described.response is not None:
        answer["content"] = {described.produces: {"schema": described.response}}
    elif described.status == 200:
        answer["content"] = {described.produces: {}}
    responses = {str(described.status): answer}
    if described.partial:
        responses["206"] = {"description": "The asked range of it", "content": answer.get("content", {})}
    if described.not_modified:
        responses["304"] = {"description": "You have it already: the ETag is the same"}
    always: tuple[type[ServiceError], ...] = (
        InvalidParameterError,
        InternalError,
        UnavailableError,
    )
    by_status: dict[int, list[type[ServiceError]]] = {}
    for error in dict.fromkeys([*described.errors, *always]):
        by_status.setdefault(error.status, []).append(error)
    for status in sorted(by_status):
        codes = ", ".join(f"`{error.code}`" for error in by_status[status])
        responses[str(status)] = {
            "description": f"{by_status[status][0].title} ({codes})",
            "content": {"application/problem+json": {"schema": ProblemSchema}},
        }
    return responses
