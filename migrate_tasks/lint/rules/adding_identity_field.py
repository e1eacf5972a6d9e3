"""ADD COLUMN ... GENERATED AS IDENTITY."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.columns_in_steps import made_not_null, numbered, sequence_of
from migrate_tasks.lint.knowledge.constraint_sql import LATER
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.quoting import literal, quoted
from migrate_tasks.lint.knowledge.remedies import alter_table, plain_type
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

ALWAYS = re.compile(r"\bGENERATED\s+ALWAYS\b", re.IGNORECASE)
IN_STEPS = (
    "Add a plain column with a sequence for new rows, fill the others in batches, make it NOT NULL, and at last put an"
    " identity in the place of the sequence, in one migration:"
)


def check(step: Step) -> Iterator[Finding]:
    """Find identity columns that are added to tables in use."""
    match step.operation:
        case AddColumn(table=table, column=column) as add if column.generated == "identity" and is_in_use(step, table):
            yield step.finding(
                f'adding identity column "{column.name}" rewrites "{table}" and {blocks(ACCESS_EXCLUSIVE)} meanwhile'
                " (ACCESS EXCLUSIVE lock)",
                _help(step, add),
            )


def _help(step: Step, add: AddColumn) -> str:
    table, column = add.table, add.column.name
    written, given = quoted(column), "ALWAYS" if ALWAYS.search(step.text) else "BY DEFAULT"
    own = f"pg_get_serial_sequence({literal(quoted(table))}, {literal(column)})"
    last = f"max({written})) FROM {quoted(table)}"
    return "\n".join(
        [
            IN_STEPS,
            numbered(table, column, plain_type(add.column.type)),
            made_not_null(step, table, column),
            alter_table(table, f"ALTER COLUMN {written} DROP DEFAULT") + LATER,
            f"DROP SEQUENCE {sequence_of(table, column)};",
            alter_table(table, f"ALTER COLUMN {written} ADD GENERATED {given} AS IDENTITY"),
            f"SELECT setval({own}, {last};",
        ]
    )


RULE = Rule(
    name="adding-identity-field",
    group=Group.LOCKS,
    summary="an identity column is added, for which the whole table is rewritten",
    reason="""\
An identity column gets the next value of its sequence for each row that is there: the table is rewritten with all its
indexes under an ACCESS EXCLUSIVE lock, and nobody can read or write meanwhile.

Add a plain column whose default is a sequence, fill the old rows in batches, and make it NOT NULL. `ALTER COLUMN ...
ADD GENERATED ... AS IDENTITY` in place of the default then takes a moment; let it go on behind the greatest value.

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddColumn,),
    check=check,
)
