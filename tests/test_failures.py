"""What failed is said at the end of a run, whichever runner said it first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import everything
from tests.everything import Outcome, Step, closing
from tests.failures import MESSAGE_LINES, details, failures_in

PLAYWRIGHT = """
  ✓  1 [browser] › ../tests/browser/a.spec.ts:4:1 › good (2ms)
  ✘  2 [browser] › ../tests/browser/a.spec.ts:3:32 › group › one that fails (22ms)

  1) [browser] › ../tests/browser/a.spec.ts:3:32 › group › one that fails ─────────────────

    Error: expect(locator).toBeVisible() failed

    Locator: getByText('ho')
      1 | test('one that fails', async () => {
        at /somewhere/tests/browser/a.spec.ts:2:117

    Error Context: test-results/a/error-context.md

    attachment #2: trace (application/zip) ────────────────────────────────────────────────
    test-results/a/trace.zip
        npx playwright show-trace test-results/a/trace.zip
    ───────────────────────────────────────────────────────────────────────────────────────

  1 failed
    [browser] › ../tests/browser/a.spec.ts:3:32 › group › one that fails ──────────────────
  1 passed (2.5s)
"""

VITEST = """
 ❯ src/a.test.ts (2 tests | 1 failed) 10ms
⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  src/a.test.ts > a thing > fails
AssertionError: expected 1 to equal 2

 ❯ src/a.test.ts:2:76
⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯

      Tests  1 failed | 1 passed (2)
"""

PYTEST = """
=================================== FAILURES ===================================
_________________________________ test_c[a b] __________________________________
[gw1] linux -- Python 3.11.7

x = 'a b'

    def test_c(x):
>       assert [1, 2] == [1, 3]
E       assert [1, 2] == [1, 3]
E         At index 1 diff: 2 != 3

tests/test_x.py:12: AssertionError
----------------------------- Captured stdout call -----------------------------
E       this was printed
___________________________ ERROR at setup of Many.test_b ___________________________
E   ValueError: x
=========================== short test summary info ============================
FAILED tests/test_x.py::test_c[a b] - assert [1, 2] == [1, 3]
ERROR tests/test_x.py::Many::test_b - ValueError: x
ERROR tests/test_y.py
========================= 1 failed, 1 error in 3.67s ==========================
"""


def told(output: str) -> dict[str, list[str]]:
    return {failure.name: list(failure.message) for failure in failures_in(output.splitlines())}


def test_a_failed_page_test_is_named_with_its_message() -> None:
    failures = told(PLAYWRIGHT)
    (name,) = failures
    assert name == "[browser] › ../tests/browser/a.spec.ts:3:32 › group › one that fails"
    assert failures[name][0] == "    Error: expect(locator).toBeVisible() failed"
    assert failures[name][-1].endswith("a.spec.ts:2:117"), "the trace is no message"


def test_a_failed_unit_test_of_the_pages_is_named_with_its_message() -> None:
    failures = told(VITEST)
    assert list(failures) == ["src/a.test.ts > a thing > fails"]
    assert failures["src/a.test.ts > a thing > fails"] == [
        "AssertionError: expected 1 to equal 2",
        " ❯ src/a.test.ts:2:76",
    ]


def test_failures_and_errors_of_pytest_are_named_in_full_with_their_reasons() -> None:
    assert told(PYTEST) == {
        "tests/test_x.py::test_c[a b]": [
            ">       assert [1, 2] == [1, 3]",
            "E       assert [1, 2] == [1, 3]",
            "E         At index 1 diff: 2 != 3",
            "tests/test_x.py:12: AssertionError",
        ],
        "tests/test_x.py::Many::test_b": ["E   ValueError: x"],
        "tests/test_y.py": [],
    }


def test_a_tool_without_tests_is_quoted_from_its_end() -> None:
    output = "\n".join(f"a.py:{line}: error: no" for line in range(100))
    (failure,) = failures_in(output.splitlines())
    assert len(failure.message) == MESSAGE_LINES
    assert failure.message[-1] == "a.py:99: error: no"
    assert details("mypy", [failure])[1] == "FAILED mypy"


def test_a_long_message_is_cut_and_every_failure_still_named() -> None:
    output = "".join(f" FAIL  src/a.test.ts > {test}\n" + "no\n" * 99 for test in range(30))
    failures = failures_in(output.splitlines())
    assert len(failures) == 30
    assert len(details("vitest", failures)) == 12 * (2 + MESSAGE_LINES)


def test_the_end_of_a_run_names_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    say = "import sys; sys.stdout.reconfigure(encoding='utf-8'); print(sys.argv[1]); sys.exit(1)"
    steps = [
        Step("mypy", [sys.executable, "-c", ""]),
        Step("playwright", [sys.executable, "-c", say, PLAYWRIGHT], counts=r"^ +\d+ \w+.*"),
    ]
    monkeypatch.setattr(everything, "LOGS", tmp_path)
    monkeypatch.setattr(everything, "GROUPS", {"some": [[steps]]})
    assert everything.main("some") == 1
    end = capfd.readouterr().out.splitlines()[-30:]
    named = (
        "  FAILED playwright: [browser] › ../tests/browser/a.spec.ts:3:32 › group › one that fails"
    )
    assert named in end
    assert "        Error: expect(locator).toBeVisible() failed" in end
    assert end[-1].startswith("=== 1 passed, 1 failed in ")
    kept = (tmp_path / "closing-line.txt").read_text().splitlines()
    assert kept == end[-2:]


def test_rows_run_side_by_side_and_their_steps_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The one waits for what the second step of the other row does: alone it would fail."""
    monkeypatch.setattr(everything, "LOGS", tmp_path)
    wait = f"import pathlib; place = pathlib.Path({str(tmp_path / 'here')!r})\n"
    wait += "import time; end = time.monotonic() + 30\n"
    wait += "while not place.exists() and time.monotonic() < end: time.sleep(0.01)\n"
    wait += "print('it came' if place.exists() else 'nothing came')"
    make = f"import pathlib; pathlib.Path({str(tmp_path / 'here')!r}).touch()"
    steps = {name: [sys.executable, "-c", code] for name, code in [("w", wait), ("m", make)]}
    nothing = Step("nothing", [sys.executable, "-c", ""])
    outcomes = everything.side_by_side([[Step("w", steps["w"])], [nothing, Step("m", steps["m"])]])
    assert [outcome.step.name for outcome in outcomes] == ["w", "nothing", "m"]
    assert capfd.readouterr().out == "w            | it came\n"


def test_a_run_that_went_well_ends_with_one_line() -> None:
    outcomes = [Outcome(Step("mypy", []), ok=True, seconds=1.0)]
    assert closing(outcomes, 2.0) == ["=== 0 passed, 0 failed in 2.0s ==="]
