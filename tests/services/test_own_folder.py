"""A folder for each process: what the dead have left goes, what the living have stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from backend.services.own_folder import OwnFolder
from tests.server import ROOT

LIVE = """
import sys
from pathlib import Path
from backend.services.own_folder import OwnFolder
own = OwnFolder(Path(sys.argv[1]))
(own.folder("spool") / "abc").write_bytes(b"theirs")
print("here", flush=True)
sys.stdin.read()
"""


def test_only_what_the_dead_have_left_is_removed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LIVE, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        first = OwnFolder(tmp_path)
        (theirs,) = first.others("spool/abc")
        assert theirs.read_bytes() == b"theirs"
        other.kill()
    second = OwnFolder(tmp_path)
    assert not theirs.exists()
    assert list(second.others("spool/abc")) == []
    (first.folder("work") / "a").touch()
    assert len(list(second.others("work/a"))) == 1
    first.leave()
    assert list(second.others("work/a")) == []
    second.leave()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
