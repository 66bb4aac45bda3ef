"""Writers of several processes stand in line, and lose patience like anybody."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backend.errors import UnavailableError
from backend.store.line import turn_among_processes
from tests.server import ROOT

HOLD = """
import sys
from backend.store.line import turn_among_processes
with turn_among_processes(sys.argv[1], 1.0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_turn_of_a_process_that_dies_goes_to_the_next(tmp_path: Path) -> None:
    path = str(tmp_path / "line")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UnavailableError), turn_among_processes(path, 0.01):
            raise AssertionError("two have the turn")
        taken = threading.Event()

        def take() -> None:
            with turn_among_processes(path, 30.0):
                taken.set()

        waiting = threading.Thread(target=take)
        waiting.start()
        assert not taken.is_set()
        other.kill()
        assert taken.wait(30)
        waiting.join()
    # Who had lost patience has not kept the turn.
    with turn_among_processes(path, 30.0):
        assert os.path.exists(path)
