"""The linter's settings: what pyproject.toml and a command line may say, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.lint.read import Chosen, read_lint_settings
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.lint.step import Target
from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from pathlib import Path

RULES = {
    name: Rule(name=name, group=Group.LOCKS, summary="", reason="", severity=severity, is_default=is_default)
    for name, severity, is_default in (
        ("ban-drop-column", Severity.ERROR, True),
        ("prefer-identity", Severity.WARNING, False),
        ("prefer-text-field", Severity.ERROR, True),
    )
}
THREE_SECONDS = timedelta(seconds=3)


def read(root: Path, pyproject: str, chosen: Chosen | None = None) -> LintSettings:
    """Return what is read from a pyproject.toml."""
    (root / "pyproject.toml").write_text(pyproject)
    return read_lint_settings(root, chosen, environ={}, rules=RULES)


def test_nothing_is_said(tmp_path: Path) -> None:
    """Where nothing is said, all rules have their own severities, and the runner's timeouts are known."""
    assert read_lint_settings(tmp_path, environ={}, rules=RULES) == LintSettings(
        target=Target(lock_timeout=THREE_SECONDS)
    )


def test_everything_is_said(tmp_path: Path) -> None:
    """Every key is read, beside the settings of the runner."""
    pyproject = """
        [tool.migrate-tasks]
        lock_timeout = "0s"
        statement_timeout = "1m"
        [tool.migrate-tasks.lint]
        postgres_version = 16
        start_after = "007-create-analytics-table.sql"
        rules = { ban-drop-column = false, prefer-identity = true, prefer-text-field = "warning" }
        per-path = { "seeds/*" = ["ban-drop-column", "prefer-identity"] }
    """

    assert read(tmp_path, pyproject) == LintSettings(
        severities={
            "ban-drop-column": None,
            "prefer-identity": Severity.WARNING,
            "prefer-text-field": Severity.WARNING,
        },
        per_path=(("seeds/*", frozenset({"ban-drop-column", "prefer-identity"})),),
        start_after="007-create-analytics-table",
        target=Target(postgres_version=16, statement_timeout=timedelta(minutes=1)),
    )


def test_the_command_line_wins(tmp_path: Path) -> None:
    """What was typed wins over pyproject.toml."""
    pyproject = '[tool.migrate-tasks.lint]\npostgres_version = 16\nrules = { ban-drop-column = "error" }\n'
    chosen = Chosen(select=("prefer-identity",), ignore=("ban-drop-column",), postgres_version="18")

    assert read(tmp_path, pyproject, chosen) == LintSettings(
        severities={"ban-drop-column": None},
        select=frozenset({"prefer-identity"}),
        target=Target(postgres_version=18, lock_timeout=THREE_SECONDS),
    )


REFUSED = {
    "lint = 3": "pyproject.toml: [tool.migrate-tasks.lint] must be a table",
    "lint = { rule = 3 }": (
        'pyproject.toml: [tool.migrate-tasks.lint]: unknown key "rule"\nHINT: Did you mean "rules"?'
    ),
    "lint = { xyz = 3 }": (
        'pyproject.toml: [tool.migrate-tasks.lint]: unknown key "xyz"\n'
        "HINT: The keys are rules, per-path, postgres_version, start_after."
    ),
    "lint = { rules = 3 }": (
        "pyproject.toml: [tool.migrate-tasks.lint]: rules must be a table\n"
        'HINT: As in: rules = { ban-drop-column = "off" }'
    ),
    "lint = { rules = { ban-drop-colum = false } }": (
        'pyproject.toml: [tool.migrate-tasks.lint]: unknown rule "ban-drop-colum"\n'
        'HINT: Did you mean "ban-drop-column"?'
    ),
    "lint = { rules = { ban-drop-column = 'of' } }": (
        "pyproject.toml: [tool.migrate-tasks.lint]: rule ban-drop-column: 'of' is not known\n"
        'HINT: Did you mean "off"?'
    ),
    "lint = { rules = { ban-drop-column = 3 } }": (
        "pyproject.toml: [tool.migrate-tasks.lint]: rule ban-drop-column: 3 is not known\n"
        "HINT: It is one of error, warning, off, true, false."
    ),
    "lint = { per-path = { 'a' = 'ban-drop-column' } }": (
        "pyproject.toml: [tool.migrate-tasks.lint]: per-path must be a table of lists\n"
        'HINT: As in: per-path = { "migrations/00*.sql" = ["ban-drop-column"] }'
    ),
    "lint = { per-path = { 'a' = ['xyz'] } }": (
        'pyproject.toml: [tool.migrate-tasks.lint]: unknown rule "xyz"\n'
        "HINT: The rules are shown by: migrate-lint --list"
    ),
    "lint = { postgres_version = 13 }": (
        "setting postgres_version: 13 is not known\nHINT: It is one of 14, 15, 16, 17, 18."
    ),
    "lint = { postgres_version = true }": (
        "setting postgres_version: True is not known\nHINT: It is one of 14, 15, 16, 17, 18."
    ),
    "lint = { start_after = 7 }": "setting start_after: 7 is not the name of a migration",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_does_not_fit_is_refused(tmp_path: Path, line: str) -> None:
    """A key, a rule or a value that is not known is refused with what is near it."""
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, f"[tool.migrate-tasks]\n{line}\n")

    assert str(caught.value) == REFUSED[line]


@pytest.mark.parametrize("flag", ["select", "ignore"])
def test_an_unknown_rule_of_the_command_line(tmp_path: Path, flag: str) -> None:
    """A rule that is misspelt on the command line is refused."""
    with pytest.raises(ConfigurationError) as caught:
        read(
            tmp_path, "", Chosen(select=("ban-drop-colum",)) if flag == "select" else Chosen(ignore=("ban-drop-colum",))
        )

    assert str(caught.value) == f'--{flag}: unknown rule "ban-drop-colum"\nHINT: Did you mean "ban-drop-column"?'
