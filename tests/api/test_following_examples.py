"""The clients of docs/examples follow a share, and the AsyncAPI document tells the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from backend.channel_description import FRAMES, build_channel_document
from tests.client import API, Client
from tests.server import ROOT, Server

EXAMPLES = ROOT / "docs" / "examples"
NODE = ROOT / ".venv" / "bin" / "node"
COMMANDS: dict[str, list[str | Path]] = {
    "python": [sys.executable, EXAMPLES / "follow.py"],
    "javascript": [NODE, EXAMPLES / "follow.mjs"],
}
COMMITTED = ROOT / "docs" / "asyncapi.yaml"


@contextmanager
def following(example: str, server: Server, share_id: str) -> Iterator[subprocess.Popen[str]]:
    """An example client at work; its lines are in its stdout."""
    command = [str(word) for word in (*COMMANDS[example], server.url, share_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str], beginning: str) -> str:
    """The next line that begins so."""
    assert process.stdout is not None
    return next(line for line in process.stdout if line.startswith(beginning))


@pytest.mark.parametrize("example", COMMANDS)
def test_an_example_client_hears_of_a_revision_a_restart_and_the_end(
    example: str, fresh_server: Server
) -> None:
    with Client(fresh_server.url) as client:
        share = client.create_ready(b"a\n1\n", "a.csv")
        with following(example, fresh_server, share.id) as process:
            assert line_of(process, "Revision") == "Revision 1: 1 rows\n"
            client.upload(share, b"a\n1\n2\n", "a.csv")
            assert line_of(process, "Revision 2") == "Revision 2: 2 rows\n"
            fresh_server.kill()
            fresh_server.start()
            client.upload(share, b"a\n1\n2\n3\n", "a.csv")
            assert line_of(process, "Revision 3") == "Revision 3: 3 rows\n"
            headers = {"Authorization": f"Bearer {share.token}"}
            client.request("DELETE", f"{API}/shares/{share.id}", headers=headers)
            assert line_of(process, "The share") == "The share was deleted.\n"
            assert process.wait(30) == 0


def test_the_committed_document_is_the_one_the_code_makes() -> None:
    assert COMMITTED.read_text() == build_channel_document(), "run `make openapi`"


def test_the_server_serves_its_document(client: Client) -> None:
    assert client.request("GET", "/asyncapi.yaml").text == COMMITTED.read_text()


def test_every_frame_that_is_sent_is_one_of_the_document(fresh_server: Server) -> None:
    frames: list[dict[str, Any]] = []
    with Client(fresh_server.url) as client:
        share = client.create_ready(b"a\n1\n", "a.csv")
        with client.changes(share.id, "gone") as channel:
            frames.append(json.loads(channel.recv(30)))
            client.upload(share, b"a\n2\n", "a.csv")
            while frames[-1].get("revision") != 2:
                frames.append(json.loads(channel.recv(30)))
            fresh_server.stop()
            while frames[-1]["type"] != "bye":
                frames.append(json.loads(channel.recv(30)))
    document = yaml.safe_load(COMMITTED.read_text())
    checks = {name: validator(document, name) for name in FRAMES}
    assert {frame["type"] for frame in frames} >= {"hello", "change", "bye"}
    for frame in frames:
        checks[frame["type"]].validate(frame)
    checks["heartbeat"].validate({"type": "heartbeat"})
    with pytest.raises(jsonschema_rs.ValidationError):
        checks["hello"].validate({"type": "hello", "name": "never"})


def validator(document: dict[str, Any], name: str) -> jsonschema_rs.Validator:
    """A check of one kind of frame, its references resolved within the document."""
    schema = f"#/components/schemas/{FRAMES[name].__name__.removesuffix('Schema')}"
    return jsonschema_rs.validator_for({**document, "$ref": schema})
