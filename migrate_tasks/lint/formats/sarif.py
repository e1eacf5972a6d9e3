"""SARIF 2.1.0, which code scanning of GitHub and many editors read."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from migrate_tasks.lint.formats.gitlab import fingerprint
from migrate_tasks.lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.lint.report import Report
    from migrate_tasks.lint.rule import Rule
    from migrate_tasks.lint.violation import Violation

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(report: Report) -> str:
    """Return a log with one run; its columns count characters."""
    rules = all_rules()
    names = list(rules)
    seen: Counter[str] = Counter()
    driver = {"name": "migrate-lint", "rules": [_descriptor(rule) for rule in rules.values()]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(violation, names, seen) for violation in report.violations],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.reason, "markdown": rule.reason},
        "help": {"text": rule.reason, "markdown": rule.reason},
        "defaultConfiguration": {"enabled": rule.is_default, "level": rule.severity.value},
        "properties": {"tags": [rule.group.value]},
    }


def _result(violation: Violation, names: Sequence[str], seen: Counter[str]) -> dict[str, Any]:
    region = {
        "startLine": violation.line,
        "startColumn": violation.column,
        **({} if violation.end_line is None else {"endLine": violation.end_line}),
    }
    path = violation.path.removeprefix("./")
    uri = f"file://{_quoted(path)}" if path.startswith("/") else _quoted(path)
    said = f"{violation.message}\n\n{violation.help}" if violation.help else violation.message
    return {
        "ruleId": violation.rule,
        **({"ruleIndex": names.index(violation.rule)} if violation.rule in names else {}),
        "level": violation.severity.value,
        "message": {"text": said},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        "partialFingerprints": {"violation/v1": fingerprint(violation, seen)},
    }


def _quoted(path: str) -> str:
    return quote(path, errors="surrogateescape")
