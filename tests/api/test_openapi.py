"""The committed OpenAPI document says what the handlers do, in words a stranger can use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
import yaml

from backend.description import METHODS, build_document, errors_of
from backend.errors import ServiceError, catalogue
from backend.operations import operation_of
from backend.routes import ROUTES, Route
from backend.views.base import BaseView
from tests.api.raw import request
from tests.client import API, Client, Created
from tests.server import ROOT, Server

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text())
PROBLEM = "application/problem+json"


def handlers() -> Iterator[tuple[Route, str]]:
    """Every method of every route that a view implements by itself."""
    for route in ROUTES:
        views = [view for view in route.view.__mro__ if view.__module__.startswith("backend.")]
        own = {name for view in views if view is not BaseView for name in vars(view)}
        yield from ((route, method) for method in METHODS if method in own)


def described(route: Route, method: str) -> dict[str, Any]:
    """What the document says of a method."""
    return dict(DOCUMENT["paths"][route.path][method])


HANDLERS = list(handlers())
NAMES = [f"{method} {route.path}" for route, method in HANDLERS]


def test_the_committed_document_is_the_one_the_handlers_make() -> None:
    assert (ROOT / "openapi.yaml").read_text() == build_document(), "run `make openapi`"


def test_the_document_is_valid_openapi_3_1() -> None:
    assert next(iter(DOCUMENT)) == "openapi"
    assert DOCUMENT["openapi"] == "3.1.0"
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.validate()
    assert len(list(schema.get_all_operations())) == len(NAMES)
    for component in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**component, "$schema": DIALECT})
    assert not list(dangling(DOCUMENT))


DIALECT = "https://json-schema.org/draft/2020-12/schema"


def dangling(part: Any) -> Iterator[str]:
    """References that lead nowhere."""
    if isinstance(part, dict):
        target = part.get("$ref", "#/components/schemas/Problem")
        if target.rpartition("/")[2] not in DOCUMENT["components"]["schemas"]:
            yield target
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from dangling(inner)


@pytest.mark.parametrize(("route", "method"), HANDLERS, ids=NAMES)
def test_every_method_of_every_route_is_documented(route: Route, method: str) -> None:
    operation = described(route, method)
    assert operation["summary"]
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    assert "security" in operation
    for parameter in operation.get("parameters", []):
        assert parameter["schema"], parameter["name"]


@pytest.mark.parametrize(("route", "method"), HANDLERS, ids=NAMES)
def test_every_error_an_operation_can_give_is_among_its_responses(
    route: Route, method: str
) -> None:
    operation = operation_of(route.view, method)
    assert operation is not None
    responses = described(route, method)["responses"]
    for error in errors_of(operation):
        content = responses[str(error.status)]["content"]
        if PROBLEM not in content:
            continue
        schema = content[PROBLEM]["schema"]["allOf"]
        assert schema[0] == {"$ref": "#/components/schemas/Problem"}
        assert error.code in schema[1]["properties"]["code"]["enum"]


ELSEWHERE = {"method_not_allowed", "conflict", "not_acceptable", "too_many_requests"}
"""Given by addresses for methods they do not have, only as a more particular error, or in front."""


def test_every_error_there_is_can_be_found_in_the_document() -> None:
    told = {
        code
        for _, _, response in responses()
        for content in response.get("content", {}).values()
        for schema in content.get("schema", {}).get("allOf", [])
        for code in schema.get("properties", {}).get("code", {}).get("enum", [])
    }
    assert told == {error.code for error in catalogue()} - ELSEWHERE


def responses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every response of the document."""
    for path, methods in DOCUMENT["paths"].items():
        for method in METHODS:
            for status, response in methods.get(method, {}).get("responses", {}).items():
                yield f"{method} {path}", status, response


def test_what_was_made_says_where_it_is() -> None:
    for name, status, response in responses():
        if status == "201":
            assert "Location" in response["headers"], name
        if status == "304":
            assert "ETag" in response["headers"], name


def test_several_shares_are_named_by_repeating_the_parameter() -> None:
    parameters = DOCUMENT["paths"][f"{API}/changes"]["get"]["parameters"]
    (share,) = [parameter for parameter in parameters if parameter["name"] == "share"]
    assert share["schema"]["type"] == "array"
    assert (share["style"], share["explode"], share["required"]) == ("form", True, True)


def test_the_document_that_is_served_is_the_committed_one(client: Client) -> None:
    assert client.request("GET", "/openapi.yaml").text == (ROOT / "openapi.yaml").read_text()


def test_every_error_leads_to_what_it_means(server: Server, prices: Created) -> None:
    page = request(server, "GET", "/docs/errors")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    html = page.body.decode()
    assert "<script" not in html
    assert set(re.findall(r'<section id="(\w+)">', html)) == {e.code for e in catalogue()}
    silent = [e.code for e in catalogue() if e.status < 500 and e.remedy == ServiceError.remedy]
    assert silent == []
    refused = request(server, "GET", f"{API}/shares/{prices.id}/rows?limit=0").problem
    address, _, code = refused["type"].partition("#")
    assert (address, code) == ("/docs/errors", refused["code"])
