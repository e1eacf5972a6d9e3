"""The structure, read from the code's own imports: who may import what, and how large things may be."""

from __future__ import annotations

import ast
import statistics
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("migrate_tasks", "pytest_plugin", "example_app")
MODULES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))
TESTS = sorted((REPOSITORY / "tests").rglob("test_*.py"))

# one owner a library: the modules that may import it
OWNERS = {
    "psycopg": (
        "migrate_tasks/lint/server_check.py",
        "migrate_tasks/postgres/backends.py",
        "migrate_tasks/postgres/connection.py",
        "migrate_tasks/migrations/history.py",
        "migrate_tasks/migrations/dry_run.py",
        "migrate_tasks/migrations/execution.py",
        "migrate_tasks/migrations/lease.py",
        "migrate_tasks/migrations/lock.py",
        "migrate_tasks/migrations/recording.py",
        "migrate_tasks/migrations/recovery.py",
        "migrate_tasks/migrations/runner.py",
        "migrate_tasks/migrations/script.py",
        "migrate_tasks/migrations/session.py",
        "migrate_tasks/migrations/stepwise.py",
        "migrate_tasks/migrations/watch.py",
        "pytest_plugin/",
        "example_app/",
    ),
    "sqlglot": ("migrate_tasks/sql/",),
    "yaml": ("migrate_tasks/startup/document.py", "migrate_tasks/startup/documents.py"),
    "jsonschema": ("migrate_tasks/startup/read.py",),
    "invoke": ("migrate_tasks/tasks/",),
    "rich": ("migrate_tasks/render/live.py",),
    "testcontainers": ("migrate_tasks/postgres/servers/daemon.py",),
    "docker": ("migrate_tasks/postgres/servers/daemon.py",),
    "tomllib": ("migrate_tasks/settings.py",),
    "prometheus_client": ("migrate_tasks/api/metrics.py",),
    "opentelemetry": ("migrate_tasks/tracing.py",),
    "starlette": ("migrate_tasks/api/", "example_app/"),
    "uvicorn": ("migrate_tasks/api/serving.py",),
    "mcp": ("example_app/mcp_server.py",),
}


def name_of(path: Path) -> str:
    """Return ``path`` as the rules spell it."""
    return path.relative_to(REPOSITORY).as_posix()


# values import only values; they touch nothing outside themselves
OF_VALUES = ("migrate_tasks/sql", "migrate_tasks/lint")
LINT_OF_THE_WORLD = {
    "migrate_tasks/lint/check.py",
    "migrate_tasks/lint/read.py",
    "migrate_tasks/lint/revision.py",
    "migrate_tasks/lint/server_check.py",
    "migrate_tasks/lint/sources.py",
}
VALUES = (
    "migrate_tasks/api/metrics.py",
    "migrate_tasks/api/observation.py",
    "migrate_tasks/errors.py",
    "migrate_tasks/durations.py",
    "migrate_tasks/places.py",
    "migrate_tasks/workflow_commands.py",
    "migrate_tasks/api/access.py",
    "migrate_tasks/api/details.py",
    "migrate_tasks/api/rate.py",
    "migrate_tasks/migrations/migration.py",
    "migrate_tasks/migrations/names.py",
    "migrate_tasks/migrations/status.py",
    "migrate_tasks/migrations/events.py",
    "migrate_tasks/migrations/failure.py",
    "migrate_tasks/migrations/changes.py",
    "migrate_tasks/migrations/directives.py",
    "migrate_tasks/migrations/modes.py",
    "migrate_tasks/migrations/plan.py",
    "migrate_tasks/postgres/hints.py",
    *sorted(
        name
        for folder in OF_VALUES
        for path in (REPOSITORY / folder).rglob("*.py")
        if (name := name_of(path)) not in LINT_OF_THE_WORLD
    ),
    "migrate_tasks/api/excerpt.py",
    "migrate_tasks/api/observation.py",
    "migrate_tasks/api/started.py",
    "migrate_tasks/startup/analysis.py",
    "migrate_tasks/startup/budget.py",
    "migrate_tasks/startup/choice.py",
    "migrate_tasks/startup/environment.py",
    "migrate_tasks/startup/graph.py",
    "migrate_tasks/startup/limits.py",
    "migrate_tasks/startup/masking.py",
    "migrate_tasks/startup/result.py",
    "migrate_tasks/startup/retry.py",
    "migrate_tasks/startup/schedule.py",
    "migrate_tasks/startup/spec.py",
    "migrate_tasks/startup/state.py",
    "migrate_tasks/startup/systemd.py",
    "migrate_tasks/render/budget.py",
    "migrate_tasks/render/ci.py",
    "migrate_tasks/render/failure.py",
    "migrate_tasks/render/html.py",
    "migrate_tasks/render/json.py",
    "migrate_tasks/render/observed.py",
    "migrate_tasks/render/runs.py",
    "migrate_tasks/render/junit.py",
    "migrate_tasks/render/page.py",
    "migrate_tasks/render/page_sections.py",
    "migrate_tasks/render/page_state.py",
    "migrate_tasks/render/page_tables.py",
    "migrate_tasks/render/page_times.py",
    "migrate_tasks/render/openapi.py",
    "migrate_tasks/render/openapi_schemas.py",
    "migrate_tasks/render/plan.py",
    "migrate_tasks/render/printed.py",
    "migrate_tasks/render/text.py",
    "migrate_tasks/render/startup.py",
    "migrate_tasks/render/startup_analysis.py",
    "migrate_tasks/render/startup_graph.py",
    "migrate_tasks/render/startup_plan.py",
    "migrate_tasks/render/timeline.py",
    "migrate_tasks/render/visible.py",
)
OF_THE_WORLD = {"os", "sys", "subprocess", "socket", "select", "signal", "fcntl", "shutil", "tempfile", "psycopg"}

