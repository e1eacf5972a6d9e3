"""A foreign key of a new table or column, for which the other table is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.afterwards import is_last
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import SHARE_ROW_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AddColumn, AddConstraint, CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint, Name

HELP = "Put it at the end of its migration or into one of its own, so that the lock is held for a moment only."


def check(step: Step) -> Iterator[Finding]:
    """Find foreign keys that point to tables in use, and for which no row is checked."""
    match step.operation:
        case CreateTable(table=table, temporary=False) as create if step.schema.table(table) is None:
            own = [constraint for column in create.columns for constraint in column.constraints]
            yield from _findings(step, table, [*own, *create.constraints])
        case AddColumn(table=table, column=column) if not column.default or not is_in_use(step, table):
            yield from _findings(step, table, column.constraints)
        case AddConstraint(table=table, constraint=key) if not is_in_use(step, table):
            yield from _findings(step, table, (key,))


def _findings(step: Step, table: Name, constraints: Sequence[Constraint]) -> Iterator[Finding]:
    """Yield one for each other table, however many keys point to it."""
    keys = {key.references: key for key in reversed(constraints) if key.references not in (None, table)}
    for other, key in reversed(keys.items()):
        if other and is_in_use(step, other) and not is_last(step):
            yield step.finding(
                f'the foreign key from "{table}" {blocks(SHARE_ROW_EXCLUSIVE, other)} until the transaction ends'
                " (SHARE ROW EXCLUSIVE lock)",
                HELP,
                at=key.start,
            )


RULE = Rule(
    name="creating-reference",
    group=Group.LOCKS,
    summary="a foreign key of a new table or column locks the table that it points to",
    reason="""\
`CREATE TABLE ... REFERENCES users` makes a trigger on `users`, too, for which it takes a SHARE ROW EXCLUSIVE lock on
it. There is no row to check, so that takes a moment; but the lock waits for all writers of `users`, keeps the next
ones waiting, and is held until the transaction ends. The same goes for `ADD COLUMN ... REFERENCES` without a default.

Put it at the end of its migration or into one of its own: it is not found where the rest of the transaction is done in
a moment, such as what concerns new tables. The runner's lock_timeout and its retries see to the waiting.
""",
    severity=Severity.WARNING,
    lock=SHARE_ROW_EXCLUSIVE,
    on=(CreateTable, AddColumn, AddConstraint),
    check=check,
)
