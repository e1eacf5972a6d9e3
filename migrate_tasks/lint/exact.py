"""What a server's own parser adds to a report; how it is asked is told in server_check.py."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.violation import Violation
from migrate_tasks.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from migrate_tasks.lint.report import Report, Source
    from migrate_tasks.lint.settings import LintSettings
    from migrate_tasks.lint.violation import Finding

SYNTAX, UNKNOWN = "syntax-error", "unknown-statement"


def with_syntax_errors(
    report: Report,
    sources: Iterable[Source],
    settings: LintSettings,
    errors_of: Callable[[Source], Iterable[Finding]],
) -> Report:
    """Return the report with the server's syntax errors, instead of those of ours that say less of the same place."""
    violations = list(report.violations)
    for source in sources:
        severity = settings.severity_of(all_rules()[SYNTAX], source.path)
        places = Places(source.text)
        for finding in errors_of(source) if source.is_judged and severity else ():
            assert severity
            violations = [v for v in violations if not _says_less(v, source, finding)]
            place, last = places.of(finding.start), places.of(max(finding.end - 1, finding.start)).line
            violations.append(Violation(source.path, place.line, place.column, SYNTAX, severity, finding, last))
    order = {path: number for number, path in enumerate(dict.fromkeys(v.path for v in violations))}
    violations.sort(key=lambda v: (order[v.path], v.line, v.column, v.rule))
    return replace(report, violations=tuple(violations))


def _says_less(violation: Violation, source: Source, error: Finding) -> bool:
    """Return whether a violation says that a statement cannot be read which the server cannot read either."""
    own = violation.finding
    return violation.path == source.path and violation.rule == UNKNOWN and own.end == error.end
