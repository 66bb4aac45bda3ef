"""Runs every kind of check there is, and sums them up in one closing line.

`python -m tests.everything` runs all of them, `python -m tests.everything lint` the named group.
A group is a row of stages; a stage is several rows of steps, which run side by side, so that
whoever waits leaves the processor to the others.
A failing step does not stop the others: the whole truth in one run. What each step said is also
kept in build/test/<step>.log, and what failed is said again at the end, with its message.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.failures import Failure, details, failures_in, names

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
LOGS = ROOT / "build" / "test"

COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?|flaky|xfailed|xpassed|did not run)\b")
BROKEN = ("failed", "error", "did not run")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NOTHING_COLLECTED = 5
"""What pytest returns when no test matches; only the `alone` step may say so."""


@dataclass(frozen=True)
class Step:
    """A command, where it runs, and whether its output ends with counts of tests."""

    name: str
    command: Sequence[str | Path]
    folder: str = "."
    counts: str | None = None
    """A pattern of the lines that hold the counts; None: passing is all there is to say."""
    may_be_empty: bool = False


@dataclass
class Outcome:
    step: Step
    ok: bool
    seconds: float
    tests: Counter[str] = field(default_factory=Counter)
    failures: Sequence[Failure] = ()

    def line(self) -> str:
        """One row of the closing table."""
        told = ", ".join(f"{count} {word}" for word, count in self.tests.items()) or "-"
        verdict = "ok" if self.ok else "FAILED"
        return f"  {self.step.name:<14} {verdict:<7} {self.seconds:7.1f} s  {told}"


PYTEST_COUNTS = r"^=+ .*\d.* in [\d.]+s.*=+$"
PYTHON = [
    Step("ruff", [BIN / "ruff", "check", "."]),
    Step("ruff format", [BIN / "ruff", "format", "--check", "."]),
    Step("mypy", [BIN / "mypy"]),
]
PAGES = [
    Step("eslint", ["npm", "run", "--silent", "lint"], "frontend"),
    Step("svelte-check", ["npm", "run", "--silent", "check"], "frontend"),
]
VITEST = Step(
    "vitest",
    ["npm", "run", "--silent", "test"],
    "frontend",
    r"^\s*Tests\s+.*\d+ passed.*|^\s*Tests\s+.*\d+ failed.*",
)
PLAYWRIGHT = Step(
    "playwright",
    ["npm", "run", "--silent", "browser"],
    "frontend",
    r"^\s+\d+ (passed|failed|skipped|flaky|did not run)\b.*",
)
TOLD = ["--color=no", "--durations=20", "--durations-min=5"]
"""The slowest are named, for the whole has to stay quick."""
PYTEST = Step(
    "pytest",
    [BIN / "pytest", "-n", "3", "--dist", "worksteal", "-m", "not alone", *TOLD],
    ".",
    PYTEST_COUNTS,
)
ALONE = Step("pytest alone", [BIN / "pytest", "-m", "alone", *TOLD], ".", PYTEST_COUNTS, True)

GROUPS = {
    "lint": [[PYTHON, PAGES]],
    "tests": [[[VITEST, PLAYWRIGHT], [PYTEST]], [[ALONE]]],
    "all": [[[*PAGES, VITEST, PLAYWRIGHT], [*PYTHON, PYTEST]], [[ALONE]]],
}
SAYING = threading.Lock()


def main(group: str = "all") -> int:
    """Run the steps of a group; 0 when every one of them passed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    outcomes = [outcome for stage in GROUPS[group] for outcome in side_by_side(stage)]
    for outcome in outcomes:
        say("\n".join(details(outcome.step.name, outcome.failures)))
    say("\n".join(["", "Summary", *(outcome.line() for outcome in outcomes), ""]))
    told = "\n".join(closing(outcomes, time.monotonic() - began))
    (LOGS / "closing-line.txt").write_text(told + "\n")
    say(told)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def side_by_side(rows: Sequence[Sequence[Step]]) -> list[Outcome]:
    """Run the rows at the same time, and the steps of each after one another."""
    with ThreadPoolExecutor(len(rows)) as pool:
        done = list(pool.map(lambda steps: [run(step) for step in steps], rows))
    return [outcome for outcomes in done for outcome in outcomes]


def run(step: Step) -> Outcome:
    """Run one step, showing its output as it comes, each line with the step's name."""
    began = time.monotonic()
    lines = []
    with (
        (LOGS / f"{step.name.replace(' ', '-')}.log").open("w") as log,
        subprocess.Popen(
            [str(part) for part in step.command],
            cwd=ROOT / step.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "NO_COLOR": "1"},
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            say(f"{step.name:<12} | {line}".rstrip())
            log.write(line)
            lines.append(COLOUR.sub("", line.rstrip("\n")))
    empty = step.may_be_empty and process.returncode == NOTHING_COLLECTED
    tests = count_tests(lines, step.counts)
    ok = (process.returncode == 0 or empty) and (step.counts is None or empty or bool(tests))
    failures = () if ok else failures_in(lines)
    return Outcome(step, ok, time.monotonic() - began, tests, failures)


def count_tests(lines: Sequence[str], pattern: str | None) -> Counter[str]:
    """How many tests passed, failed and so on, from the lines in which a runner says so."""
    tests: Counter[str] = Counter()
    if pattern is None:
        return tests
    for line in lines:
        if re.match(pattern, line):
            for count, word in COUNT.findall(line):
                tests[word.removesuffix("s")] += int(count)
    return tests


def closing(outcomes: Sequence[Outcome], seconds: float) -> list[str]:
    """The names of what failed, and below them the closing line."""
    named = [name for outcome in outcomes for name in names(outcome.step.name, outcome.failures)]
    return [*named, closing_line(outcomes, seconds)]


def closing_line(outcomes: Sequence[Outcome], seconds: float) -> str:
    """`=== 310 passed, 2 failed in 98.1s ===`: a failing step without counts is one failure."""
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.tests)
        if not outcome.ok and not any(outcome.tests[word] for word in BROKEN):
            total["failed"] += 1
    told = [f"{total[word]} {word}" for word in ("passed", "failed")]
    told += [f"{count} {word}" for word, count in total.items() if word not in ("passed", "failed")]
    return f"=== {', '.join(told)} in {seconds:.1f}s ==="


def say(text: str) -> None:
    """A line of our own, whole: several steps may speak at the same time."""
    with SAYING:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
