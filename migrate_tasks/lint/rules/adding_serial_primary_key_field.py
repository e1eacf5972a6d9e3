"""PRIMARY KEY that builds its index at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.constraint_sql import built_before, column_without, name_of
from migrate_tasks.lint.in_use import is_in_use
from migrate_tasks.lint.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.not_null import is_proved_not_null
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn, AddConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint, Name

IN_STEPS = "Build the index concurrently, in a migration of its own, and let the primary key take it:"
NULLABLE = "Make {} NOT NULL first, as adding-not-nullable-field tells. Then build the index concurrently, in a migration of its own, and let the primary key take it:"
OF_COLUMN = "Add the column alone, fill it in batches, make it NOT NULL as adding-not-nullable-field tells, and then:"
OF_PARTITIONED = (
    "A partitioned table's primary key cannot take an index, and its partitions' keys must be there before: give each"
    " partition a primary key of its own by USING INDEX, and then add it to the table."
)


def check(step: Step) -> Iterator[Finding]:
    """Find primary keys of tables in use whose index is not there yet."""
    match step.operation:
        case AddConstraint(table=table, constraint=key) if is_in_use(step, table):
            if key.kind == "primary key" and not key.using_index:
                yield _finding(step, table, f'adding primary key "{name_of(key, table)}"', _help(step, table, key))
        case AddColumn(table=table, column=column) as add if is_in_use(step, table):
            for key in column.constraints:
                if key.kind == "primary key":
                    steps = f"{OF_COLUMN}\n{column_without(step, add, key)}\n{built_before(step, table, key)}"
                    yield _finding(step, table, f'adding primary key column "{column.name}"', steps)


def _finding(step: Step, table: Name, what: str, help_: str) -> Finding:
    message = f"{what} {blocks(ACCESS_EXCLUSIVE, table)} until its index is built (ACCESS EXCLUSIVE lock)"
    return step.finding(message, help_)


