"""NOT NULL for a column whose rows must be read for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.constraint_sql import LATER
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.not_null import is_proved_not_null
from migrate_tasks.lint.knowledge.quoting import derived_name, quoted
from migrate_tasks.lint.knowledge.remedies import alter_table
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddConstraint, AlterColumn, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint

NOT_NULL_NOT_VALID = 18  # the first version that knows NOT NULL as a constraint that can be NOT VALID
IN_STEPS = "Have a constraint checked first, in a later migration than the one that adds it:"
INSTEAD = "Add it without reading the rows, and check them in a later migration:"


def check(step: Step) -> Iterator[Finding]:
    """Find columns of tables in use that become NOT NULL, unless no row is read for it."""
    match step.operation:
        case AlterColumn(action="SET NOT NULL", table=table, column=column) if is_in_use(step, table):
            if not is_proved_not_null(step, table, column):
                yield _finding(step, table, column, f'setting "{column}" NOT NULL')
        case AddConstraint(table=table, constraint=key) if key.kind == "primary key" and is_in_use(step, table):
            for column in _nullable(step, table, key):
                yield _finding(step, table, column, f'making "{column}" NOT NULL for a primary key')


def _finding(step: Step, table: Name, column: str, what: str) -> Finding:
    message = f"{what} {blocks(ACCESS_EXCLUSIVE, table)} until all rows are read (ACCESS EXCLUSIVE lock)"
    return step.finding(message, _help(step, table, column))


def _nullable(step: Step, table: Name, key: Constraint) -> Iterator[str]:
    """Yield the columns of the index that a primary key takes which are known not to be NOT NULL."""
    index = step.schema.index(Name(key.using_index, table.schema)) if key.using_index else None
    for column in filter(None, index.columns if index else ()):
        if step.schema.column(table, column) and not is_proved_not_null(step, table, column):
            yield column


def _help(step: Step, table: Name, column: str) -> str:
    name, written = quoted(derived_name(table, (column,), "not_null")), quoted(column)
    is_constraint = step.target.postgres_version >= NOT_NULL_NOT_VALID
    condition = f"NOT NULL {written}" if is_constraint else f"CHECK ({written} IS NOT NULL)"
    lines = [
        INSTEAD if is_constraint else IN_STEPS,
        alter_table(table, f"ADD CONSTRAINT {name} {condition} NOT VALID"),
        alter_table(table, f"VALIDATE CONSTRAINT {name}") + LATER,
    ]
    if not is_constraint:
        lines.append(alter_table(table, f"ALTER COLUMN {written} SET NOT NULL"))
        lines.append(alter_table(table, f"DROP CONSTRAINT {name}"))
    return "\n".join(lines)


RULE = Rule(
    name="adding-not-nullable-field",
    group=Group.LOCKS,
    summary="a column becomes NOT NULL, for which all rows are read while reads and writes are blocked",
    reason="""\
`SET NOT NULL` takes an ACCESS EXCLUSIVE lock on the table and holds it while it reads every row for a NULL: nobody
can read or write meanwhile. A primary key that takes an index does the same for a column that may be NULL.

No row is read where a valid `CHECK (column IS NOT NULL)` proves that there is none. Add it `NOT VALID`, and in a
later migration `VALIDATE` it, which blocks nobody, `SET NOT NULL`, and drop it again; earlier migrations are
remembered. From PostgreSQL 18 on, NOT NULL itself can be added `NOT VALID` and validated, and that is all.

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AlterColumn, AddConstraint),
    check=check,
)
