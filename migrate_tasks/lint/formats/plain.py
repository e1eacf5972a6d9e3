"""Lines for people: each violation with its help, and what it all came to."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from migrate_tasks.lint.violation import Severity
from migrate_tasks.render.visible import visible

if TYPE_CHECKING:
    from migrate_tasks.lint.report import Report
    from migrate_tasks.lint.violation import Violation

LAYOUT = "\n\t"


def plain(report: Report) -> str:
    """Return a line for each violation, its help below it, and the summary."""
    return "".join(f"{line}\n" for line in (*map(told_of, report.violations), summary(report)))


def summary(report: Report) -> str:
    """Return how many violations there are, and how much was judged."""
    counts = [_plural(sum(v.severity is severity for v in report.violations), severity.value) for severity in Severity]
    read = f"{report.statements - report.unread} of {_plural(report.statements, 'statement')} read"
    return f"{', '.join(counts)} in {_plural(report.files, 'file')}; {read}"


def told_of(violation: Violation) -> str:
    """Return a violation's line, and its help below it."""
    line = visible(f"{violation.path}:{violation.line}:{violation.column}: {violation.rule}: {violation.message}")
    help_ = indent(f"help: {visible(violation.help, keep=LAYOUT)}", "  ")
    return f"{line}\n{help_}".rstrip() if violation.help else line


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
