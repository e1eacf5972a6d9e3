"""ADD COLUMN with a default that is computed for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.columns_in_steps import OTHERS_FILLED, made_not_null
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.remedies import alter_table, plain_type
from migrate_tasks.lint.knowledge.volatility import is_known, volatile_calls
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def check(step: Step) -> Iterator[Finding]:
    """Find columns that are added to tables in use with a volatile default."""
    match step.operation:
        case AddColumn(table=table, column=column) as add if column.default and is_in_use(step, table):
            called = list(volatile_calls(column.default, step.schema))
            if called:
                yield step.finding(
                    f'adding column "{column.name}", whose default calls {_told(step, called[0])} "{table}" and'
                    f" {blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS EXCLUSIVE lock)",
                    _help(step, add),
                )


def _told(step: Step, function: str) -> str:
    """Return what is said of a function that is volatile, or that nothing is known of, and of what follows."""
    if is_known(function, step.schema):
        return f"volatile {function}(), rewrites"
    return f"{function}(), which may be volatile, may rewrite"


def _help(step: Step, add: AddColumn) -> str:
    name = quoted(add.column.name)
    default = add.column.default.text if add.column.default else "NULL"
    lines = [
        "Add the column without the default, set that for new rows, and fill the others in batches:",
        alter_table(add.table, f"ADD COLUMN {name} {plain_type(add.column.type)}"),
        alter_table(add.table, f"ALTER COLUMN {name} SET DEFAULT {default}"),
    ]
    if add.column.has("not null"):
        lines += [OTHERS_FILLED, made_not_null(step, add.table, add.column.name)]
    return "\n".join(lines)


RULE = Rule(
    name="adding-field-with-default",
    group=Group.LOCKS,
    summary="a column with a volatile default is added, for which the whole table is rewritten",
    reason="""\
A default that is the same for all rows is kept in the catalog, and adding a column with it takes a moment, however
large the table. A volatile one, such as `random()`, `gen_random_uuid()` or `nextval('s')`, must be computed for each
row: the table is rewritten with all its indexes under an ACCESS EXCLUSIVE lock, which blocks reads and writes.
Constants, `now()`, `CURRENT_TIMESTAMP` and whatever else is stable are fine.

A function of your own is volatile unless its `CREATE FUNCTION` says `STABLE` or `IMMUTABLE`. One that is not made in
the migrations is taken for volatile.

Add the column without the default, `SET DEFAULT`, which is for new rows alone, and fill the old ones in batches.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddColumn,),
    check=check,
)
