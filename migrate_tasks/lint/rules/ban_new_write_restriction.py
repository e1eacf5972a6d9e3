"""A new constraint, which programs of the version before do not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_column_made_here, is_made_here, is_nobodys
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AddConstraint, AlterColumn, AlterDomain, CreateIndex, DropConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name

HELP = "First deploy the programs that write what the constraint lets through; then allow this rule."


def check(step: Step) -> Iterator[Finding]:
    """Yield what will refuse rows from now on."""
    restricted = _restricted(step)
    if restricted:
        what, name = restricted
        yield step.finding(f'a new {what} on "{name}" refuses rows that programs still write', HELP)


def _restricted(step: Step) -> tuple[str, Name] | None:
    """Return what is added to which table or domain; None where nobody writes to that yet."""
    match step.operation:
        case AddConstraint(table=table, constraint=constraint) if not is_nobodys(step, table):
            is_replaced = constraint.name and _is_dropped_before(step, table, constraint.name)
            return None if is_replaced else (f"{constraint.kind} constraint", table)
        case AlterColumn(table=table, column=column, action="SET NOT NULL"):
            return None if is_column_made_here(step, table, column) else ("not null constraint", table)
        case CreateIndex(table=table, unique=True) if not is_nobodys(step, table):
            return "unique index", table
        case AlterDomain(name=name, action="ADD CONSTRAINT" | "SET NOT NULL") if not is_made_here(step, "domain", name):
            return "constraint", name
    return None


def _is_dropped_before(step: Step, table: Name, name: str) -> bool:
    """Return whether the constraint takes the place of one of its name."""
    return any(before.name == name for before in step.earlier.of(DropConstraint, table))


RULE = Rule(
    name="ban-new-write-restriction",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    is_default=False,
    summary="a new constraint or unique index on a table that programs write to",
    reason="""\
Even with NOT VALID, a constraint holds for every row that is written from now on, and a unique index as soon as it
begins to be built. Programs of the version before have never heard of it. Deploy the version that writes only what is
right first. The rule is for teams whose deployments overlap and may be rolled back; it is off by default, for most new
constraints only say what programs do anyway. A new column restricts nobody who does not know it, and is not found.""",
    on=(AddConstraint, AlterColumn, CreateIndex, AlterDomain),
    check=check,
)
