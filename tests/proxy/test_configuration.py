"""What deploy/nginx.conf promises, without a node: it is valid, and it fits the application."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.config import GIB, Config
from backend.errors import catalogue
from tests.client import API, Client
from tests.proxy.nginx import CONFIGURATION, Nginx, debian_nginx, nginx_program
from tests.server import free_port

TEXT = CONFIGURATION.read_text()


def value(directive: str, text: str = TEXT) -> str:
    """The value of the first directive of that name."""
    found = re.search(rf"^\s*{directive}\s+([^;]+);", text, re.MULTILINE)
    assert found, directive
    return found[1]


def location(name: str) -> str:
    """The directives of one location."""
    return TEXT.partition(f"location {name} {{")[2].partition("}")[0]


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path, [free_port(), free_port()])
    for program in filter(None, (nginx_program(), debian_nginx())):
        assert "test is successful" in nginx.check(program)


def test_its_limits_are_above_those_of_the_application() -> None:
    config = Config()
    assert int(value("client_max_body_size").removesuffix("g")) * GIB > config.max_upload_bytes
    assert seconds(value("client_body_timeout")) > config.upload_idle_s
    usual = seconds(value("proxy_read_timeout"))
    assert usual > max(config.query_timeout_s, config.max_wait_s)
    channel = location("= /api/v1/changes")
    assert seconds(value("proxy_read_timeout", channel)) > 2 * config.heartbeat_s
    exports = TEXT.partition("location ~ ^/(s/")[2].partition("}")[0]
    assert seconds(value("proxy_read_timeout", exports)) > config.export_timeout_s


def test_the_same_nodes_stand_in_both_blocks() -> None:
    blocks = re.findall(r"upstream \w+ \{(.*?)\n    \}", TEXT, re.DOTALL)
    reads, writes = ([line for line in b.split("\n") if "server " in line] for b in blocks)
    assert reads == writes
    assert len(reads) == 2


def test_what_nginx_refuses_is_said_as_the_application_says_it() -> None:
    known = {error.code: error for error in catalogue()}
    refusals = re.findall(r"return (\d{3}) '(\{.*\})';", TEXT)
    assert len(refusals) == 3
    for status, text in refusals:
        problem = json.loads(text)
        error = known[problem["code"]]
        assert (problem["status"], problem["title"]) == (error.status, error.title)
        assert problem["type"] == f"/docs/errors#{error.code}"
        assert int(status) == error.status
        assert problem["detail"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of an nginx whose nodes are all away."""
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), [free_port(), free_port()])
    with nginx, Client(nginx.url) as client:
        yield client


def test_without_a_node_the_answer_is_a_503_that_says_when_to_come_back(alone: Client) -> None:
    for method, path in (("GET", "/api/v1/limits"), ("POST", f"{API}/shares"), ("GET", "/s/a.csv")):
        answer = alone.request(method, path)
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Retry-After"] == "2"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.json()["code"] == "unavailable"


def test_a_body_that_is_too_large_is_refused_in_words(alone: Client) -> None:
    connection = http.client.HTTPConnection(alone.url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", f"{API}/shares")
    connection.putheader("Content-Length", str(18 * GIB))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "payload_too_large")
    connection.close()


def test_figures_are_not_for_everyone(alone: Client) -> None:
    assert alone.request("GET", "/metrics").status_code == 404


def seconds(told: str) -> float:
    """A time as nginx writes it, in seconds."""
    assert told.endswith("s")
    return float(told.removesuffix("s"))
