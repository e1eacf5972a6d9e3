"""A Code Quality report of GitLab, which shows what a merge request adds to it.

See "Code Quality report format" in GitLab's documentation.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from migrate_tasks.lint.report import Report
    from migrate_tasks.lint.violation import Violation

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def gitlab(report: Report) -> str:
    """Return a list of issues."""
    seen: Counter[str] = Counter()
    return json.dumps([_issue(violation, seen) for violation in report.violations], indent=2, ensure_ascii=False) + "\n"


def _issue(violation: Violation, seen: Counter[str]) -> dict[str, Any]:
    lines = {"begin": violation.line, **({} if violation.end_line is None else {"end": violation.end_line})}
    return {
        "description": f"{violation.message}\n{violation.help}" if violation.help else violation.message,
        "check_name": violation.rule,
        "fingerprint": fingerprint(violation, seen),
        "severity": SEVERITIES[violation.severity],
        "location": {"path": violation.path.removeprefix("./"), "lines": lines},
    }


def fingerprint(violation: Violation, seen: Counter[str]) -> str:
    """Return what the violation is known by, also after lines were added above it; ``seen`` counts its equals."""
    identity = f"{violation.path}\0{violation.rule}\0{violation.message}"
    seen[identity] += 1
    return hashlib.sha256(f"{identity}\0{seen[identity]}".encode(errors="surrogateescape")).hexdigest()
