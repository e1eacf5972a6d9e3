"""Row-level security without a policy, which shows nobody but the owner any row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.operations import AlterTableOther

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep


def _check(step: FileStep) -> Iterator[Finding]:
    for action in step.operations.of(AlterTableOther):
        if action.action != "ENABLE ROW LEVEL SECURITY":
            continue
        if action.table in step.schema.tables and action.table not in step.schema.policies:
            yield Finding(
                action.start,
                action.end,
                f'"{action.table}" has row-level security and no policy: all but its owner see and write no row',
                f"CREATE POLICY {quoted(f'{action.table.name}_policy')} ON {quoted(action.table)} USING (...);",
            )


RULE = Rule(
    name="row-security-without-policy",
    group=Group.DESIGN,
    summary="row-level security is enabled and there is no policy",
    reason="""\
With row-level security and no policy, the server lets nobody but the owner and roles with BYPASSRLS see or write any
row: queries find nothing, and tell no error.

Create the policies in the same migration, before `ENABLE ROW LEVEL SECURITY`. Allow it where that is meant: a table
for the owner only.
""",
    severity=Severity.WARNING,
    is_default=False,
    check_file=_check,
)
