"""UNIQUE that builds its index at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.constraint_sql import built_before, column_without, name_of
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn, AddConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint, Name

IN_STEPS = "Build the index concurrently, in a migration of its own, and let the constraint take it:"
OF_PARTITIONED = (
    "The constraint of a partitioned table cannot take an index, but takes over those of its partitions: give each"
    " partition a unique constraint of its own by USING INDEX first."
)


def check(step: Step) -> Iterator[Finding]:
    """Find unique constraints of tables in use whose index is not there yet."""
    match step.operation:
        case AddConstraint(table=table, constraint=added) if is_in_use(step, table):
            if added.kind == "unique" and not added.using_index:
                yield _finding(step, table, f'adding unique constraint "{name_of(step, table, added)}"', added)
        case AddColumn(table=table, column=column) as add if is_in_use(step, table):
            for own in column.constraints:
                if own.kind == "unique":
                    before = column_without(step, add, own)
                    yield _finding(step, table, f'adding column "{column.name}" with UNIQUE', own, before)


def _finding(step: Step, table: Name, what: str, constraint: Constraint, before: str = "") -> Finding:
    known = step.schema.table(table)
    sql = "\n".join(filter(None, (IN_STEPS, before, built_before(step, table, constraint))))
    return step.finding(
        f"{what} {blocks(ACCESS_EXCLUSIVE, table)} until its index is built (ACCESS EXCLUSIVE lock)",
        OF_PARTITIONED if known and known.is_partitioned else sql,
    )


RULE = Rule(
    name="disallowed-unique-constraint",
    group=Group.LOCKS,
    summary="a unique constraint builds its index while reads and writes are blocked",
    reason="""\
`ADD CONSTRAINT ... UNIQUE` takes an ACCESS EXCLUSIVE lock on the table and holds it while it builds the index: nobody
can read or write meanwhile. So does `ADD COLUMN ... UNIQUE`.

Build the index first, by `CREATE UNIQUE INDEX CONCURRENTLY`, which blocks nobody, and let the constraint take it by
`UNIQUE USING INDEX`, which takes a moment. Where nobody asks for the constraint by its name, the unique index alone
does the same.

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddConstraint, AddColumn),
    check=check,
)
