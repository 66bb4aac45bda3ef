"""What failed and why, picked out of what the test runners and linters say.

Whoever sees only the end of a long run should still learn which test failed, and its message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MESSAGE_LINES = 25
SHOWN = 12
"""So many failures are told with their messages, the others by name alone."""

# `  1) [browser] › live.spec.ts:9:1 › two readers … ─────`, up to the counts.
PLAYWRIGHT_HEAD = re.compile(r"^ {2}\d+\) (\[[\w-]+\] › .*?)[ ─]*$")
PLAYWRIGHT_END = re.compile(r"^ {2}\d+ (passed|failed|flaky|skipped|did not run|interrupted)\b")
PLAYWRIGHT_NOISE = re.compile(
    r"^\s*(Error Context:|attachment #\d+|Retry #\d+)|─{20}|npx playwright|^\s+test-results/"
)
# ` FAIL  src/a.test.ts > a thing > fails`, up to a rule of ⎯.
VITEST_HEAD = re.compile(r"^\s?FAIL {1,2}(.+)$")
VITEST_END = re.compile(r"^\s*⎯{3}")
# `____ test_name ____`, up to the captured output; the reasons are the lines that begin with E.
PYTEST_HEAD = re.compile(r"^_{3,} (?:ERROR (?:at \w+ of|collecting) )?(\S.*?) _{3,}$")
PYTEST_END = re.compile(r"^(=+ .* =+|-+ Captured .* -+)$")
PYTEST_REASON = re.compile(r"^(E  |>  |\S+:\d+: )")
PYTEST_NAMED = re.compile(r"^(?:FAILED|ERROR) (\S+?\.py\S*(?: [^-].*?)?)(?: - .*)?$")


@dataclass(frozen=True)
class Failure:
    """One test that failed, or one tool that found something."""

    name: str
    message: Sequence[str]


def failures_in(lines: Sequence[str]) -> list[Failure]:
    """The failures that a run's output tells of; if no runner named one, the output's own end."""
    found = [*_playwright(lines), *_vitest(lines), *_pytest(lines)]
    return found or [Failure("", _told(lines)[-MESSAGE_LINES:])]


def details(step: str, failures: Sequence[Failure]) -> list[str]:
    """The messages of a step's failures, for people who see nothing else of the run."""
    told = []
    for failure in failures[:SHOWN]:
        told += ["", f"FAILED {step}: {failure.name}".rstrip(": ")]
        told += [f"    {line}" for line in failure.message[:MESSAGE_LINES]]
    return told


def names(step: str, failures: Sequence[Failure]) -> list[str]:
    """One line for each failure of a step."""
    return [f"  FAILED {step}: {failure.name}".rstrip(": ") for failure in failures]


def _playwright(lines: Sequence[str]) -> list[Failure]:
    blocks = _blocks(lines, PLAYWRIGHT_HEAD, PLAYWRIGHT_END)
    return [
        Failure(name, _told(line for line in block if not PLAYWRIGHT_NOISE.search(line)))
        for name, block in blocks
    ]


def _vitest(lines: Sequence[str]) -> list[Failure]:
    blocks = _blocks(lines, VITEST_HEAD, VITEST_END)
    return [Failure(name, _told(block)) for name, block in blocks]


def _pytest(lines: Sequence[str]) -> list[Failure]:
    """pytest names a failure twice: in full in its summary, shortly above its message."""
    messages = {
        name: _told(line for line in block if PYTEST_REASON.match(line))
        for name, block in _blocks(lines, PYTEST_HEAD, PYTEST_END)
    }
    named = [match.group(1) for line in lines if (match := PYTEST_NAMED.match(line))]
    if not named:
        return [Failure(name, message) for name, message in messages.items()]
    return [Failure(name, messages.get(_short(name), [])) for name in named]


def _short(name: str) -> str:
    """`tests/test_a.py::TestB::test_c[x]` as it stands above its message: `TestB.test_c[x]`."""
    place, _, parameters = name.partition("[")
    _, separator, test = place.partition("::")
    short = test.replace("::", ".") if separator else place
    return f"{short}[{parameters}" if parameters else short


def _blocks(
    lines: Iterable[str], head: re.Pattern[str], end: re.Pattern[str]
) -> list[tuple[str, list[str]]]:
    """What stands below each head, up to the next one or to an end."""
    blocks: list[tuple[str, list[str]]] = []
    inside = False
    for line in lines:
        if match := head.match(line):
            blocks.append((match.group(1), []))
            inside = True
        elif end.match(line):
            inside = False
        elif inside:
            blocks[-1][1].append(line)
    return blocks


def _told(lines: Iterable[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip()]
