"""The habits of this test suite can themselves fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.everything import Outcome, Step, closing_line, count_tests
from tests.server import ROOT, Server

SKIPPING = "import pytest\ndef test_skips():\n    pytest.skip('no browser here')\n"
SKIPPED_MODULE = "import pytest\npytest.importorskip('no_such_module_at_all')\n"


def run_pytest(folder: Path, *, ci: str) -> tuple[int, str]:
    """Run the tests of a folder under this suite's conftest, as CI would or as a person would."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [
            *command,
            "--continue-on-collection-errors",
            "-c",
            os.devnull,
            "--rootdir",
            str(folder),
            str(folder),
        ],
        cwd=ROOT,
        env={**os.environ, "CI": ci, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_skip_is_a_failure_in_ci_and_only_there(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    (tmp_path / "test_skipped.py").write_text(SKIPPED_MODULE)
    code, told = run_pytest(tmp_path, ci="true")
    assert code in (1, 2), told
    assert "no browser here: nothing may be skipped where CI=true" in told
    assert "no_such_module_at_all" in told
    assert told.count("nothing may be skipped where CI=true") >= 2
    assert run_pytest(tmp_path, ci="")[0] in (0, 5)


def test_an_error_line_nobody_announced_is_noticed(tmp_path: Path) -> None:
    server = Server(tmp_path)
    entry = json.dumps({"event": "unexpected failure", "level": "error"})
    server.log_path.write_text(f'{{"event": "served", "level": "info"}}\n{entry}\n')
    assert server.unexpected() == [entry]
    assert server.unexpected(since=server.log_size()) == []


def test_an_announced_error_line_is_fine_but_has_to_come(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with server.expecting("unexpected failure"), server.log_path.open("a") as log:
        log.write('{"event": "unexpected failure", "level": "error"}\n')
    assert server.unexpected() == []
    with pytest.raises(AssertionError, match="no line"), server.expecting("something else"):
        pass


def test_a_bare_traceback_in_the_log_is_noticed(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.log_path.write_text("Traceback (most recent call last):\n  File ...\nValueError: x\n")
    assert len(server.unexpected()) == 1


def test_a_server_that_dies_at_once_says_why(tmp_path: Path) -> None:
    server = Server(tmp_path, env={"TABLECAST_MAX_COLUMNS": "many"})
    with pytest.raises(AssertionError, match="MAX_COLUMNS"):
        server.start()


def test_the_counts_of_every_runner_are_understood() -> None:
    pytest_line = "=== 2 failed, 310 passed, 1 error in 98.12s (0:01:38) ==="
    counts = count_tests(["passed by: 7 passed", pytest_line], r"^=+ .*\d.* in [\d.]+s.*=+$")
    assert counts == {"failed": 2, "passed": 310, "error": 1}


def test_the_closing_line_counts_a_failed_tool_as_a_failure() -> None:
    tests = count_tests(["3 passed"], ".*")
    outcomes = [
        Outcome(Step("mypy", []), ok=False, seconds=1.0),
        Outcome(Step("vitest", [], counts=".*"), ok=True, seconds=1.0, tests=tests),
    ]
    assert closing_line(outcomes, 2.0) == "=== 3 passed, 1 failed in 2.0s ==="
