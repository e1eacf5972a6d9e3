"""What cannot be read is not told twice, where a rule knows why."""

from __future__ import annotations

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.settings import LintSettings

KEY = "ALTER TABLE a ADD UNIQUE (b) NOT VALID;\n"


def rules_in(sql: str, *, ignore: str | None = None) -> list[tuple[int, str]]:
    """Return the line and the rule of each violation."""
    settings = LintSettings(severities={ignore: None} if ignore else {})
    return [(v.line, v.rule) for v in lint([Source("001-a.sql", "001-a", sql)], settings).violations]


def test_a_statement_that_is_explained() -> None:
    """The rule that knows why a statement cannot be read is the only one to tell of it, also where it is allowed."""
    allowed = f"-- migrate: allow not-valid-on-unique because it is a test\n{KEY}"

    assert rules_in(KEY) == [(1, "not-valid-on-unique")]
    assert rules_in(allowed) == []
    assert rules_in("CREATE TABLE IF NOT EXISTS a (b int UNSIGNED PRIMARY KEY);") == [(1, "mysql-type")]


def test_a_statement_that_is_not_explained() -> None:
    """Where that rule is off, or finds something else in the statement, it is told that it cannot be read."""
    assert rules_in(KEY, ignore="not-valid-on-unique") == [(1, "unknown-statement")]
    assert rules_in("CREATE TABLE IF NOT EXISTS a (b datetime,\nc);") == [
        (1, "mysql-type"),
        (2, "unknown-statement"),
    ]
