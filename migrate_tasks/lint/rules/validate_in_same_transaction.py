"""VALIDATE CONSTRAINT in the transaction that added the constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, SHARE_ROW_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.remedies import alter_table
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddConstraint, ValidateConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint


def check(step: Step) -> Iterator[Finding]:
    """Find constraints of tables in use that are validated under the lock of their own ADD CONSTRAINT."""
    match step.operation:
        case ValidateConstraint(table=table, name=name) as validate if is_in_use(step, table):
            added = _added(step, validate)
            if added:
                mode = SHARE_ROW_EXCLUSIVE if added.kind == "foreign key" else ACCESS_EXCLUSIVE
                yield step.finding(
                    f'validating "{name}" in the transaction that adds it {blocks(mode, table)} until all rows are'
                    f" read ({mode} lock of ADD CONSTRAINT)",
                    f"Put this into a later migration:\n{alter_table(table, step.text)}",
                )


def _added(step: Step, validate: ValidateConstraint) -> Constraint | None:
    """Return the constraint if this transaction has added it, unchecked."""
    known = step.schema.table(validate.table)
    state = known.constraints.get(validate.name) if known else None
    for done in step.transaction.done.of(AddConstraint, validate.table) if step.transaction else ():
        added = done.constraint
        if added.not_valid and ((state and state.constraint is added) or added.name == validate.name):
            return added
    return None


RULE = Rule(
    name="validate-in-same-transaction",
    group=Group.LOCKS,
    summary="a constraint is validated in the transaction that adds it NOT VALID",
    reason="""\
`VALIDATE CONSTRAINT` by itself needs a weak lock only. But in the transaction that has added the constraint, the lock
of `ADD CONSTRAINT` is held until the end: ACCESS EXCLUSIVE for a CHECK, SHARE ROW EXCLUSIVE on both tables for a
foreign key. All rows are then read under that lock, as if `NOT VALID` had not been written.

The runner executes a file as one transaction, so the two belong into two files.

Allow it for a table that is known to be small.
""",
    on=(ValidateConstraint,),
    check=check,
)
