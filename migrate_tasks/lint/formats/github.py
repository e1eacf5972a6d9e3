"""Workflow commands of GitHub Actions, which shows them as annotations of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.workflow_commands import command

if TYPE_CHECKING:
    from migrate_tasks.lint.report import Report
    from migrate_tasks.lint.violation import Violation


def github(report: Report) -> str:
    """Return a command a line for each violation."""
    return "".join(f"{_command(violation)}\n" for violation in report.violations)


def _command(violation: Violation) -> str:
    properties = {
        "file": violation.path,
        "line": violation.line,
        **({} if violation.end_line is None else {"endLine": violation.end_line}),
        "col": violation.column,
        "title": violation.rule,
    }
    said = f"{violation.message}\nhelp: {violation.help}" if violation.help else violation.message
    return command(violation.severity.value, said, properties)
