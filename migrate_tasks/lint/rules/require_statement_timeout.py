"""Operations that may run for ever while they hold locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import line_of, locked_in_use
from migrate_tasks.lint.knowledge.lock_levels import KINDS
from migrate_tasks.lint.knowledge.locks import ROW_EXCLUSIVE
from migrate_tasks.lint.knowledge.timeouts import has_timeout, is_locking, last_setting, setting_of
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    tables = locked_in_use(step, ROW_EXCLUSIVE)
    if not tables or has_timeout(step, "statement_timeout"):
        return
    setting = last_setting(step, "statement_timeout")
    if is_locking(step, ROW_EXCLUSIVE, setting):
        return  # told there
    why = f"line {line_of(step, setting)} takes statement_timeout away" if setting else "no statement_timeout is set"
    help_ = setting_of(step, "statement_timeout", "10min")
    yield step.finding(f'what locks "{tables[0]}" may run for ever: {why}', help_)


RULE = Rule(
    name="require-statement-timeout",
    group=Group.LOCKS,
    summary="an operation locks a table and no statement_timeout limits how long it runs",
    reason="""\
A statement that takes longer than anybody thought keeps its locks for as long. `statement_timeout` ends it, and the
migration is rolled back.

Off by default, since an index build or a backfill that is ended after 59 of 60 minutes is done for nothing, and no
number is right for all tables. The setting `statement_timeout`, the directive `-- migrate: statement_timeout 10min`
or `SET` in the file satisfies the rule.
""",
    severity=Severity.WARNING,
    is_default=False,
    on=KINDS,
    check=_check,
)
