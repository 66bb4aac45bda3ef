"""Watches a child from outside: what it has become, not what it promised."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import psutil

from backend.domain import Failure
from backend.ingest.limits import Limits

LOOK_EVERY_S = 0.025
MEASURE_OUTPUT_EVERY = 20
MIB = 1024 * 1024


class Watch:
    """Kills at the first limit passed; `failure` says which."""

    def __init__(self, output: Path, limits: Limits) -> None:
        self.failure: Failure | None = None
        self._output = output
        self._limits = limits

    async def over(self, pid: int, kill: Callable[[], None]) -> None:
        """Looks every few milliseconds until it is cancelled, or has had to kill."""
        ends = asyncio.get_running_loop().time() + self._limits.wall_s
        looks = 0
        while self.failure is None:
            await asyncio.sleep(LOOK_EVERY_S)
            looks += 1
            measure = looks % MEASURE_OUTPUT_EVERY == 0
            late = asyncio.get_running_loop().time() > ends
            self.failure = self._verdict(pid, late=late, measure=measure)
        kill()

    def _verdict(self, pid: int, *, late: bool, measure: bool) -> Failure | None:
        if resident_bytes(pid) > self._limits.memory_bytes:
            allowed = self._limits.memory_bytes // MIB
            return Failure("too_much_memory", f"Reading this file takes more than {allowed} MiB.")
        if late:
            allowed = round(self._limits.wall_s)
            return Failure("took_too_long", f"Reading this file takes more than {allowed} seconds.")
        if measure and output_bytes(self._output) > self._limits.output_bytes:
            allowed = self._limits.output_bytes // MIB
            detail = f"The table made from this file is larger than {allowed} MiB."
            return Failure("output_too_large", detail)
        return None


def resident_bytes(pid: int) -> int:
    """Resident memory of a process now; 0 once it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def output_bytes(folder: Path) -> int:
    """The size of all files below a folder. Files that vanish meanwhile count nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size
            except FileNotFoundError:
                continue
    return total
