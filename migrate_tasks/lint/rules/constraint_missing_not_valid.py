"""A CHECK or NOT NULL constraint for which all rows are read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.constraint_sql import checked_later, column_without, name_of
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.not_null import is_proved_not_null
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn, AddConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint, Name

IN_STEPS = "Add it without reading the rows, and check them in a later migration, which blocks neither:"


def check(step: Step) -> Iterator[Finding]:
    """Find constraints of tables in use that are checked when they are added."""
    match step.operation:
        case AddConstraint(table=table, constraint=added) if is_in_use(step, table) and _is_read(step, table, added):
            yield step.finding(
                f'adding constraint "{name_of(step, table, added)}" {blocks(ACCESS_EXCLUSIVE, table)} until all rows'
                " are read (ACCESS EXCLUSIVE lock)",
                f"{IN_STEPS}\n{checked_later(step, table, added)}",
            )
        case AddColumn(table=table, column=column) as add if is_in_use(step, table):
            for own in column.constraints:
                if own.kind == "check" and not own.not_valid:
                    yield step.finding(
                        f'adding column "{column.name}" with a CHECK {blocks(ACCESS_EXCLUSIVE, table)} until all rows'
                        " are read (ACCESS EXCLUSIVE lock)",
                        f"{IN_STEPS}\n{column_without(step, add, own)}\n{checked_later(step, table, own)}",
                    )


def _is_read(step: Step, table: Name, added: Constraint) -> bool:
    """Return whether rows are read for a constraint; a CHECK may prove that no row has NULL there."""
    if added.not_valid or added.kind not in ("check", "not null"):
        return False
    return added.kind == "check" or not all(is_proved_not_null(step, table, column) for column in added.columns)


RULE = Rule(
    name="constraint-missing-not-valid",
    group=Group.LOCKS,
    summary="a CHECK or NOT NULL constraint is checked for all rows while reads and writes are blocked",
    reason="""\
`ADD CONSTRAINT ... CHECK` (and `NOT NULL`, which PostgreSQL 18 knows as a constraint) takes an ACCESS EXCLUSIVE lock
on the table and holds it while it reads every row: nobody can read or write meanwhile. So does `ADD COLUMN ...
CHECK`.

`NOT VALID` leaves the rows that are there unchecked, and so needs the lock for a moment only; new rows are checked.
`VALIDATE CONSTRAINT`, in a later migration, reads the others under a SHARE UPDATE EXCLUSIVE lock, which blocks
neither reads nor writes. UNIQUE knows no `NOT VALID`: see disallowed-unique-constraint.

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddConstraint, AddColumn),
    check=check,
)
