"""Workflow commands of GitHub Actions, which shows them as annotations of a pull request.

See "Workflow commands for GitHub Actions" in GitHub's documentation; what must be escaped is told by its own
actions/toolkit: percent signs and line ends in all, colons and commas in properties as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_tasks.lint.report import Report
    from migrate_tasks.lint.violation import Violation

DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY = {**DATA, **str.maketrans({":": "%3A", ",": "%2C"})}


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
    written = ",".join(f"{key}={str(value).translate(PROPERTY)}" for key, value in properties.items())
    said = f"{violation.message}\nhelp: {violation.help}" if violation.help else violation.message
    return f"::{violation.severity.value} {written}::{said.translate(DATA)}"
