"""ADD COLUMN of a domain that has a constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.own_types import has_constraint
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

INSTEAD = (
    "Give the column the domain's own type, and the domain's condition as a CHECK of the table that is added NOT VALID,"
    " and validated in a later migration."
)


def check(step: Step) -> Iterator[Finding]:
    """Find columns of constrained domains that are added to tables in use; an array of a domain rewrites nothing."""
    match step.operation:
        case AddColumn(table=table, column=column) if column.type and is_in_use(step, table):
            if has_constraint(step.schema, column.type):
                yield step.finding(
                    f'adding column "{column.name}" of domain {column.type}, which has a constraint, rewrites "{table}"'
                    f" and {blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS EXCLUSIVE lock)",
                    INSTEAD,
                )


RULE = Rule(
    name="adding-constrained-domain-field",
    group=Group.LOCKS,
    summary="a column of a domain with a constraint is added, for which the whole table is rewritten",
    reason="""\
Postgres checks a domain's `CHECK` or `NOT NULL` for each row when a column of the domain is added, even for NULL, and
rewrites the table with all its indexes for that, under an ACCESS EXCLUSIVE lock: nobody can read or write meanwhile.
(A domain without constraints is no different from its type, and an array of a domain is not rewritten.)

Use the domain's own type, and a `CHECK ... NOT VALID` of the table that is validated later.

Allow it for a table that is known to be small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AddColumn,),
    check=check,
)
