"""A foreign key that is checked for all rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.constraint_sql import checked_later, column_without, name_of
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, SHARE_ROW_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn, AddConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint, Name

NOT_VALID_OF_PARTITIONED = 18  # the first version that knows it for foreign keys
IN_STEPS = "Add it without checking the rows, and check them in a later migration, which blocks no writes:"
BY_PARTITION = (
    f"PostgreSQL before {NOT_VALID_OF_PARTITIONED} knows no NOT VALID here: add the same foreign key to each partition,"
    " NOT VALID, validate it in a later migration, and then add it to the table, which takes those over unchecked."
)


def check(step: Step) -> Iterator[Finding]:
    """Find the foreign keys of tables in use; creating-reference tells of those of new tables."""
    match step.operation:
        case AddConstraint(table=table, constraint=key) if _is_checked(key) and is_in_use(step, table):
            yield step.finding(
                f'adding foreign key "{name_of(step, table, key)}" {blocks(SHARE_ROW_EXCLUSIVE)} to'
                f' {_tables(step, table, key)} until all rows of "{table}" are checked (SHARE ROW EXCLUSIVE lock)',
                _help(step, table, key),
            )
        case AddColumn(table=table, column=column) as add if column.default and is_in_use(step, table):
            for key in filter(_is_checked, column.constraints):
                yield step.finding(
                    f'adding column "{column.name}" with a default and a foreign key {blocks(ACCESS_EXCLUSIVE, table)}'
                    " until all rows are checked (ACCESS EXCLUSIVE lock)",
                    f"{IN_STEPS}\n{column_without(step, add, key)}\n{checked_later(step, table, key)}",
                )


def _is_checked(constraint: Constraint) -> bool:
    return constraint.kind == "foreign key" and not constraint.not_valid


def _tables(step: Step, table: Name, key: Constraint) -> str:
    other = key.references
    is_other = other and other != table and is_in_use(step, other)
    return f'"{table}" and "{other}"' if is_other else f'"{table}"'


def _help(step: Step, table: Name, key: Constraint) -> str:
    known = step.schema.table(table)
    if known and known.is_partitioned and step.target.postgres_version < NOT_VALID_OF_PARTITIONED:
        return BY_PARTITION
    return f"{IN_STEPS}\n{checked_later(step, table, key)}"


RULE = Rule(
    name="adding-foreign-key-constraint",
    group=Group.LOCKS,
    summary="a foreign key is checked for all rows while writes to both tables are blocked",
    reason="""\
`ADD CONSTRAINT ... FOREIGN KEY` takes a SHARE ROW EXCLUSIVE lock on the table and on the one that it references, and
holds both while it looks up every row: neither table can be written to meanwhile.

`NOT VALID` leaves the rows that are there unchecked, and so needs the locks for a moment only; new rows are checked.
`VALIDATE CONSTRAINT`, in a later migration, checks the others under a SHARE UPDATE EXCLUSIVE lock, which blocks no
writes. `ADD COLUMN ... REFERENCES` checks nothing unless the column has a `DEFAULT`.

Allow it for a table that is known to be small.
""",
    lock=SHARE_ROW_EXCLUSIVE,
    on=(AddConstraint, AddColumn),
    check=check,
)