# edges are imported by nobody but the package's list of public names
EDGES = ("migrate_tasks.tasks", "migrate_tasks.api.app", "pytest_plugin.plugin")


def path_of(module: str) -> str:
    """Return the path of a module of ours, as the rules spell it."""
    path = REPOSITORY / module.replace(".", "/")
    return name_of(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> set[str]:
    """Return the modules that ``path`` imports when it runs; imports for type checkers do not count."""
    tree = tree_of(path)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_has_one_owner(library: str) -> None:
    """Only its owners import a library."""
    strangers = [
        name_of(path)
        for path in MODULES
        if any(module.split(".")[0] == library for module in imports_of(path))
        and not name_of(path).startswith(OWNERS[library])
    ]

    assert strangers == []


@pytest.mark.parametrize("name", VALUES)
def test_values_touch_nothing(name: str) -> None:
    """A module of values imports neither the outside world nor a module that does."""
    imported = imports_of(REPOSITORY / name)
    own = {path_of(module) for module in imported if module.startswith("migrate_tasks")}

    assert {module.split(".")[0] for module in imported} & OF_THE_WORLD == set()
    assert own - set(VALUES) == set()


def test_edges_are_imported_by_nobody() -> None:
    """Nothing inside imports an edge."""
    importers = [
        name_of(path)
        for path in MODULES
        if any(module.startswith(EDGES) for module in imports_of(path))
        and not name_of(path).startswith(("migrate_tasks/tasks/", "migrate_tasks/api/"))
    ]

    assert importers == []


def test_only_edges_print() -> None:
    """`print` is called only by edges, and in the keeper, which is a script of its own."""
    printing = {
        name_of(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }

    assert printing <= {
        "migrate_tasks/tasks/console.py",
        "migrate_tasks/tasks/edge.py",
        "migrate_tasks/postgres/servers/keeper.py",
        "pytest_plugin/plugin.py",
    }


def test_modules_are_small() -> None:
    """No module has more than 300 lines."""
    long = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}

    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def test_functions_are_small() -> None:
    """The median function has at most 8 lines of code, and none has more than 50 lines."""
    lengths = {
        f"{name_of(path)}:{node.name}": lines_of(node)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: lines for name, lines in lengths.items() if lines > 50} == {}
    assert statistics.median(lengths.values()) <= 8


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's body, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    """Every module opens with a docstring."""
    assert ast.get_docstring(tree_of(path))


def test_every_test_states_its_fact() -> None:
    """Every test has a docstring of one sentence."""
    silent = [
        f"{name_of(path)}:{node.name}"
        for path in TESTS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").endswith(".")
    ]

    assert silent == []
