"""A constraint added to a domain that columns have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_made_here
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AlterDomain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

ADDING = {"ADD CONSTRAINT": 'adding a constraint to domain "{}"', "SET NOT NULL": 'setting domain "{}" NOT NULL'}
HELP = "Put the constraint on the tables, one after the other: ADD CONSTRAINT ... NOT VALID, then VALIDATE CONSTRAINT."


def check(step: Step) -> Iterator[Finding]:
    """Yield a constraint, or NOT NULL, that is added to a domain which the migration has not made."""
    altered = step.operation
    assert isinstance(altered, AlterDomain)
    if altered.action in ADDING and not is_made_here(step, "domain", altered.name):
        what = ADDING[altered.action].format(altered.name)
        yield step.finding(f"{what} {_consequence(altered)}", HELP)


def _consequence(altered: AlterDomain) -> str:
    if altered.constraint and altered.constraint.not_valid:
        return "holds at once for what is written to any table that has it"
    return "reads every table that has it, and blocks writes to all of them"


RULE = Rule(
    name="ban-alter-domain-with-add-constraint",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="ALTER DOMAIN ... ADD CONSTRAINT or SET NOT NULL",
    reason="""\
Postgres looks through every table with a column of the domain, each locked against writes until the transaction ends,
and there is no way to do one at a time. With NOT VALID it reads nothing, but VALIDATE CONSTRAINT does so later, and
all programs that write such a column have to know the constraint at once. Put it on the tables instead.""",
    on=(AlterDomain,),
    check=check,
)
