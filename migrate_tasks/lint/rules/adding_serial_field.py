"""ADD COLUMN of a serial type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.columns_in_steps import made_not_null, numbered
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.remedies import SERIALS
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

IN_STEPS = "Add a plain column with a sequence for new rows, fill the others in batches, and make it NOT NULL:"


def check(step: Step) -> Iterator[Finding]:
    """Find serial columns that are added to tables in use."""
    match step.operation:
        case AddColumn(table=table, column=column) if is_in_use(step, table):
            integer = SERIALS.get(column.type.name) if column.type else None
            if integer:
                yield step.finding(
                    f'adding {column.type} column "{column.name}" rewrites "{table}" and {blocks(ACCESS_EXCLUSIVE)}'
                    " meanwhile (ACCESS EXCLUSIVE lock)",
                    f"{IN_STEPS}\n{numbered(table, column.name, integer)}\n{made_not_null(step, table, column.name)}",
                )


RULE = Rule(
    name="adding-serial-field",
    group=Group.LOCKS,
    summary="a serial column is added, for which the whole table is rewritten",
    reason="""\
A serial column gets the next value of a sequence for each row that is there: the table is rewritten with all its
indexes under an ACCESS EXCLUSIVE lock, and nobody can read or write meanwhile.

Add a plain integer column and a sequence of its own as the default, which is for new rows alone, fill the old rows in
batches, and make the column NOT NULL at last (adding-not-nullable-field tells how).

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddColumn,),
    check=check,
)
