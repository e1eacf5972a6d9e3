"""ADD COLUMN ... GENERATED ALWAYS AS (...) STORED."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.remedies import alter_table
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

VIRTUAL = 18  # the first version that knows virtual columns


def check(step: Step) -> Iterator[Finding]:
    """Find stored generated columns that are added to tables in use."""
    match step.operation:
        case AddColumn(table=table, column=column) as add if column.generated == "stored" and is_in_use(step, table):
            yield step.finding(
                f'adding stored generated column "{column.name}" rewrites "{table}" and {blocks(ACCESS_EXCLUSIVE)}'
                " meanwhile (ACCESS EXCLUSIVE lock)",
                _help(step, add),
            )


def _help(step: Step, add: AddColumn) -> str:
    if step.target.postgres_version >= VIRTUAL and step.text.upper().endswith("STORED"):
        virtual = step.text[: -len("STORED")] + "VIRTUAL"
        return f"Have it computed when it is read, which changes no row:\n{alter_table(add.table, virtual)}"
    plain = alter_table(add.table, f"ADD COLUMN {quoted(add.column.name)} {add.column.type}")
    return f"Add a plain column, let a trigger set it in new and changed rows, and fill the others in batches:\n{plain}"


RULE = Rule(
    name="adding-generated-field",
    group=Group.LOCKS,
    summary="a stored generated column is added, for which the whole table is rewritten",
    reason="""\
A column `GENERATED ALWAYS AS (...) STORED` is computed for each row that is there: the table is rewritten with all
its indexes under an ACCESS EXCLUSIVE lock, and nobody can read or write meanwhile.

From PostgreSQL 18 on, a `VIRTUAL` column is computed when it is read, and adding one takes a moment. Otherwise add a
plain column, let a trigger set it, and fill the rows in batches.

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddColumn,),
    check=check,
)
