"""NOT NULL for a column whose rows must be read for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.columns_in_steps import knows_not_null_not_valid, made_not_null
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.not_null import is_proved_not_null
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddConstraint, AlterColumn, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint

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
    sentence = INSTEAD if knows_not_null_not_valid(step) else IN_STEPS
    return step.finding(message, f"{sentence}\n{made_not_null(step, table, column)}")


def _nullable(step: Step, table: Name, key: Constraint) -> Iterator[str]:
    """Yield the columns of the index that a primary key takes which are known not to be NOT NULL."""
    index = step.schema.index(Name(key.using_index, table.schema)) if key.using_index else None
    for column in filter(None, index.columns if index else ()):
        if step.schema.column(table, column) and not is_proved_not_null(step, table, column):
            yield column


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
