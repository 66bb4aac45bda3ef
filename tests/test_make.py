"""What the README promises of `make`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from tests.server import ROOT, answers, free_port

SECOND_START_S = 3.0


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in the repository."""
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_make_alone_says_what_can_be_made() -> None:
    told = make().stdout
    (targets,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"setup", "run", "test", "lint"} <= set(targets.split())
    for target in targets.split():
        assert re.search(rf"^  make {target} +\S", told, re.MULTILINE)


def test_the_locks_hold_hashes_and_only_exact_versions() -> None:
    for lock in (ROOT / "deploy").glob("requirements*.txt"):
        pinned = re.findall(r"^(\S+?)==\S+", lock.read_text(), re.MULTILINE)
        entries = re.findall(r"^[a-z]\S*.*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+",
                             lock.read_text(), re.MULTILINE)  # fmt: skip
        assert len(pinned) == len(entries) > 20, lock.name


@pytest.mark.parametrize(
    ("lock", "extras"), [("", []), ("-build", ["build"]), ("-dev", ["build", "dev"])]
)
def test_a_lock_holds_every_dependency(lock: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [
        name for extra in extras for name in project["optional-dependencies"][extra]
    ]
    held = (ROOT / "deploy" / f"requirements{lock}.txt").read_text()
    pinned = set(re.findall(r"^(\S+?)==", held, re.MULTILINE))
    assert {re.sub(r"\[.*", "", name).lower() for name in wanted} <= pinned


@pytest.mark.alone
def test_a_second_make_run_answers_within_three_seconds(tmp_path: Path) -> None:
    """The data folder is new, so this one makes the databases too."""
    assert make("setup").returncode == 0
    port = free_port()
    began = time.monotonic()
    with subprocess.Popen(
        ["make", "run"],
        cwd=ROOT,
        env={
            **os.environ,
            "TABLECAST_PORT": str(port),
            "TABLECAST_DATA_DIR": str(tmp_path / "data"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            while not answers(port) and time.monotonic() - began < 30:
                try:
                    process.wait(0.02)
                except subprocess.TimeoutExpired:
                    continue
                break
            took = time.monotonic() - began
            assert process.poll() is None, process.communicate()[0].decode()
        finally:
            os.killpg(process.pid, signal.SIGTERM)
    assert took < SECOND_START_S
