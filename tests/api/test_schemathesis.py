"""Every operation of openapi.yaml against the live server: made, wrong, and chained requests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.conftest import PRICES
from tests.client import Client
from tests.conftest import Seeded, StartServer
from tests.server import ROOT

# On each database. All phases take half of that time; the rest goes to chains of requests.
SECONDS = 20
EXAMPLES = 2

SETTINGS = """
[parameters]
"path.share_id" = "{share}"
"path.number" = 1

[auth.openapi.editToken]
bearer = "{token}"

# Deleted once, a share is 404 for everybody: this one is not the token's, and so stays.
[[operations]]
include-name = "DELETE /api/v1/shares/{{share_id}}"
[operations.parameters]
"path.share_id" = "{other}"

# Whether a share is presented can always be asked: DELETE ends the presenting, not the answer.
# Only where it is chained with others is it left out, for there it would be taken for gone.
[[operations]]
include-name = "DELETE /api/v1/shares/{{share_id}}/presenter"
[operations.phases.stateful]
enabled = false

# No check is left out. But a schema cannot say everything, so right data may be refused with
# 400: names that this sheet does not have, two parameters that exclude each other;
# 412 and 422: made-up versions and keys; 413: a length that tus was told otherwise;
# 426: schemathesis speaks no WebSocket.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 412, 413, 422, 426]

# 412 may come first for wrong data as well, and 412 is what tus wants where its header is missing.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 426]
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 412, 415, 426]
"""


@pytest.mark.timeout(7_200)
def test_no_made_up_request_breaks_a_promise_of_the_document(
    start_server: StartServer, tmp_path: Path, seeded: Seeded
) -> None:
    # A long poll may wait for as long as it likes, but not here.
    server = start_server(env={"TABLECAST_MAX_WAIT_S": "2"})
    with Client(server.url) as client:
        share = client.create_ready(PRICES, "prices.csv")
        other = client.create_ready(PRICES, "other.csv")
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS.format(share=share.id, token=share.token, other=other.id))
    command = [
        *(Path(sys.executable).with_name("schemathesis"), "--config-file", settings, "run"),
        *(ROOT / "openapi.yaml", "--url", server.url, "--checks", "all"),
        *("--max-examples", str(seeded.rounds(EXAMPLES)), "--seed", str(seeded.seed)),
        *("--max-time", str(seeded.rounds(SECONDS)), "--request-timeout", "60"),
        *("--continue-on-failure", "--no-color"),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks", "COLUMNS": "120"}
    run = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **hooks},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    with Client(server.url) as client:
        assert client.request("GET", "/readyz").status_code == 200
