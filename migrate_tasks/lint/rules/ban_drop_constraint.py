"""DROP CONSTRAINT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_constraint_made_anew, is_constraint_made_here
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.schema import says_not_null
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import DropConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "First deploy the programs that do not count on it, also not by ON CONFLICT; then allow this rule."


def check(step: Step) -> Iterator[Finding]:
    """Yield the DROP of a constraint that is neither of this migration nor made anew by it."""
    drop = step.operation
    assert isinstance(drop, DropConstraint)
    if is_constraint_made_here(step, drop.table, drop.name) or is_constraint_made_anew(step, drop.table, drop.name):
        return
    if _is_said_by_not_null(step, drop):
        return
    message = f'dropping constraint "{drop.name}" of "{drop.table}" lets in rows that programs do not expect'
    yield step.finding(message, HELP)


def _is_said_by_not_null(step: Step, drop: DropConstraint) -> bool:
    """Return whether it is the CHECK that SET NOT NULL has made needless, as adding-not-nullable-field tells."""
    table = step.schema.table(drop.table)
    known = table.constraints.get(drop.name) if table else None
    if table is None or known is None or known.constraint.kind != "check":
        return False
    return any(column.is_not_null and says_not_null(known.constraint, name) for name, column in table.columns.items())


RULE = Rule(
    name="ban-drop-constraint",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP CONSTRAINT of a constraint that programs may count on",
    reason="""\
Rows that the constraint has kept out can come in now, and programs of the version before do not expect them; nor can
the constraint be added again while they are there. INSERT ... ON CONFLICT fails without the key that it names. Deploy
the version that can do without it first. A constraint that the file adds anew, under the same name or on the same
columns, is not found, unless it is a key and the new one is of other columns; nor is a CHECK that NOT NULL has made
needless.""",
    on=(DropConstraint,),
    check=check,
)
