"""The rules of the house that a test can hold."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
import yaml

from backend.config import Config
from backend.errors import catalogue
from tests.server import ROOT

BACKEND = ROOT / "backend"
DOCS = ROOT / "docs"
COMMIT_POINT = BACKEND / "store" / "database.py"

HTTP_METHODS = {"get", "head", "post", "put", "patch", "delete", "options"}
VIEW_METHOD_LINES = 15
FILE_LINES = 300
GENERATED = {"frontend/src/api/schema.ts"}

TEST_SETTINGS = {"TABLECAST_SEED", "TABLECAST_CHROMIUM", "TABLECAST_PYTHON", "TABLECAST_NGINX"}
"""Names that only the tests read; docs/development.md tells of them."""

# Written in two pieces, or this file would be the first to break the rule.
REGISTRIES = ["npmjs" + ".org", "pypi" + ".org", "pythonhosted" + ".org", "yarnpkg" + ".com"]
MACHINE = ["/work" + "/main", "/root" + "/."]


@cache
def tracked() -> list[Path]:
    """Every text file of the repository, as git knows it and as it lies there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


BINARY = {".xlsx", ".png", ".ico", ".woff2", ".jpg", ".webp"}


def calls_of(source: str, attribute: str) -> Iterator[int]:
    """The lines in which `.attribute()` is called."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == attribute
        ):
            yield node.lineno


def long_or_trying(source: str) -> Iterator[str]:
    """View methods that are longer than they may be, or that catch something."""
    for view in ast.walk(ast.parse(source)):
        for method in view.body if isinstance(view, ast.ClassDef) else ():
            if not isinstance(method, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            if method.name not in HTTP_METHODS:
                continue
            body = method.body[1:] if ast.get_docstring(method) else method.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > VIEW_METHOD_LINES:
                yield f"{view.name}.{method.name} has {lines} lines"  # type: ignore[attr-defined]
            if any(isinstance(node, ast.Try) for node in ast.walk(method)):
                yield f"{view.name}.{method.name} has a try"  # type: ignore[attr-defined]


def test_there_is_one_commit_point() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in BACKEND.rglob("*.py")
        if path != COMMIT_POINT
        for line in calls_of(path.read_text(), "commit")
    ]
    assert found == []


def test_view_methods_are_short_and_catch_nothing() -> None:
    found = [
        f"{path.name}: {complaint}"
        for path in (BACKEND / "views").glob("*.py")
        for complaint in long_or_trying(path.read_text())
    ]
    assert found == []


def test_the_checks_of_commits_and_views_can_fail() -> None:
    assert list(calls_of("def f(session):\n    session.commit()", "commit")) == [2]
    long = "class V:\n    async def get(self):\n" + "        x = 1\n" * 16
    assert list(long_or_trying(long)) == ["V.get has 16 lines"]
    trying = "class V:\n    def put(self):\n        try:\n            f()\n        finally: g()"
    assert list(long_or_trying(trying)) == ["V.put has a try"]


def test_files_stay_under_300_lines() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix in {".py", ".ts", ".svelte", ".js"}
        and str(path.relative_to(ROOT)) not in GENERATED
        and (lines := path.read_text().count("\n")) > FILE_LINES
    }
    assert found == {}


@pytest.mark.parametrize("name", ["utils", "helpers", "manager"])
def test_no_file_has_a_name_that_says_nothing(name: str) -> None:
    assert [path for path in tracked() if name in path.stem.lower()] == []


def test_no_registry_and_no_machine_is_named() -> None:
    found = [
        f"{path.relative_to(ROOT)} names {word}"
        for path in tracked()
        for word in REGISTRIES + MACHINE
        if word in path.read_text(errors="replace")
    ]
    assert found == []


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    rows = re.findall(r"^\| `TABLECAST_(\w+)` \| (\S+) \|", page("configuration.md"), re.MULTILINE)
    documented = {name.lower(): default.strip("`") for name, default in rows}
    actual = {setting.name: str(setting.default) or "empty" for setting in fields(Config)}
    assert documented == actual


def test_every_error_code_is_documented_with_its_status_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", page("api.md"), re.MULTILINE)
    assert dict(rows) == {error.code: str(error.status) for error in catalogue()}


def test_every_route_is_documented_and_no_other() -> None:
    described = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"]
    actual = {
        f"{method.upper()} {path}"
        for path, methods in described.items()
        for method in methods
        if method in HTTP_METHODS - {"head", "options"}
    }
    rows = re.findall(r"^\| `([A-Z]+ /\S*)` \|", page("api.md"), re.MULTILINE)
    assert set(rows) == actual


def test_every_name_in_the_environment_is_documented_somewhere_and_exists() -> None:
    known = {f"TABLECAST_{setting.name.upper()}" for setting in fields(Config)} | TEST_SETTINGS
    for document in [ROOT / "README.md", *DOCS.glob("*.md")]:
        named = set(re.findall(r"TABLECAST_[A-Z_]+[A-Z]", document.read_text()))
        assert named <= known, f"{document.name} names what does not exist"
    assert all(name in page("development.md") for name in TEST_SETTINGS)


def page(name: str) -> str:
    """The text of one page of docs/."""
    return (DOCS / name).read_text()
