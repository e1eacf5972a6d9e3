"""EXCLUDE, which builds its index at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

NO_OTHER_WAY = (
    "PostgreSQL knows no way to build it beforehand. Make a new table with the constraint, fill it, and let programs"
    " change over; or add it while nobody needs the table, and allow it."
)


def check(step: Step) -> Iterator[Finding]:
    """Find exclusion constraints of tables in use."""
    match step.operation:
        case AddConstraint(table=table, constraint=added) if added.kind == "exclude" and is_in_use(step, table):
            what = f'exclusion constraint "{added.name}"' if added.name else "an exclusion constraint"
            message = (
                f"adding {what} {blocks(ACCESS_EXCLUSIVE, table)} until its index is built (ACCESS EXCLUSIVE lock)"
            )
            yield step.finding(message, NO_OTHER_WAY)


RULE = Rule(
    name="adding-exclusion-constraint",
    group=Group.LOCKS,
    summary="an exclusion constraint builds its index while reads and writes are blocked",
    reason="""\
`ADD CONSTRAINT ... EXCLUDE` takes an ACCESS EXCLUSIVE lock on the table and holds it while it builds the index and
compares the rows: nobody can read or write meanwhile. It knows neither `NOT VALID` nor `USING INDEX`, so there is no
way to do it in steps.

Allow it for a table that is known to be small, or at a time when nobody needs it.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddConstraint,),
    check=check,
)
