"""DROP COLUMN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_column_made_here
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import DropColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "First deploy the programs without it; then allow this rule, and say since when nobody uses it."


def check(step: Step) -> Iterator[Finding]:
    """Yield the DROP of a column that may be in use."""
    drop = step.operation
    assert isinstance(drop, DropColumn)
    if not is_column_made_here(step, drop.table, drop.column):
        message = f'dropping column "{drop.column}" of "{drop.table}" loses its values, and breaks programs that use it'
        yield step.finding(message, HELP)


RULE = Rule(
    name="ban-drop-column",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP COLUMN of a column that may be in use",
    reason="""\
The values are gone, and only a backup brings them back. Programs of the version before, which run until the deployment
is done and again after a rollback, still name the column; ORMs do so in every query. Deploy the version that does
without it, then drop it in a later migration with an allow. A column that the migration itself has made is not
found.""",
    on=(DropColumn,),
    check=check,
)
