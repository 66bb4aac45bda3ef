"""Who may import whom in backend/, and which library belongs to which part."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server import ROOT

COMMON = {"domain", "errors", "config"}
BELOW_SERVICES = {"store", "tables", "ingest", "realtime"}

MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "errors": set(),
    "config": set(),
    "store": COMMON,
    "tables": COMMON,
    "realtime": COMMON,
    # tables defines the columnar format that ingest writes
    "ingest": COMMON | {"tables"},
    "services": COMMON | BELOW_SERVICES,
    # a schema builds the frozen query that its service takes
    "schemas": COMMON | {"services"},
    "operations": COMMON | {"schemas"},
    "views": COMMON | {"schemas", "services", "operations"},
    "routes": COMMON | {"views"},
    # what the routes and their operations promise, as one OpenAPI document
    "description": COMMON | {"operations", "schemas", "views", "routes"},
    # what the change channel sends, as one AsyncAPI document
    "channel_description": COMMON | {"description", "schemas", "services"},
    "logs": COMMON,
    # the parent of several serving processes: it migrates, and a child ends with it
    "processes": COMMON | {"store", "tables"},
    # what is wired, as it starts and stops
    "running": COMMON | BELOW_SERVICES | {"services", "views"},
    # the one place where parts are wired together
    "app": COMMON
    | BELOW_SERVICES
    | {
        "services",
        "schemas",
        "operations",
        "views",
        "routes",
        "description",
        "logs",
        "running",
        "processes",
    },
    "__main__": COMMON
    | {"store", "app", "description", "channel_description", "logs", "processes"},
}

TABULAR = {"ingest", "tables"}
LIBRARY_BELONGS_TO: dict[str, set[str]] = {
    "tornado": {"views", "routes", "app", "running", "processes", "__main__", "realtime"},
    "marshmallow": {"schemas", "operations", "description", "channel_description"},
    "apispec": {"description", "channel_description"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "psycopg": {"store", "realtime"},
    "pandas": TABULAR,
    "numpy": TABULAR,
    "pyarrow": TABULAR,
    "duckdb": TABULAR,
    "openpyxl": TABULAR,
    "fastexcel": TABULAR,
    "python_calamine": TABULAR,
    "xlrd": TABULAR,
    "odf": TABULAR,
    "pyxlsb": TABULAR,
    "environs": {"config", "__main__"},
    "requests": set(),
}
TORNADO_ADAPTERS_IN_REALTIME = 1


@dataclass(frozen=True)
class Import:
    """`module` of part `part` imports `target` in line `line`."""

    part: str
    module: Path
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.part} imports {self.target}"


def imports_of(package: Path) -> Iterator[Import]:
    """Every import in a package, wherever it stands: in functions and for types too."""
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package)
        part = inside.parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            for target in targets_of(node, package.name, inside):
                yield Import(part, path.relative_to(package.parent), node.lineno, target)  # type: ignore[attr-defined]


def targets_of(node: ast.AST, package: str, inside: Path) -> list[str]:
    """The absolute dotted names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    here = [package, *inside.parts[:-1]]
    base = here[: len(here) + 1 - node.level] if node.level else []
    module = ".".join([*base, *([node.module] if node.module else [])])
    if module == package:
        return [f"{module}.{alias.name}" for alias in node.names]
    return [module]


def violations(package: Path) -> list[str]:
    """Every import that goes against the tables above."""
    found = [str(one) for one in imports_of(package) if not is_allowed(one, package.name)]
    adapters = {
        one.module
        for one in imports_of(package)
        if one.part == "realtime" and one.target.split(".")[0] == "tornado"
    }
    if len(adapters) > TORNADO_ADAPTERS_IN_REALTIME:
        found.append(f"realtime imports tornado in {len(adapters)} modules: {sorted(adapters)}")
    return found


def is_allowed(one: Import, package: str) -> bool:
    """Whether the tables allow it; a part they do not know may import nothing of ours."""
    first, *rest = one.target.split(".")
    if first != package:
        return one.part in LIBRARY_BELONGS_TO.get(first, {one.part})
    return not rest or rest[0] == one.part or rest[0] in MAY_IMPORT.get(one.part, set())


def test_imports_point_downward_and_each_library_has_its_place() -> None:
    assert violations(ROOT / "backend") == []


def test_every_part_of_the_backend_is_in_the_table() -> None:
    parts = {one.part for one in imports_of(ROOT / "backend")} - {"__init__"}
    assert parts <= set(MAY_IMPORT), f"say who may import what: {parts - set(MAY_IMPORT)}"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("store/shares.py", "from backend.services.shares import Shares"),
        ("store/shares.py", "import tornado.web"),
        ("domain.py", "from backend.config import Config"),
        ("tables/pages.py", "from backend.ingest import typing"),
        ("ingest/typing.py", "from ..store import blobs"),
        ("services/shares.py", "import sqlalchemy as sa"),
        ("services/shares.py", "def late():\n    from backend.views import base"),
        ("services/shares.py", "from .. import app"),
        ("views/shares.py", "from backend import store"),
        ("views/shares.py", "from marshmallow import Schema"),
        ("views/shares.py", "if TYPE_CHECKING:\n    from pandas import DataFrame"),
        ("schemas/shares.py", "from backend.app import make_app"),
        ("novelty/things.py", "from backend.store import shares"),
    ],
)
def test_the_checker_finds_what_is_wrong(tmp_path: Path, module: str, source: str) -> None:
    path = tmp_path / "backend" / module
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert len(violations(tmp_path / "backend")) == 1


def test_the_checker_allows_one_adapter_of_tornado_in_realtime(tmp_path: Path) -> None:
    folder = tmp_path / "backend" / "realtime"
    folder.mkdir(parents=True)
    (folder / "frames.py").write_text("from tornado import websocket")
    assert violations(tmp_path / "backend") == []
    (folder / "hub.py").write_text("import tornado.ioloop")
    assert len(violations(tmp_path / "backend")) == 1
