"""What is loaded when: `invoke --list` must stay as fast as an empty tasks.py."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import INVOKE, REPOSITORY, Project, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"psycopg", "sqlglot", "yaml", "jsonschema", "rich", "starlette", "uvicorn", "mcp"}
AFTER = """
import sys
sys.argv = ["invoke", *sys.argv[1:]]
from invoke.main import program
try:
    program.run()
finally:
    print(sorted(sys.modules), file=sys.stderr)
"""


def loaded_by(*arguments: str, root: Path = REPOSITORY) -> set[str]:
    """Return the modules loaded after running invoke with ``arguments`` in ``root``."""
    done = subprocess.run(
        [sys.executable, "-c", AFTER, *arguments],
        cwd=root,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    return set(eval(done.stderr.splitlines()[-1]))


@pytest.fixture
def loaded_by_invoke(tmp_path: Path) -> set[str]:
    """What invoke itself loads for an empty tasks.py; its own copy of yaml looks for PyYAML's C parser."""
    (tmp_path / "tasks.py").write_text("from invoke import task\n@task\ndef nothing(c): pass\n")
    return loaded_by("--list", root=tmp_path)


def test_list_loads_nothing_heavy(loaded_by_invoke: set[str]) -> None:
    """`invoke --list` loads nothing heavy, as psycopg, sqlglot or starlette, beyond what invoke does."""
    assert (loaded_by("--list") - loaded_by_invoke) & HEAVY == set()


def test_status_loads_only_what_it_needs(loaded_by_invoke: set[str]) -> None:
    """`invoke migrate.status` of a bad URL loads psycopg, and neither sqlglot, yaml, jsonschema nor rich."""
    assert (loaded_by("migrate.status", "--url", "host=/nowhere") - loaded_by_invoke) & HEAVY == {"psycopg"}


def test_the_list(project: Project) -> None:
    """The tasks are the ones the README names."""
    said = project.invoke("--list")

    names = [
        line.split()[0] for line in said.out.splitlines() if line.startswith(("  migrate", "  serve", "  startup"))
    ]
    assert names == [
        "serve",
        "migrate.accept",
        "migrate.baseline",
        "migrate.check",
        "migrate.down",
        "migrate.dump",
        "migrate.health",
        "migrate.lint",
        "migrate.mark",
        "migrate.new",
        "migrate.plan",
        "migrate.reset",
        "migrate.run",
        "migrate.status",
        "migrate.wait",
        "startup.analyze",
        "startup.budget",
        "startup.check",
        "startup.graph",
        "startup.plan",
        "startup.run",
        "startup.schema",
    ]


def test_the_public_names() -> None:
    """Every public name can be had from the package, and an unknown one is an AttributeError."""
    code = (
        "import migrate_tasks\n"
        "print([name for name in migrate_tasks.__all__ if getattr(migrate_tasks, name, None) is None])\n"
        "print(hasattr(migrate_tasks, 'nothing'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment({}), capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\nFalse\n"


def test_the_names_of_the_plugin() -> None:
    """A conftest.py gets factories and not modules, before and after all of the plugin is imported."""
    code = (
        "import sys, pytest_plugin\n"
        "print('psycopg' in sys.modules)\n"
        "import pytest_plugin.databases\n"
        "print([callable(getattr(pytest_plugin, name)) for name in pytest_plugin.__all__])\n"
        "print(hasattr(pytest_plugin, 'nothing'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment({}), capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n[True, True, True, True]\nFalse\n"


def test_invoke_is_the_one_of_this_python() -> None:
    """The tests run the invoke that belongs to their own Python."""
    assert INVOKE.exists()
