"""One JSON object, for programs of one's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from migrate_tasks.lint.report import Report
    from migrate_tasks.lint.violation import Violation


def structured(report: Report) -> str:
    """Return an object with ``violations`` and ``summary``."""
    counts = {f"{s.value}s": sum(v.severity is s for v in report.violations) for s in Severity}
    read = {
        "files": report.files,
        "statements": report.statements,
        "statements_read": report.statements - report.unread,
    }
    answer = {"violations": [_violation(v) for v in report.violations], "summary": {**counts, **read}}
    return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "rule": violation.rule,
        "severity": violation.severity.value,
        "path": violation.path,
        "line": violation.line,
        "column": violation.column,
        **({} if violation.end_line is None else {"end_line": violation.end_line}),
        "message": violation.message,
        "help": violation.help,
    }
