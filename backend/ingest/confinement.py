"""What a parser's process may cost, and where it may write; its other walls are those of tables."""

from __future__ import annotations

import os
import resource
import tempfile
from pathlib import Path

from backend.ingest.limits import Limits
from backend.tables.confinement import (
    LINUX,
    PARENT,
    be_the_first_to_go,
    die_with_parent,
    leave_pandas_out,
    leave_the_network,
    lower_limit,
)

__all__ = [
    "PARENT",
    "be_the_first_to_go",
    "die_with_parent",
    "leave_pandas_out",
    "leave_the_network",
    "set_limits",
    "use_private_temp",
]


def set_limits(limits: Limits) -> None:
    """CPU time from now on, address space, file size; no core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    used = resource.getrusage(resource.RUSAGE_SELF)
    lower_limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + limits.cpu_s) + 1)
    lower_limit(resource.RLIMIT_FSIZE, limits.output_bytes)
    if LINUX:  # elsewhere address space is counted in ways that make the limit useless
        lower_limit(resource.RLIMIT_AS, limits.address_space_bytes)


def use_private_temp(output: Path) -> None:
    """Temporary files go below the output directory, which the caller removes."""
    folder = output / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)
