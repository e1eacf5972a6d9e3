"""The default taken from a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_column_made_here, is_nobodys
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AlterColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "First deploy the programs that always give a value; then allow this rule."


def check(step: Step) -> Iterator[Finding]:
    """Yield the DROP of a default, but for that of a new column which may be NULL."""
    match step.operation:
        case AlterColumn(action="DROP DEFAULT", table=table, column=column) if not is_nobodys(step, table):
            known = step.schema.column(table, column)
            if (known and known.is_not_null) or not is_column_made_here(step, table, column):
                yield step.finding(
                    f'taking the default from column "{column}" of "{table}" breaks programs that insert rows'
                    " without it",
                    HELP,
                )


RULE = Rule(
    name="ban-drop-default",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="ALTER COLUMN ... DROP DEFAULT",
    reason="""\
Programs of the version before leave the column out and count on the default: their rows get NULL now, or are refused
where the column is NOT NULL. Deploy the version that gives a value first. This holds for a NOT NULL column that the
migration itself has added, too; one that may be NULL, or is of a new table, is not found.""",
    on=(AlterColumn,),
    check=check,
)
