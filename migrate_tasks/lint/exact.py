"""What a server's own parser adds to a report; how it is asked is told in server_check.py."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.violation import Violation
from migrate_tasks.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from migrate_tasks.lint.report import Report, Source
    from migrate_tasks.lint.settings import LintSettings
    from migrate_tasks.lint.violation import Finding

SYNTAX, UNKNOWN = "syntax-error", "unknown-statement"


def with_syntax_errors(
    report: Report,
    sources: Sequence[Source],
    settings: LintSettings,
    errors_of: Callable[[Source], Iterable[Finding]],
) -> Report:
    """Return the report with the server's syntax errors, instead of those of ours that say less of the same place.

    What a rule explains is not told again.
    """
    rules, found = all_rules(), list[Violation]()
    known: set[tuple[str, int]] = set()  # where each statement with an error ends
    for source in sources:
        severity = settings.severity_of(rules[SYNTAX], source.path_of_settings)
        if not source.is_judged or not severity:
            continue
        places = Places(source.text)
        reasons = [v.finding for v in report.violations if v.path == source.path and rules[v.rule].explains]
        for finding in errors_of(source):
            if any(reason.covers(finding.start) for reason in reasons):
                continue
            place, last = places.of(finding.start), places.of(max(finding.end - 1, finding.start)).line
            found.append(Violation(source.path, place.line, place.column, SYNTAX, severity, finding, last))
            known.add((source.path, finding.end))
    kept = [v for v in report.violations if v.rule != UNKNOWN or (v.path, v.finding.end) not in known]
    order = {source.path: number for number, source in enumerate(sources)}
    ordered = sorted([*kept, *found], key=lambda v: (order[v.path], v.line, v.column, v.rule))
    return replace(report, violations=tuple(ordered))
