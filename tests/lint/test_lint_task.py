"""``invoke migrate.lint``: the linter with the settings of the project whose tasks.py invoke has loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import TASKS, Project, Said

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a bad migration and a good one, and no database."""
    made = Project(tmp_path)
    made.write("tasks.py", TASKS)
    made.write("pyproject.toml", '[tool.migrate-tasks.lint]\nrules = { ban-drop-table = "error" }\n')
    made.write("migrations/001-a.sql", "SELECT 1;\nDROP TABLE a;\n")
    made.write("migrations/002-b.sql", "SELECT 2;\n")
    return made


def test_the_exit_code(project: Project) -> None:
    """Violations of the project's migrations are printed, and the exit code is 1."""
    said = project.invoke("migrate.lint", "--select", "ban-drop-table")

    assert (said.code, said.err) == (1, "")
    assert said.out.startswith("migrations/001-a.sql:2:1: ban-drop-table: ")
    assert said.out.endswith("\n1 error, 0 warnings in 2 files; 3 of 3 statements read\n")


def test_paths(project: Project) -> None:
    """Each --paths is a path, and standard input is one."""
    one = project.invoke("migrate.lint", "--paths", "migrations/002-b.sql")
    both = project.invoke("migrate.lint", "--paths", "migrations/002-b.sql", "--paths", "migrations/001-a.sql")
    typed = project.invoke("migrate.lint", "--paths", "-")

    assert [said.code for said in (one, both, typed)] == [0, 1, 0]
    assert one == Said(0, "0 errors, 0 warnings in 1 file; 1 of 1 statement read\n", "")


def test_repeated_lists(project: Project) -> None:
    """--select and --ignore add up, and an empty --select is refused."""
    selected = project.invoke("migrate.lint", "--select", "syntax-error", "--select", "ban-drop-table")
    ignored = project.invoke("migrate.lint", "--select", "ban-drop-table", *("--ignore", "ban-drop-table") * 2)
    empty = project.invoke("migrate.lint", "--select", "")

    assert (selected.code, ignored.code) == (1, 0)
    assert empty == Said(2, "", "error: --select names no rule\nHINT: Leave it out for all rules that are on.\n")


def test_bad_input(project: Project) -> None:
    """What cannot be used ends with exit code 2."""
    assert project.invoke("migrate.lint", "--paths", "no.sql") == Said(2, "", 'error: there is no file "no.sql"\n')


def test_a_server_without_a_url(project: Project) -> None:
    """--server without a URL asks the embedded server."""
    project.write("migrations/002-b.sql", "SELECT 2 3;\n")
    said = project.invoke("migrate.lint", "--select", "syntax-error", "--server")

    assert (said.code, said.err) == (1, "")
    assert said.out.startswith('migrations/002-b.sql:1:10: syntax-error: syntax error at or near "3"')
