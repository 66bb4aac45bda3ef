"""The systemd units: their promises fit the server, and systemd takes them where it is there."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from backend.config import Config
from backend.processes import GRACE_S
from tests.server import ROOT

UNITS = ["tablecast.service", "tablecast@.service"]


def read(name: str) -> dict[str, list[str]]:
    """The directives of a unit, each with all its values."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in (ROOT / "deploy" / name).read_text().splitlines():
        if line and line[0] not in "#[":
            directive, separator, value = line.partition("=")
            assert separator, line
            found[directive].append(value)
    return found


@pytest.mark.parametrize("name", UNITS)
def test_a_stop_has_the_time_it_may_take(name: str) -> None:
    unit = read(name)
    assert int(unit["TimeoutStopSec"][0]) > Config().shutdown_s + GRACE_S
    # Otherwise systemd ends readings and queries under the hands of the node.
    assert unit["KillMode"] == ["mixed"]


@pytest.mark.parametrize("name", UNITS)
def test_there_are_files_enough_for_all_who_may_watch(name: str) -> None:
    assert int(read(name)["LimitNOFILE"][0]) > 2 * Config().max_subscribers


@pytest.mark.parametrize("name", UNITS)
def test_it_writes_where_it_may(name: str) -> None:
    unit = read(name)
    settings = dict(each.split("=", 1) for each in unit["Environment"])
    folder = Path("/var/lib") / unit["StateDirectory"][0]
    assert settings["TABLECAST_DATA_DIR"] == str(folder)
    assert unit["ProtectSystem"] == ["strict"]
    known = {f"TABLECAST_{setting.upper()}" for setting in Config.__dataclass_fields__}
    assert {name for name in settings if name.startswith("TABLECAST")} <= known


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    for name in UNITS if verify else ():
        text = (ROOT / "deploy" / name).read_text()
        # What is asked about is the unit, not whether this machine is set up already.
        text = text.replace("/opt/tablecast", str(ROOT)).replace("=tablecast\n", "=root\n")
        unit = tmp_path / name.replace("@", "@8888")
        unit.write_text(text)
        done = subprocess.run(
            [str(verify), "verify", "--man=no", str(unit)],
            capture_output=True,
            text=True,
            check=False,
        )
        mine = [line for line in done.stderr.splitlines() if "tablecast" in line]
        assert mine == [], done.stderr
