"""PRIMARY KEY that builds its index at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.columns_in_steps import OF_PARTITIONED, made_key, made_not_null
from migrate_tasks.lint.knowledge.constraint_sql import built_before, name_of
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

IN_STEPS = "build the index concurrently, in a migration of its own, and let the primary key take it:"
NOT_NULL_FIRST = "Make its columns NOT NULL, "


def check(step: Step) -> Iterator[Finding]:
    """Find primary keys of tables in use whose index is not there yet."""
    match step.operation:
        case AddConstraint(table=table, constraint=key) if is_in_use(step, table):
            if key.kind == "primary key" and not key.using_index:
                yield _finding(
                    step, table, f'adding primary key "{name_of(step, table, key)}"', _help(step, table, key)
                )
        case AddColumn(table=table, column=column) as added if is_in_use(step, table):
            for key in column.constraints:
                if key.kind == "primary key":
                    what = f'adding primary key column "{column.name}"'
                    yield _finding(step, table, what, made_key(step, added, key))


def _finding(step: Step, table: Name, what: str, help_: str) -> Finding:
    message = f"{what} {blocks(ACCESS_EXCLUSIVE, table)} until its index is built (ACCESS EXCLUSIVE lock)"
    return step.finding(message, help_)


def _help(step: Step, table: Name, key: Constraint) -> str:
    known = step.schema.table(table)
    if known and known.is_partitioned:
        return OF_PARTITIONED
    nullable = [column for column in key.columns if not is_proved_not_null(step, table, column)]
    sentence = NOT_NULL_FIRST + IN_STEPS if nullable else IN_STEPS.capitalize()
    first = [made_not_null(step, table, column) for column in nullable]
    return "\n".join([sentence, *first, built_before(step, table, key)])


RULE = Rule(
    name="adding-serial-primary-key-field",
    group=Group.LOCKS,
    summary="a primary key builds its index while reads and writes are blocked",
    reason="""\
`ADD PRIMARY KEY` takes an ACCESS EXCLUSIVE lock on the table and holds it while it builds the index, and while it
reads all rows if a column was not NOT NULL before: nobody can read or write meanwhile. So does `ADD COLUMN ...
PRIMARY KEY`, which rewrites the table, too, if the column is serial or an identity.

Build the index first, by `CREATE UNIQUE INDEX CONCURRENTLY`, which blocks nobody, and let the key take it by `PRIMARY
KEY USING INDEX`.

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddConstraint, AddColumn),
    check=check,
)
